import * as z from 'zod'
import type { DirectoryUser } from '../domain/directory-user.ts'
import { noManager, type Manager } from '../domain/manager.ts'

/**
 * How people are asked for with their manager: a relation, which a list of people takes in `$expand` only and users/delta in `$select` only,
 * where it says no more than an id. https://learn.microsoft.com/graph/api/user-list-manager
 * @returns the query without its first character, percent-encoded
 */
export function peopleQuery(select: readonly string[]): string {
  const properties = [...new Set(['id', ...select])].filter((name) => name !== 'manager')
  const selected = `$select=${properties.map(encodeURIComponent).join(',')}`
  if (!select.includes('manager')) return selected
  return `${selected}&$expand=manager($select=id,displayName,mail,userPrincipalName)`
}

const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null)
const managerSchema = z.object({ id: z.string(), displayName: text, mail: text, userPrincipalName: text })
const deltaSchema = z.array(z.object({ id: z.string() }).loose())

/**
 * The person with `manager` in one form, whoever told it: `$expand` leaves it out where there is none, a delta page has a list of changes.
 * Without one all its properties are null, so that an expression over them clears.
 */
export function withManager<User extends DirectoryUser>(user: User, select: readonly string[]): User {
  if (!select.includes('manager')) return user
  const { manager, 'manager@delta': changes, ...others } = user
  const told = deltaSchema.safeParse(changes)
  // The one who was taken away comes with a mark, in the same list.
  const left = told.success ? told.data.filter((one) => !('@removed' in one)) : []
  const parsed = managerSchema.safeParse(manager ?? left.at(-1))
  const found: Manager = parsed.success ? { ...noManager, ...parsed.data } : noManager
  return Object.assign(others, { manager: found }) as unknown as User
}
