import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { enableCompanion, type CompanionOptions } from './companion.ts'
import { freePort, startDaemon } from './daemon.ts'
import { preparedDatabase, startMariadb } from './native-database.ts'
import { makeContentFolder } from './native-content.ts'
import { makeMultisite } from './native-multisite.ts'
import { ensurePrograms, ensureWordPress, needProgram, phpFpmProgram, type Suite } from './native-packages.ts'
import { runPhp, runSql } from './native-php.ts'
import { nginxCommand, nginxConf, phpFpmCommand, phpFpmConf } from './native-settings.ts'
import { makeSecrets } from './site-accounts.ts'
import { makeSiteFolder, writeConditions } from './site-folder.ts'
import { nativeWpConfig } from './wp-config.ts'
import type { WordPressSite } from './wordpress-site.ts'

/**
 * A WordPress on nginx, PHP-FPM and a MariaDB of its own, all on temporary folders and Unix sockets, so that several run
 * side by side and beside the machine's own services. The first start installs Debian packages where it may (as root)
 * and fetches WordPress into the cache; later ones copy a prepared database.
 *
 * @param options.suite the Debian release whose WordPress is taken; `sid` by default, which has the newest
 * @param options.workers PHP processes; 6 by default
 * @param options.multisite a network with subdirectories, of one site to begin with
 */
export async function startNativeWordPress(
  options: CompanionOptions & { suite?: Suite; workers?: number; multisite?: boolean } = {},
): Promise<WordPressSite> {
  await ensurePrograms()
  const code = await ensureWordPress(options.suite ?? 'sid')
  const template = await preparedDatabase(code)
  const folder = await makeSiteFolder()
  const stopping: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const step of stopping.splice(0).reverse()) await step()
  }
  try {
    await cp(template, join(folder, 'database'), { recursive: true })
    const contentFolder = await makeContentFolder(folder, code, options.companion)
    const port = await freePort()
    const address = `127.0.0.1:${port}`
    await writeFile(join(folder, 'wp-config.php'), nativeWpConfig(folder, address))
    await writeFile(join(folder, 'php-fpm.conf'), phpFpmConf(folder, options.workers ?? 6))
    await writeFile(join(folder, 'nginx.conf'), nginxConf(folder, code, port, options.multisite))

    const database = await startMariadb(folder)
    stopping.push(() => database.stop('SIGKILL')) // its data goes with it
    if (options.multisite) await makeMultisite(folder, code, address)
    const phpFpm = await startDaemon(phpFpmCommand(await phpFpmProgram(), folder), join(folder, 'php-fpm.out'), {
      path: join(folder, 'php.sock'),
    })
    stopping.push(() => phpFpm.stop())
    const startNginx = () =>
      startDaemon(nginxCommand(needProgram('nginx'), folder), join(folder, 'nginx.out'), { host: '127.0.0.1', port })
    let nginx = await startNginx()
    stopping.push(() => nginx.stop())

    const php = (script: string) => runPhp(folder, code, script)
    await enableCompanion(php, options)
    return {
      kind: 'native',
      url: `http://${address}`,
      ...(await makeSecrets(php)),
      php,
      sql: (query) => runSql(folder, query),
      setConditions: (conditions) => writeConditions(contentFolder, conditions),
      pause: () => nginx.stop(),
      resume: async () => void (nginx = await startNginx()),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
