import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from './build.ts'
import { zipFiles } from './zip-files.ts'

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
 * Writes what is deployed into `dist/`: `entra-wordpress-sync.zip`, which the portal and `az functionapp deployment source config-zip` take,
 * and `entra-sync.zip`, the companion plugin as WordPress' "Upload Plugin" takes it.
 */
async function writeZips(root = repository): Promise<{ file: string; bytes: number }[]> {
  const app = await packageApp(root) // makes dist/ too
  return [
    await zipFiles(app, path.join(root, 'dist', 'entra-wordpress-sync.zip')),
    await zipFiles(path.join(root, 'companion'), path.join(root, 'dist', 'entra-sync.zip'), 'entra-sync/'),
  ]
}

if (import.meta.main) {
  try {
    for (const { file, bytes } of await writeZips())
      process.stdout.write(`${path.relative(process.cwd(), file)}: ${(bytes / 1e6).toFixed(2)} MB\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
