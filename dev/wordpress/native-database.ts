import { execFile } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cachedFolder } from './cache-folder.ts'
import { startDaemon, type Daemon } from './daemon.ts'
import { makeContentFolder } from './native-content.ts'
import { needProgram } from './native-packages.ts'
import { runPhp, runSql } from './native-php.ts'
import { mariadbCommand } from './native-settings.ts'
import { installPhp, preparePhp } from './site-accounts.ts'
import { makeSiteFolder } from './site-folder.ts'
import { nativeWpConfig } from './wp-config.ts'

const run = promisify(execFile)
/** To be raised when {@link installPhp}, {@link preparePhp} or the files' layout change: older databases are left aside. */
const preparation = 1

/** The data of a MariaDB in which WordPress is installed already, kept in the cache. */
export async function preparedDatabase(code: string): Promise<string> {
  const { stdout } = await run(needProgram('mariadbd'), ['--no-defaults', '--version'])
  const mariadb = /Ver ([\w.]+)/.exec(stdout)?.[1] ?? 'unknown'
  const source = await readFile(join(code, 'wp-includes/version.php'), 'utf8')
  const wordpress = /\$wp_version = '([^']+)'/.exec(source)?.[1] ?? 'unknown'
  const name = join('native', `database-${wordpress}-mariadb-${mariadb}-${preparation}`)
  return cachedFolder(name, async (draft) => {
    const folder = await makeSiteFolder()
    try {
      await install(folder, code)
      await cp(join(folder, 'database'), draft, { recursive: true })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

async function install(folder: string, code: string): Promise<void> {
  await run(needProgram('mariadb-install-db'), [
    '--no-defaults',
    `--datadir=${join(folder, 'database')}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=32M',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ])
  await makeContentFolder(folder, code)
  await writeFile(join(folder, 'wp-config.php'), nativeWpConfig(folder, '127.0.0.1'))
  const database = await startMariadb(folder)
  try {
    await runSql(folder, 'CREATE DATABASE wordpress', '')
    await runPhp(folder, code, installPhp, "define( 'WP_INSTALLING', true );")
    await runPhp(folder, code, preparePhp)
  } finally {
    await database.stop()
  }
}

export function startMariadb(folder: string): Promise<Daemon> {
  const command = mariadbCommand(needProgram('mariadbd'), folder)
  return startDaemon(command, join(folder, 'mariadb.log'), { path: join(folder, 'db.sock') })
}
