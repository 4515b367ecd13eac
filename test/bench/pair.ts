import type { FunctionsHost } from '../../dev/functions-host/start.ts'
import { startStack, type Stack } from '../../dev/stack.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { versionsOf } from './machine.ts'
import type { NaiveSync } from './naive-sync.ts'
import { warmUp } from './site-work.ts'
import { startNaive } from './start-naive.ts'

/** Both sides of one round: a directory, and two sites that are alike, one filled by the program, one by the naive sync. */
export type Pair = {
  stack: Stack
  app: FunctionsHost
  naive: NaiveSync & { pid: number }
  sites: { ours: WordPressSite; naive: WordPressSite }
  versions: Record<string, string>
  stop(): Promise<void>
}

export type PairOptions = { users: number; seed: number; profile: string | null }

/** This program on a site: with a directory, a storage and a process of its own. */
export type Ours = Pick<Pair, 'stack' | 'app' | 'stop'> & { site: WordPressSite }

export async function startPair(options: PairOptions): Promise<Pair> {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const ours = await startOurs(options)
    stops.push(() => ours.stop())
    const { stack, app } = ours
    const sites = { ours: ours.site, naive: await startSite(stops) }
    const versions = await versionsOf(sites.ours)
    const naive = startNaive({
      ...stack.environment,
      WORDPRESS_URL: sites.naive.url,
      WORDPRESS_USERNAME: sites.naive.username,
      WORDPRESS_APP_PASSWORD: sites.naive.applicationPassword,
    })
    stops.push(() => naive.stop())
    return { stack, app, naive, sites, versions, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @param companion whether the site has the companion plugin */
export async function startOurs({ users, seed, profile }: PairOptions, companion = false): Promise<Ours> {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const site = await startSite(stops, companion)
    const stack = await startStack({
      directory: { users, seed },
      wordpress: site,
      // The site itself, not the proxy that counts requests: it would cost the side most that sends most.
      settings: { WORDPRESS_URL: site.url, SYNC_SCHEDULE: '0 0 0 1 1 *' },
    })
    stops.push(() => stack.stop())
    const app = await stack.startApp(profile === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` })
    return { stack, app, site, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startSite(stops: (() => Promise<void>)[], companion = false): Promise<WordPressSite> {
  const site = await startNativeWordPress({ companion })
  stops.push(() => site.stop())
  await warmUp(site)
  return site
}
