import type { SiteUser } from '../domain/site-user.ts'
import { pages } from './read-users.ts'
import type { Rest } from './rest.ts'
import { encodeText } from './parse-user.ts'

/**
 * The account with exactly this address, without case. `search` is `LIKE '%…%'` over columns that WordPress chooses from the
 * term's look, so hits are compared, and a term with an `@` searches addresses only, in every version.
 * https://developer.wordpress.org/reference/classes/wp_user_query/prepare_query/
 */
export async function findByEmail(rest: Rest, searchColumns: boolean, email: string): Promise<SiteUser | null> {
  const query = { search: encodeText(email), ...(searchColumns ? { search_columns: 'email' } : {}) }
  return first(rest, query, (user) => same(user.fields.email, email))
}

/**
 * The account with exactly this login, without case. First by the nicename that WordPress makes of it (exact, indexed), then
 * by search: another account may have had that nicename before.
 */
export async function findByUsername(rest: Rest, searchColumns: boolean, username: string): Promise<SiteUser | null> {
  const isIt = (user: SiteUser): boolean => same(user.username, username)
  const slug = nicenameOf(username)
  const bySlug = slug === '' ? null : await first(rest, { slug }, isIt)
  if (bySlug !== null) return bySlug
  if (searchColumns) return first(rest, { search: username, search_columns: 'username' }, isIt)
  const term = termFor(username)
  return term === '' ? null : first(rest, { search: term }, isIt)
}

async function first(
  rest: Rest,
  query: Record<string, string>,
  isIt: (user: SiteUser) => boolean,
): Promise<SiteUser | null> {
  for await (const users of pages(rest, query)) {
    const found = users.find(isIt)
    if (found) return found
  }
  return null
}

/** As the database compares: without case. */
function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** `sanitize_title()` of a login's first 50 characters, for the characters that a login can have. */
function nicenameOf(username: string): string {
  const plain = username.slice(0, 50).toLowerCase().replaceAll('.', '-')
  return plain
    .replace(/[^a-z0-9_\s-]/g, '')
    .replace(/[\s-]+/g, '-')
    .replace(/^-|-$/g, '')
}

/** Before 6.8 a term with `@` searches addresses only, never logins: ask for the longest part without one. */
function termFor(username: string): string {
  return username.split('@').reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}
