import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Writes a functions app into a temporary folder: `files` by their path; package.json and host.json are there unless given. */
export async function makeApp(files: Record<string, string>): Promise<{ root: string; remove(): Promise<void> }> {
  const root = await mkdtemp(path.join(tmpdir(), 'functions-app-'))
  const all = {
    'package.json': JSON.stringify({ type: 'module', main: 'functions/*.js' }),
    'host.json': JSON.stringify({ version: '2.0' }),
    ...files,
  }
  for (const [name, text] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true })
    await writeFile(path.join(root, name), text)
  }
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), path.join(root, 'node_modules'))
  return { root, remove: () => rm(root, { recursive: true }) }
}
