import * as z from 'zod'
import { type DirectoryUser, directoryUserSchema, type LookUp } from '../domain/directory-user.ts'
import { RetryLater } from '../domain/faults.ts'
import { type Asked, classifyGraphFault, graphErrorCode } from './classify-graph-fault.ts'
import type { GraphAnswer, GraphClient } from './client.ts'
import { getMany } from './get-many.ts'
import { parseAnswer } from './parse-answer.ts'

/** An `in` takes at most 15 values. https://learn.microsoft.com/graph/filter-query-parameter */
const idsPerFilter = 15
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

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
  const selected = [...new Set(['id', ...select])].map(encodeURIComponent).join(',')
  const unique = [...new Set(ids)]
  // What is no GUID can't be any object's id, and would spoil the filter for its neighbours.
  for (const id of unique) if (!guid.test(id)) found.set(id, { kind: 'absent' })
  const wanted = unique.filter((id) => guid.test(id))

  const postpone = (postponed: readonly string[], fault: RetryLater) => {
    for (const id of postponed) later.set(id, fault.after ?? defaultWait)
  }

  const missing: string[] = []
  const chunks = Array.from({ length: Math.ceil(wanted.length / idsPerFilter) }, (_, index) =>
    wanted.slice(index * idsPerFilter, (index + 1) * idsPerFilter),
  )
  const filters = chunks.map((chunk) => encodeURIComponent(`id in (${chunk.map((id) => `'${id}'`).join(',')})`))
  const lists = await getMany(
    graph,
    filters.map((filter) => `/users?$filter=${filter}&$select=${selected}`),
  )
  for (const [index, chunk] of chunks.entries()) {
    const list = settled(lists[index], { what: 'users by id', kind: 'read' }, listSchema)
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
      if (user) found.set(id, { kind: 'found', user })
      else missing.push(id)
    }
  }

  const gone: string[] = []
  const singles = await getMany(
    graph,
    missing.map((id) => `/users/${id}?$select=${selected}`),
  )
  for (const [index, id] of missing.entries()) {
    const user = settled(singles[index], { what: 'a user by id', kind: 'read' }, directoryUserSchema)
    if (user instanceof RetryLater) postpone([id], user)
    else if (user) found.set(id, { kind: 'found', user })
    else gone.push(id)
  }

  const items = await getMany(
    graph,
    gone.map((id) => `/directory/deletedItems/${id}?$select=id`),
  )
  for (const [index, id] of gone.entries()) {
    const item = settled(items[index], { what: 'a deleted user by id', kind: 'read' }, deletedSchema)
    if (item instanceof RetryLater) postpone([id], item)
    else found.set(id, { kind: item ? 'deleted' : 'absent' })
  }
  return { found, later }
}

/** The body, `RetryLater` where it can be had later, null for Graph's own "does not exist". Throws `Terminal`. */
function settled<T>(
  answer: GraphAnswer | RetryLater | undefined,
  asked: Asked,
  schema: z.ZodType<T>,
): T | RetryLater | null {
  if (answer === undefined || answer instanceof RetryLater)
    return answer ?? new RetryLater(`There is no answer to ${asked.what}.`, null)
  try {
    if (answer.status === 200) return parseAnswer(answer, asked, schema)
  } catch (error) {
    if (error instanceof RetryLater) return error
    throw error
  }
  if (answer.status === 404) {
    // A 404 of a proxy, or of a path that isn't there, says nothing about a person.
    if (graphErrorCode(answer.body) === 'Request_ResourceNotFound') return null
    return new RetryLater(`Graph answered 404 without Request_ResourceNotFound to ${asked.what}.`, null)
  }
  const fault = classifyGraphFault(answer, asked, Date.now())
  if (fault instanceof RetryLater) return fault
  throw fault
}
