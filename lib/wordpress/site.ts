import * as z from 'zod'
import type { CompanionSettings } from '../domain/companion-settings.ts'
import type { CustomField } from '../domain/custom-field.ts'
import { hasCompanion } from '../domain/companion.ts'
import type { SiteUser } from '../domain/site-user.ts'
import type { Site, SiteAnswer, SiteWrite } from '../sync/ports/site.ts'
import { createClient } from './client.ts'
import { diagnosed } from './diagnose.ts'
import { discover, type Discovery } from './discover.ts'
import { findByEmail, findByUsername } from './find-user.ts'
import { findOutside, reachesNetwork, takenInNetwork } from './network.ts'
import { photoWriter } from './write-photo.ts'
import { userFieldsOf } from './parse-user.ts'
import { readUsers } from './read-users.ts'
import { sitePosts } from './site-posts.ts'
import { createRest } from './rest.ts'
import { writeSettings } from './write-settings.ts'
import { mostInBatch } from './send-batch.ts'
import { writeBatch, writeOne } from './write-users.ts'

export type SiteOptions = {
  /** The site's front page, with its folder where it lives in one. */
  url: string
  username: string
  applicationPassword: string
  /** Milliseconds for a whole request. */
  requestTimeout: number
  /** Most connections at a time. */
  concurrency: number
  userAgent?: string
  /** Meta and ACF fields that are read with every account. */
  fields?: readonly { field: CustomField }[]
}

const meSchema = z.object({ id: z.number().int().positive() })

/** One WordPress over its REST API with an application password. Asks nothing before it is used. */
export function createSite(options: SiteOptions): Site {
  const client = createClient({ userAgent: 'entra-wordpress-sync', ...options })
  const rest = createRest(client, options.url, userFieldsOf((options.fields ?? []).map(({ field }) => field)))
  let known: Discovery | null = null
  const batches = (): boolean => known?.capabilities.batch ?? false
  const searchColumns = (): boolean => known?.searchColumns ?? false
  const batchSize = (): number => (batches() ? mostInBatch : 1)

  const photos = photoWriter(rest, () => known?.capabilities ?? null)

  async function write(writes: readonly SiteWrite[]): Promise<SiteAnswer[]> {
    if (writes.length > batchSize())
      throw new RangeError(`${writes.length} writes, but one request takes ${batchSize()}`)
    const network = reachesNetwork(known?.capabilities ?? null)
    const answers = batches() ? await writeMany(writes, network) : await writeAlone(writes, network)
    return network ? answers.map((answer, index) => takenInNetwork(writes[index]!, answer)) : answers
  }

  async function writeMany(writes: readonly SiteWrite[], network: boolean): Promise<SiteAnswer[]> {
    return writes.length === 0 ? [] : writeBatch(rest, writes, network)
  }

  async function writeAlone([only]: readonly SiteWrite[], network: boolean): Promise<SiteAnswer[]> {
    return only === undefined ? [] : [await writeOne(rest, only, network)]
  }

  /** The site's own first: of the network's others only the companion plugin knows. */
  async function orOutside(found: SiteUser | null, query: Parameters<typeof findOutside>[1]): Promise<SiteUser | null> {
    const user = found ?? (reachesNetwork(known?.capabilities ?? null) ? await findOutside(rest, query) : null)
    return user && understood(user)
  }

  /** A companion plugin of another contract may mean something else by the same words. */
  function understood(user: SiteUser): SiteUser {
    const foreign = known !== null && known.capabilities.companion !== null && !hasCompanion(known.capabilities)
    return foreign ? { ...user, suspended: null, markedFor: null } : user
  }

  return {
    discover: diagnosed(rest, async () => {
      known = await discover(client, rest)
      return known.capabilities
    }),
    probe: diagnosed(rest, async () => {
      await rest.read({ method: 'GET', route: '/wp/v2/users/me', query: { _fields: 'id' } }, meSchema)
    }),
    readUsers: diagnosed(rest, async (ids: readonly number[]) => {
      const users = await readUsers(rest, ids)
      return new Map([...users].map(([id, user]) => [id, understood(user)]))
    }),
    findByEmail: diagnosed(rest, async (email: string) =>
      orOutside(await findByEmail(rest, searchColumns(), email), { email }),
    ),
    findByUsername: diagnosed(rest, async (username: string) =>
      orOutside(await findByUsername(rest, searchColumns(), username), { username }),
    ),
    batchSize,
    write: diagnosed(rest, write),
    writePhoto: diagnosed(rest, photos.write),
    removePhoto: diagnosed(rest, photos.remove),
    writeSettings: diagnosed(rest, (settings: CompanionSettings) => writeSettings(rest, settings)),
    ...sitePosts(rest),
    clockOffset: () => client.clockOffset(),
  }
}
