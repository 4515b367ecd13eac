import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { installGerman } from './site-folder.ts'

/** The site's own `wp-content`; only the themes are those of the shared code. */
export async function makeContentFolder(folder: string, code: string): Promise<string> {
  const contentFolder = join(folder, 'wp-content')
  for (const name of ['plugins', 'uploads']) await mkdir(join(contentFolder, name), { recursive: true })
  await symlink(join(code, 'wp-content/themes'), join(contentFolder, 'themes'))
  await installGerman(contentFolder)
  return contentFolder
}
