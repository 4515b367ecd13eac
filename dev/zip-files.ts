import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { zipSync } from 'fflate'

/**
 * Writes everything in a folder into a zip.
 *
 * @param prefix put before each name, e.g. `entra-sync/`
 * @returns the zip's path and size in bytes
 */
export async function zipFiles(folder: string, file: string, prefix = ''): Promise<{ file: string; bytes: number }> {
  const entries: Record<string, Uint8Array> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const from = path.join(entry.parentPath, entry.name)
    // Names in a zip have forward slashes on every system.
    entries[prefix + path.relative(folder, from).split(path.sep).join('/')] = await readFile(from)
  }
  const zip = zipSync(entries)
  await writeFile(file, zip)
  return { file, bytes: zip.length }
}
