import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'
import { buildApp } from './build.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))

/**
 * Fills `package/` with what runs in Azure and nothing else: the bundle, host.json, a package.json without dependencies and scripts (so
 * that a remote build, where somebody asks for one, finds nothing to do) and, where it is there, sync-config.json for `SYNC_CONFIG`.
 *
 * @returns the folder
 */
export async function packageApp(root = repository): Promise<string> {
  const { files } = await buildApp(root)
  const folder = path.join(root, 'package')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  for (const file of [...files, 'host.json']) await cp(path.join(root, file), path.join(folder, file))
  const { name, version, license, type, main } = JSON.parse(
    await readFile(path.join(root, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  await writeFile(
    path.join(folder, 'package.json'),
    `${JSON.stringify({ name, version, private: true, license, type, main }, null, 2)}\n`,
  )
  await cp(path.join(root, 'sync-config.json'), path.join(folder, 'sync-config.json')).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    },
  )
  return folder
}

/**
 * The same as one file, `dist/entra-wordpress-sync.zip`: what the portal and `az functionapp deployment source config-zip` take.
 * @returns its path and size in bytes
 */
async function zipPackage(folder: string, root = repository): Promise<{ file: string; bytes: number }> {
  const entries: Record<string, Uint8Array> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    // Names in a zip have forward slashes on every system.
    entries[path.relative(folder, file).split(path.sep).join('/')] = await readFile(file)
  }
  const zip = zipSync(entries)
  const file = path.join(root, 'dist', 'entra-wordpress-sync.zip')
  await writeFile(file, zip)
  return { file, bytes: zip.length }
}

if (import.meta.main) {
  try {
    const { file, bytes } = await zipPackage(await packageApp())
    process.stdout.write(`${path.relative(process.cwd(), file)}: ${(bytes / 1e6).toFixed(2)} MB\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
