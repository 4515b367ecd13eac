import * as z from 'zod'
import { type DirectoryUser, directoryUserSchema, type LookUp } from '../domain/directory-user.ts'
import { RetryLater } from '../domain/faults.ts'
import { chunked } from './chunked.ts'
import type { GraphClient } from './client.ts'
import { peopleQuery, withManager } from './manager.ts'
import { isObjectId } from './object-id.ts'
import { sendMany } from './send-many.ts'
import { settleAnswer } from './settle-answer.ts'

/** An `in` takes at most 15 values. https://learn.microsoft.com/graph/filter-query-parameter */
const idsPerFilter = 15

const listSchema = z.object({ value: z.array(directoryUserSchema) })
const deletedSchema = z.object({ id: z.string() })

/**
 * Reads people by id. A list that leaves an id out proves nothing (replicas lag): the id is asked alone, then looked for
 * among the deleted; only Graph's own 404 to both is `absent`.
 * @param defaultWait milliseconds for an id in `later` whose answer had no Retry-After
 */
export async function readUsers(
  graph: GraphClient,
  ids: readonly string[],
  select: readonly string[],
  defaultWait: number,
): Promise<{ found: Map<string, LookUp>; later: Map<string, number> }> {
  const found = new Map<string, LookUp>()
  const later = new Map<string, number>()
  const query = peopleQuery(select)
  const unique = [...new Set(ids)]
  for (const id of unique) if (!isObjectId(id)) found.set(id, { kind: 'absent' })
  const wanted = unique.filter(isObjectId)

  const postpone = (postponed: readonly string[], fault: RetryLater) => {
    for (const id of postponed) later.set(id, fault.after ?? defaultWait)
  }

  const missing: string[] = []
  const chunks = chunked(wanted, idsPerFilter)
  const filters = chunks.map((chunk) => encodeURIComponent(`id in (${chunk.map((id) => `'${id}'`).join(',')})`))
  const lists = await sendMany(
    graph,
    filters.map((filter) => ({ url: `/users?$filter=${filter}&${query}` })),
  )
  for (const [index, chunk] of chunks.entries()) {
    const list = settleAnswer(lists[index], { what: 'users by id', kind: 'read' }, listSchema)
    if (list instanceof RetryLater) {
      postpone(chunk, list)
      continue
    }
    if (list === null) {
      missing.push(...chunk)
      continue
    }
    const users = new Map<string, DirectoryUser>(list.value.map((user) => [user.id.toLowerCase(), user]))
    for (const id of chunk) {
      const user = users.get(id.toLowerCase())
      if (user) found.set(id, { kind: 'found', user: whole(user, select) })
      else missing.push(id)
    }
  }

  const gone: string[] = []
  const singles = await sendMany(
    graph,
    missing.map((id) => ({ url: `/users/${id}?${query}` })),
  )
  for (const [index, id] of missing.entries()) {
    const user = settleAnswer(singles[index], { what: 'a user by id', kind: 'read' }, directoryUserSchema)
    if (user instanceof RetryLater) postpone([id], user)
    else if (user) found.set(id, { kind: 'found', user: whole(user, select) })
    else gone.push(id)
  }

  const items = await sendMany(
    graph,
    gone.map((id) => ({ url: `/directory/deletedItems/${id}?$select=id` })),
  )
  for (const [index, id] of gone.entries()) {
    const item = settleAnswer(items[index], { what: 'a deleted user by id', kind: 'read' }, deletedSchema)
    if (item instanceof RetryLater) postpone([id], item)
    else found.set(id, { kind: item ? 'deleted' : 'absent' })
  }
  return { found, later }
}

/** Graph leaves out a directory extension that has no value: told apart from what was never asked for, it can clear. */
function whole(user: DirectoryUser, select: readonly string[]): DirectoryUser {
  const none = Object.fromEntries(select.filter((name) => !Object.hasOwn(user, name)).map((name) => [name, null]))
  return withManager({ ...user, ...none }, select)
}
