import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cachedFolder, cacheFolder } from './cache-folder.ts'
import { startEmbeddedProcess } from './embedded-process.ts'
import { preparePhp } from './site-accounts.ts'
import { installGerman, makeSiteFolder } from './site-folder.ts'
import { embeddedWpConfig } from './wp-config.ts'

const run = promisify(execFile)
/** The newest package of builds that holds the zips, and their names in it. */
const buildsPackage = '@wp-playground/wordpress-builds@0.9.19'
const buildNames = { '6.5.5': 'wp-6.5', '6.6-RC3': 'wp-beta' }

/** 6.5.5 takes no users in batches, 6.6-RC3 does. `newest` is 6.6-RC3 where wordpress.org can't be reached. */
export type EmbeddedVersion = '6.5.5' | '6.6-RC3' | 'newest'

/** PHP that loads WordPress in the embedded server, then runs `code`. */
export function withWordPress(code: string): string {
  return `<?php require '/wordpress/wp-load.php';\n${code}`
}

/** The folder of an installed WordPress in the cache, with its SQLite database. */
export async function ensureEmbeddedWordPress(version: EmbeddedVersion): Promise<string> {
  const folder = (name: string) => join('embedded', `wordpress-${name}`)
  const build = (name: '6.5.5' | '6.6-RC3') =>
    cachedFolder(folder(name), (draft) => prepare(draft, (target, work) => unpackBuild(buildNames[name], target, work)))
  if (version !== 'newest') return build(version)
  const cached = ['newest', '6.6-RC3'].map((name) => join(cacheFolder(), folder(name))).find((path) => existsSync(path))
  if (cached !== undefined) return cached
  if (!(await canDownload())) return build('6.6-RC3')
  return cachedFolder(folder('newest'), (draft) => prepare(draft, download)).catch(() => build('6.6-RC3'))
}

/** Answered within seconds, also where a firewall swallows packets. */
function canDownload(): Promise<boolean> {
  const question = fetch('https://api.wordpress.org/core/version-check/1.7/', { signal: AbortSignal.timeout(4000) })
  return question.then(
    (answer) => answer.ok,
    () => false,
  )
}

/** Puts WordPress' files into `target` by way of `fill`, installs it there and adds what every site of ours has. */
async function prepare(target: string, fill: (target: string, work: string) => Promise<void>): Promise<void> {
  const work = await makeSiteFolder()
  try {
    await fill(target, work)
    await rm(join(target, 'wp-content/database'), { recursive: true, force: true })
    await writeFile(join(target, 'wp-config.php'), embeddedWpConfig())
    await installGerman(join(target, 'wp-content'))
    const mounts = [{ hostPath: target, vfsPath: '/wordpress' }]
    const server = await startEmbeddedProcess(work, { workers: 1, install: true, mounts })
    try {
      await server.ask('php', withWordPress(preparePhp))
    } finally {
      await server.stop()
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function download(target: string, work: string): Promise<void> {
  const mounts = [{ hostPath: target, vfsPath: '/wordpress' }]
  const server = await startEmbeddedProcess(work, { workers: 1, install: true, download: 'latest', mounts })
  await server.stop()
}

/** The zip of a build has PHP only; scripts and style sheets lie unpacked beside it. */
async function unpackBuild(name: string, target: string, work: string): Promise<void> {
  await run('npm', ['pack', '--silent', buildsPackage], { cwd: work, shell: process.platform === 'win32' })
  const archive = (await readdir(work)).find((file) => file.endsWith('.tgz'))
  if (archive === undefined) throw new Error(`npm pack ${buildsPackage} left no archive`)
  await run('tar', ['-xzf', archive, `package/public/${name}`, `package/src/wordpress/${name}.zip`], { cwd: work })
  await cp(join(work, 'package/public', name), target, { recursive: true })
  await rename(join(work, 'package/src/wordpress', `${name}.zip`), join(work, 'build.zip'))

  const mounts = [
    { hostPath: target, vfsPath: '/wordpress' },
    { hostPath: work, vfsPath: '/download' },
  ]
  const server = await startEmbeddedProcess(work, { workers: 1, install: false, mounts })
  try {
    await server.ask(
      'php',
      `<?php $zip = new ZipArchive();
      if ( true !== $zip->open( '/download/build.zip' ) || ! $zip->extractTo( '/wordpress' ) ) { exit( 1 ); }`,
    )
  } finally {
    await server.stop()
  }
}
