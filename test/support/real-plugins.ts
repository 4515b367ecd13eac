import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from 'vitest'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

/** A plugin as its authors publish it. `main` is its first file, within `folder`. */
export type RealPlugin = { slug: string; folder: string; main: string; version: string }

/** Plugins by name, and the folders that they may lie in: their own of the plugin directory first. */
const slugs = {
  BuddyPress: ['buddypress'],
  'Ultimate Member': ['ultimate-member', 'ultimatemember'],
  'Advanced Custom Fields': ['advanced-custom-fields', 'acf', 'advanced-custom-fields-pro'],
  'Simple Local Avatars': ['simple-local-avatars'],
} as const
export type RealPluginName = keyof typeof slugs

/** The plugin in the folder of plugins that the environment names; null = it was not given. */
function givenPlugin(name: RealPluginName): RealPlugin | null {
  const plugins = process.env['WP_PLUGINS_DIR'] ?? ''
  if (plugins === '') return null
  const slug = slugs[name].find((slug) => existsSync(join(plugins, slug)))
  if (slug === undefined) return null
  const folder = join(plugins, slug)
  for (const main of readdirSync(folder).filter((file) => file.endsWith('.php'))) {
    const head = readFileSync(join(folder, main), 'utf8').slice(0, 8192)
    if (!/^[\s*/#]*Plugin Name:/m.test(head)) continue
    return { slug, folder, main, version: /^[\s*/#]*Version:\s*(\S+)/m.exec(head)?.[1] ?? 'unknown' }
  }
  throw new Error(`${folder} holds no plugin: none of its PHP files has a header with a name`)
}

/**
 * A suite for real plugins, whose title tells their versions; where one of them was not given its tests are skipped, and the title and a
 * line of the output say why.
 */
export function describeWith(names: readonly RealPluginName[], suite: (plugins: readonly RealPlugin[]) => void): void {
  const given = names.map((name) => ({ name, plugin: givenPlugin(name) }))
  const missing = given.filter(({ plugin }) => plugin === null).map(({ name }) => slugs[name][0])
  const versions = given.map(({ name, plugin }) => (plugin ? `${name} ${plugin.version}` : name)).join(' and ')
  const why = missing.length === 0 ? '' : `: skipped: not given (WP_PLUGINS_DIR holds no ${missing.join(', ')})`
  if (why !== '') console.log(versions + why)
  describe.skipIf(why !== '')(`${versions}${why}`, () => suite(given.flatMap(({ plugin }) => plugin ?? [])))
}

/** Copies plugins into a native site, as an upload does, and activates them. */
export async function installPlugins(site: WordPressSite, plugins: readonly RealPlugin[]): Promise<void> {
  const target = await site.php('echo WP_PLUGIN_DIR;')
  for (const { slug, folder, main } of plugins) {
    await cp(folder, join(target, slug), { recursive: true, filter: (path) => !/\/(\.git|node_modules)$/.test(path) })
    await site.php(`
      require_once ABSPATH . 'wp-admin/includes/plugin.php';
      $failed = activate_plugin( '${slug}/${main}' );
      if ( is_wp_error( $failed ) ) { throw new RuntimeException( $failed->get_error_message() ); }`)
  }
}
