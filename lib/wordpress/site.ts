import * as z from 'zod'
import type { Site, SiteAnswer, SiteWrite } from '../sync/ports/site.ts'
import { createClient } from './client.ts'
import { diagnosed } from './diagnose.ts'
import { discover, type Discovery } from './discover.ts'
import { findByEmail, findByUsername } from './find-user.ts'
import { readUsers } from './read-users.ts'
import { createRest } from './rest.ts'
import { mostInBatch, writeBatch, writeOne } from './write-users.ts'

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
}

const meSchema = z.object({ id: z.number().int().positive() })

/** One WordPress over its REST API with an application password. Asks nothing before it is used. */
export function createSite(options: SiteOptions): Site {
  const client = createClient({ userAgent: 'entra-wordpress-sync', ...options })
  const rest = createRest(client, options.url)
  let known: Discovery | null = null
  const batches = (): boolean => known?.capabilities.batch ?? false
  const searchColumns = (): boolean => known?.searchColumns ?? false
  const batchSize = (): number => (batches() ? mostInBatch : 1)

  async function write(writes: readonly SiteWrite[]): Promise<SiteAnswer[]> {
    if (writes.length > batchSize())
      throw new RangeError(`${writes.length} writes, but one request takes ${batchSize()}`)
    if (batches()) return writes.length === 0 ? [] : writeBatch(rest, writes)
    const [only] = writes
    return only === undefined ? [] : [await writeOne(rest, only)]
  }

  return {
    discover: diagnosed(rest, async () => {
      known = await discover(client, rest)
      return known.capabilities
    }),
    probe: diagnosed(rest, async () => {
      await rest.read({ method: 'GET', route: '/wp/v2/users/me', query: { _fields: 'id' } }, meSchema)
    }),
    readUsers: diagnosed(rest, (ids: readonly number[]) => readUsers(rest, ids)),
    findByEmail: diagnosed(rest, (email: string) => findByEmail(rest, searchColumns(), email)),
    findByUsername: diagnosed(rest, (username: string) => findByUsername(rest, searchColumns(), username)),
    batchSize,
    write: diagnosed(rest, write),
    clockOffset: () => client.clockOffset(),
  }
}
