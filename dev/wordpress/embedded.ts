import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { companionFolder, companionPlace, enableCompanion, type CompanionOptions } from './companion.ts'
import { startEmbeddedProcess } from './embedded-process.ts'
import { ensureEmbeddedWordPress, withWordPress, type EmbeddedVersion } from './embedded-wordpress.ts'
import { freePort } from './daemon.ts'
import { makeSecrets } from './site-accounts.ts'
import { makeSiteFolder, writeConditions } from './site-folder.ts'
import type { WordPressSite } from './wordpress-site.ts'

/**
 * A WordPress on PHP in WebAssembly and SQLite: no root, nothing installed. It runs in a process of its own, which ends
 * with this one. The first start fetches WordPress into the cache; later ones copy an installed `wp-content`.
 *
 * @param options.version `newest` by default: what is cached, else what wordpress.org has, else 6.6-RC3
 */
export async function startEmbeddedWordPress(
  options: CompanionOptions & { version?: EmbeddedVersion } = {},
): Promise<WordPressSite> {
  const code = await ensureEmbeddedWordPress(options.version ?? 'newest')
  const folder = await makeSiteFolder()
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  try {
    const contentFolder = join(folder, 'wp-content')
    await cp(join(code, 'wp-content'), contentFolder, { recursive: true })
    const port = await freePort()
    const server = await startEmbeddedProcess(folder, {
      port,
      workers: 2,
      install: false,
      mounts: [
        { hostPath: code, vfsPath: '/wordpress' },
        { hostPath: contentFolder, vfsPath: '/wordpress/wp-content' },
        ...(options.companion
          ? [{ hostPath: companionFolder, vfsPath: `/wordpress/wp-content/${companionPlace}` }]
          : []),
      ],
    })
    const stop = async () => {
      await server.stop()
      await removeFolder()
    }
    const php = (script: string) => server.ask('php', withWordPress(script))
    const prepare = enableCompanion(php, options).then(() => makeSecrets(php))
    const accounts = await prepare.catch(async (error: unknown) => {
      await stop()
      throw error
    })
    return {
      kind: 'embedded',
      url: `http://127.0.0.1:${port}`,
      ...accounts,
      php,
      setConditions: (conditions) => writeConditions(contentFolder, conditions),
      pause: async () => void (await server.ask('pause')),
      resume: async () => void (await server.ask('resume')),
      stop,
    }
  } catch (error) {
    await removeFolder()
    throw error
  }
}
