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

export async function startPair({ users, seed, profile }: PairOptions): Promise<Pair> {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const startSite = async (): Promise<WordPressSite> => {
      const site = await startNativeWordPress()
      stops.push(() => site.stop())
      await warmUp(site)
      return site
    }
    const sites = { ours: await startSite(), naive: await startSite() }
    const versions = await versionsOf(sites.ours)
    const stack = await startStack({
      directory: { users, seed },
      wordpress: sites.ours,
      // The site itself, not the proxy that counts requests: it would cost the side most that sends most.
      settings: { WORDPRESS_URL: sites.ours.url, SYNC_SCHEDULE: '0 0 0 1 1 *' },
    })
    stops.push(() => stack.stop())
    const app = await stack.startApp(profile === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` })
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
