import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const cache = fileURLToPath(new URL('../.cache/node', import.meta.url))

/**
 * Path of a Node.js binary of that major version: this process's own, else one that is fetched once from the package registry into .cache/.
 * Not a devDependency: it is 185 MB that only one test needs, and the package `node` under a second name would fight over `.bin/node`.
 */
export async function nodeRelease(major: 22 | 24): Promise<string> {
  if (process.version.startsWith(`v${major}.`)) return process.execPath
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = path.join(cache, `${name}@${major}`)
  const binary = (root: string) =>
    path.join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (await exists(binary(folder))) return binary(folder)
  await mkdir(cache, { recursive: true })
  const unfinished = await mkdtemp(path.join(cache, 'unfinished-'))
  try {
    await promisify(execFile)(
      'npm',
      [
        'install',
        '--prefix',
        unfinished,
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        `${name}@${major}`,
      ],
      { shell: process.platform === 'win32' },
    )
    await rename(unfinished, folder).catch(async (error: unknown) => {
      // Another process was first.
      if (!(await exists(binary(folder)))) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return binary(folder)
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}
