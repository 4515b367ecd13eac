import { startStack, type Stack } from '../../dev/stack.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { heapLimits, type Instance } from './instance.ts'
import type { LargeKind } from './large-measures.ts'
import { versionsOf } from './machine.ts'
import { warmUp } from './site-work.ts'
import { startBundledHost, type BundledHost } from './start-bundled-host.ts'

/** A large directory with three groups in the scope, and a site for their members. */
export type LargeDirectory = {
  stack: Stack
  app: BundledHost
  site: WordPressSite
  /** People who are in one of the groups; the groups overlap. */
  members: number
  versions: Record<string, string>
  stop(): Promise<void>
}

export type LargeDirectoryOptions = {
  kind: LargeKind
  users: number
  seed: number
  instance: Instance
  profile: string | null
}

const groupNames = ['Sales', 'Research', 'Staff abroad']
/** 5,000 of 100,000. */
const membersShare = 0.05

export async function startLargeDirectory(options: LargeDirectoryOptions): Promise<LargeDirectory> {
  const { kind, users, seed, instance, profile } = options
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const site = await startNativeWordPress()
    stops.push(() => site.stop())
    const passwords = await hashCheaply(site)
    await warmUp(site)
    const members = Math.round(users * membersShare)
    const stack = await startStack({
      directory: {
        ...{ users, seed, kind: kind === 'b2c' ? 'b2c' : 'workforce', pageSize: 100 },
        groups: groupNames.map((name) => ({ name, members })),
      },
      wordpress: site,
      settings: { WORDPRESS_URL: site.url, SYNC_SCHEDULE: '0 0 0 1 1 *' },
    })
    stops.push(() => stack.stop())
    const groups = await stack.directory.admin.listGroups()
    const scope = { groups: groups.map(({ group }) => group.id) }
    const app = await startBundledHost({
      ...stack.environment,
      SYNC_CONFIG: JSON.stringify({ defaults: { scope } }),
      NODE_OPTIONS: [
        heapLimits[instance],
        ...(profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
      ].join(' '),
    })
    stops.push(() => app.stop())
    return {
      ...{ stack, app, site, stop },
      members: new Set(groups.flatMap((one) => one.members)).size,
      versions: { ...(await versionsOf(site)), passwords },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Passwords are hashed with bcrypt at its lowest cost, from WordPress 6.8 on: nobody knows them, and neither memory nor units depend on
 * it, but 15,000 of them take minutes instead of a quarter of an hour. https://developer.wordpress.org/reference/functions/wp_hash_password/
 * @returns how they are hashed, for the report
 */
async function hashCheaply(site: WordPressSite): Promise<string> {
  await site.php(`wp_mkdir_p( WPMU_PLUGIN_DIR );
    file_put_contents( WPMU_PLUGIN_DIR . '/cheap-hashes.php',
      "<?php\\nadd_filter( 'wp_hash_password_options', static fn() => array( 'cost' => 4 ) );\\n" );`)
  const hash = await site.php(`echo wp_hash_password( 'any' );`)
  const cost = /^\$wp\$2y\$(\d+)\$/.exec(hash)?.[1]
  return cost === undefined ? 'the site’s own hash' : `bcrypt cost ${Number(cost)}`
}
