import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SiteCondition } from './wordpress-site.ts'

const prefix = 'entra-wp-'

/** A new folder for one running site. Folders that processes left which were killed are removed on the way. */
export async function makeSiteFolder(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner && !isAlive(Number(owner))) await removeLeftover(join(tmpdir(), name))
  }
  // Kept short: the path of a Unix socket has at most 107 bytes.
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
}

/** What another user's process left is theirs to remove. */
async function removeLeftover(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM') throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * `wp-content/languages/de_DE.mo`. WordPress counts every locale that has such a file as installed
 * (https://developer.wordpress.org/reference/functions/get_available_languages/); this one holds a header and no
 * translation, so pages stay English, but accounts may have the locale de_DE.
 */
export async function installGerman(contentFolder: string): Promise<void> {
  const header = 'Language: de_DE\nContent-Type: text/plain; charset=UTF-8\n'
  const texts = 28 + 8 + 8 // the file's header, then one (length, offset) of the original and one of the translation
  const file = Buffer.alloc(texts + 1 + header.length + 1)
  const words = [0x950412de, 0, 1, 28, 36, 0, texts, 0, texts, header.length, texts + 1]
  words.forEach((word, index) => file.writeUInt32LE(word, index * 4))
  file.write(header, texts + 1, 'latin1')
  await mkdir(join(contentFolder, 'languages'), { recursive: true })
  await writeFile(join(contentFolder, 'languages', 'de_DE.mo'), file)
}

/** Puts the must-use plugins of exactly these conditions into the site. */
export async function writeConditions(contentFolder: string, conditions: readonly SiteCondition[]): Promise<void> {
  const source = join(import.meta.dirname, 'mu-plugins')
  const target = join(contentFolder, 'mu-plugins')
  await mkdir(target, { recursive: true })
  for (const file of await readdir(source)) {
    const wanted = conditions.includes(file.replace('.php', '') as SiteCondition)
    if (wanted) await copyFile(join(source, file), join(target, file))
    else if (existsSync(join(target, file))) await rm(join(target, file))
  }
}
