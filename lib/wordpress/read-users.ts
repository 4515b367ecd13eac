import * as z from 'zod'
import type { SiteUser } from '../domain/site-user.ts'
import { parseUser, userSchema } from './parse-user.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'

/** The most that WordPress lists at a time. */
const pageSize = 100

/** Accounts by id, {@link pageSize} a request. An id is absent only where WordPress answers 404 `rest_user_invalid_id` for it. */
export async function readUsers(rest: Rest, ids: readonly number[]): Promise<Map<number, SiteUser>> {
  const wanted = [...new Set(ids)]
  const found = new Map<number, SiteUser>()
  for (let start = 0; start < wanted.length; start += pageSize) {
    const include = wanted.slice(start, start + pageSize)
    for (const user of await page(rest, { include: include.join(',') }, 1)) found.set(user.id, user)
  }
  // A list can be filtered by a plugin (hidden administrators): being left out of it proves nothing.
  for (const id of wanted.filter((each) => !found.has(each))) {
    const user = await readUser(rest, id)
    if (user !== null) found.set(id, user)
  }
  return found
}

function edit({ userFields }: Rest): { context: string; _fields: string } {
  return { context: 'edit', _fields: userFields }
}

async function readUser(rest: Rest, id: number): Promise<SiteUser | null> {
  const answer = await rest.send({ method: 'GET', route: `/wp/v2/users/${id}`, query: edit(rest) })
  const body = parseJson(answer.text)
  if (answer.status === 404 && parseErrorBody(body)?.code === 'rest_user_invalid_id') return null
  if (answer.status !== 200 || body === undefined) throw answer.fault()
  const user = parseUser(body)
  if (user === null) throw answer.unexpected('gave a user without the fields that were asked for')
  return user
}

/** One page of the accounts that `query` names, by id so that pages don't shift. */
async function page(rest: Rest, query: Record<string, string>, number: number): Promise<SiteUser[]> {
  const paging = { per_page: String(pageSize), page: String(number), orderby: 'id' }
  const { body } = await rest.read(
    { method: 'GET', route: '/wp/v2/users', query: { ...edit(rest), ...paging, ...query } },
    z.array(userSchema),
  )
  return body
}

/** All accounts that `query` names, page after page. */
export async function* pages(rest: Rest, query: Record<string, string>): AsyncGenerator<SiteUser[]> {
  for (let number = 1; ; number++) {
    const users = await page(rest, query, number)
    yield users
    if (users.length < pageSize) return
  }
}
