import { createHash } from 'node:crypto'
import { beforeAll, expect } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { receiveRead } from '../../lib/sync/receive-message.ts'
import { addMuPlugin } from '../companion/companion-scene.ts'
import { createCycleScene, type CycleScene } from './cycle-scene.ts'
import { installPlugins, type RealPlugin } from './real-plugins.ts'
import { useStops } from './use-servers.ts'

/** How a plugin tells of the avatar of account `$id`, in PHP; `$file` is an image that the person uploads themselves. */
export type AvatarKeeper = {
  /** List of addresses: what the plugin shows, in several sizes and by every way that it has. */
  urls: string
  /** True where the plugin itself knows of an avatar of its own. */
  has: string
  /** As the plugin does when somebody chooses an avatar by hand; null = not tried. */
  upload: string | null
}

export type AvatarSiteOptions = {
  plugins: readonly RealPlugin[]
  /** With the companion plugin, the sync in its role. */
  companion: boolean
  /** A must-use plugin. */
  mu?: string
}

/** PHP: `#rrggbb` of an image's middle; `none` for what the site doesn't keep, `broken` for a file that isn't there. */
const colour = `static function ( $url ) {
  $path = (string) wp_parse_url( html_entity_decode( (string) $url ), PHP_URL_PATH );
  if ( 0 !== strpos( $path, '/wp-content/uploads/' ) ) { return 'none'; }
  $image = @imagecreatefromstring( (string) @file_get_contents( WP_CONTENT_DIR . substr( $path, strlen( '/wp-content' ) ) ) );
  return $image ? sprintf( '#%06x', 0xffffff & imagecolorat( $image, intdiv( imagesx( $image ), 2 ), intdiv( imagesy( $image ), 2 ) ) ) : 'broken';
}`

/** What pngOf() paints. */
export const colourOf = (look: string) => `#${createHash('sha256').update(look).digest('hex').slice(0, 6)}`

/** The colour of what people upload themselves. */
export const ownColour = '#123456'

const guard = { most: 100, percent: 100, fewest: 100 }
const remove = { action: 'delete', deleteAfter: null } as const

/** A native site with real plugins, there from the first test on, and scenes with photos on it. */
export function useAvatarSite({ plugins, companion, mu }: AvatarSiteOptions) {
  const stops = useStops()
  const servers = {} as { site: WordPressSite; storage: string }
  let scenes = 0
  beforeAll(async () => {
    const role = companion ? 'entra_sync' : 'administrator'
    const [azurite, site] = await Promise.all([startAzurite(), startNativeWordPress({ companion, role, workers: 3 })])
    stops.push(azurite.stop, site.stop)
    Object.assign(servers, { site, storage: azurite.connectionString })
    if (mu !== undefined) await addMuPlugin(site, 'for-the-test', mu)
    await installPlugins(site, plugins)
  })

  const php = async (id: number, code: string): Promise<unknown> =>
    JSON.parse(await servers.site.php(`$id = ${id}; $colour = ${colour}; echo json_encode( ${code} );`))
  /** All files that were uploaded, and all media. */
  const kept = () =>
    php(
      0,
      `array(
        array_values( array_filter( array_map( 'strval', iterator_to_array( new RecursiveIteratorIterator(
          new RecursiveDirectoryIterator( WP_CONTENT_DIR . '/uploads', FilesystemIterator::SKIP_DOTS ) ), false ) ),
          static fn( $file ) => (bool) preg_match( '/[.](png|jpe?g)$/', $file ) ) ),
        get_posts( array( 'post_type' => 'attachment', 'post_status' => 'any', 'numberposts' => -1, 'fields' => 'ids' ) ) )`,
    ) as Promise<[string[], number[]]>
  /** Colours of the plugin's own addresses, each once. */
  const shown = (id: number, { urls }: AvatarKeeper) =>
    php(id, `array_values( array_unique( array_map( $colour, ${urls} ) ) )`)

  return {
    servers,
    php,
    kept,
    shown,
    counts: async () => (await kept()).map(({ length }) => length),
    async expectShown(keepers: readonly AvatarKeeper[], id: number, look: string | null): Promise<void> {
      const served = look === null ? ['none'] : [colourOf(look)]
      for (const keeper of keepers) {
        expect(await shown(id, keeper)).toEqual(served)
        expect(await php(id, keeper.has)).toBe(look !== null)
      }
    },
    /** Somebody uploads an avatar of {@link ownColour} to the plugin. */
    async choose(id: number, upload: string): Promise<void> {
      await servers.site.php(`
        $id = ${id}; $file = get_temp_dir() . wp_generate_password( 12, false ) . '.png'; $image = imagecreatetruecolor( 300, 300 );
        imagefill( $image, 0, 0, 0x123456 ); imagepng( $image, $file ); ${upload} wp_delete_file( $file );`)
    },
    async scene(options: Parameters<typeof createCycleScene>[2] = {}) {
      const policy = {
        photos: { everyMs: 0, size: 240 as const },
        ...{ guard, reassignTo: servers.site.adminUsername },
        leaving: { disabled: remove, deleted: remove, absent: remove, 'out-of-scope': remove },
      }
      const lane = await createCycleScene(servers, `avatars${++scenes}`, { ...options, policy })
      stops.push(lane.stop)
      const { admin } = lane.directory
      return {
        lane,
        look: (person: string, look: string) => admin.setPhoto(person, { look }),
        noPhoto: (person: string) => admin.setPhoto(person, { none: 'ImageNotFound' }),
        async poll() {
          await receiveRead(lane.context, { connection: lane.id, photos: true })
          await lane.quiet()
        },
      }
    },
  }
}

export const accountOf = async (lane: CycleScene, person: string): Promise<number> =>
  (await lane.link(person))!.wordpressId!
