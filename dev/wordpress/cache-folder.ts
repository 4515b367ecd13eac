import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Where downloads and prepared sites are kept between runs. Deleting it is always safe: it is filled again. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'entra-wordpress-sync')
}

/**
 * The folder `name` of the cache, made by `fill` when it isn't there. Filled under another name and renamed, so several
 * processes may ask at once and none ever sees half a folder.
 */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (existsSync(folder)) return folder
  const draft = `${folder}.${randomUUID().slice(0, 8)}`
  await mkdir(dirname(folder), { recursive: true })
  await mkdir(draft)
  try {
    await fill(draft)
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error // else another process was faster
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return folder
}
