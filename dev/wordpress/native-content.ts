import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { companionFolder, companionPlace } from './companion.ts'
import { installGerman } from './site-folder.ts'

/** The site's own `wp-content`; only the themes are those of the shared code, and the companion plugin, where it is wanted. */
export async function makeContentFolder(folder: string, code: string, companion = false): Promise<string> {
  const contentFolder = join(folder, 'wp-content')
  for (const name of ['plugins', 'uploads']) await mkdir(join(contentFolder, name), { recursive: true })
  await symlink(join(code, 'wp-content/themes'), join(contentFolder, 'themes'))
  if (companion) await symlink(companionFolder, join(contentFolder, companionPlace))
  await installGerman(contentFolder)
  return contentFolder
}
