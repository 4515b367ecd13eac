import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { cachedFolder } from './cache-folder.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const sourcesFile = '/etc/apt/sources.list.d/debian.sources'

/** Releases of Debian whose WordPress can be asked for: 7.1 or newer, 6.8, 6.1 (no batches of users). */
export type Suite = 'sid' | 'trixie' | 'bookworm'

const programs = {
  'php-fpm': () => isInFolder('/usr/sbin', /^php-fpm/),
  'php-mysql': () => hasExtension('mysqli'),
  'php-gd': () => hasExtension('gd'),
  'php-xml': () => hasExtension('xml'),
  'php-mbstring': () => hasExtension('mbstring'),
  'php-curl': () => hasExtension('curl'),
  'nginx-light': () => Promise.resolve(findProgram('nginx') !== null),
  'mariadb-server': () => Promise.resolve(findProgram('mariadbd') !== null),
}

/** Installs what a native site needs and this machine lacks. Throws, naming the packages, where it can't. */
export async function ensurePrograms(): Promise<void> {
  const missing = await missingPackages()
  if (missing.length === 0) return
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`
  if (!isRoot || findProgram('apt-get') === null)
    throw new Error(`A native WordPress needs these Debian packages: ${missing.join(', ')}. As root: ${command}`)
  // Debian's own services would start at once and stay; a policy that says no keeps them from it.
  const policy = '/usr/sbin/policy-rc.d'
  const ownPolicy = !existsSync(policy)
  if (ownPolicy) await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const wait = ['-o', 'DPkg::Lock::Timeout=300']
    await run('apt-get', [...wait, 'update'], { env })
    await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...missing], { env, maxBuffer: 2 ** 26 })
  } finally {
    if (ownPolicy) await rm(policy)
  }
  const still = await missingPackages()
  if (still.length > 0) throw new Error(`apt-get installed, yet these packages are still missing: ${still.join(', ')}`)
}

/** The folder of WordPress' code (ABSPATH), fetched once and then kept: delete the cache to get a newer one. */
export async function ensureWordPress(suite: Suite): Promise<string> {
  const folder = await cachedFolder(join('native', `wordpress-${suite}`), async (draft) => {
    const apt = await privateApt(suite, join(draft, 'apt'))
    await run('apt-get', [...apt, 'update'])
    // Debian replaces the libraries in WordPress by links to packages of their own. The links are relative, so they
    // lead to the right places when everything is unpacked side by side.
    const theme = 'wordpress-theme-twentytwenty' + { sid: 'five', trixie: 'five', bookworm: 'three' }[suite]
    const names = [
      'wordpress',
      theme,
      'php-getid3',
      'libphp-phpmailer',
      'libjs-underscore',
      'libjs-lodash',
      'libjs-jquery-ui',
    ]
    await run('apt-get', [...apt, 'download', ...names], { cwd: join(draft, 'apt') })
    for (const file of await readdir(join(draft, 'apt')))
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(draft, 'apt', file), draft])
    await rm(join(draft, 'apt'), { recursive: true })
    const code = join(draft, 'usr/share/wordpress')
    await rm(join(code, '.htaccess'), { force: true }) // a link out of the folder
    // Debian's file looks in /etc. Ours reads the settings of whichever site asks: one copy of the code serves them all.
    await rm(join(code, 'wp-config.php'), { force: true })
    await writeFile(join(code, 'wp-config.php'), "<?php\nrequire getenv( 'ENTRA_WP_CONFIG' );\n")
  })
  return join(folder, 'usr/share/wordpress')
}

/** Options that let apt-get read another release without touching the machine's own lists; needs no root. */
async function privateApt(suite: Suite, folder: string): Promise<string[]> {
  const sources = await readFile(sourcesFile, 'utf8').catch(() => {
    throw new Error(
      `The WordPress of Debian's ${suite} is fetched from the archive that ${sourcesFile} names; there is no such file`,
    )
  })
  const main = sources.split(/\n\s*\n/).find((part) => /^URIs:/m.test(part) && !/security/.test(part))
  if (main === undefined) throw new Error(`${sourcesFile} names no archive`)
  for (const name of ['sources', 'lists/partial', 'archives/partial'])
    await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'sources', 'suite.sources'), main.replace(/^Suites:.*$/m, `Suites: ${suite}`) + '\n')
  const settings = [
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${join(folder, 'sources')}`,
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::Cache=${folder}`,
    'Acquire::Languages=none',
    ...(isRoot ? ['APT::Sandbox::User=root'] : []), // apt's own user can't write here
  ]
  return settings.flatMap((setting) => ['-o', setting])
}

async function missingPackages(): Promise<string[]> {
  const missing: string[] = []
  for (const [name, isThere] of Object.entries(programs)) if (!(await isThere())) missing.push(name)
  return missing
}

async function hasExtension(name: string): Promise<boolean> {
  const { stdout } = await run('php', ['-m']).catch(() => ({ stdout: '' }))
  return stdout.split('\n').includes(name)
}

async function isInFolder(folder: string, name: RegExp): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).some((file) => name.test(file))
}

/** Full path of a program; the folders of system programs are looked into even where PATH lacks them. */
function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}

export function needProgram(name: string): string {
  const path = findProgram(name)
  if (path === null) throw new Error(`The program ${name} is not on this machine`)
  return path
}

/** Debian names it after the version of PHP, e.g. `php-fpm8.2`. */
export async function phpFpmProgram(): Promise<string> {
  const names = (await readdir('/usr/sbin')).filter((file) => /^php-fpm\d/.test(file))
  return needProgram(names.sort().at(-1) ?? 'php-fpm')
}
