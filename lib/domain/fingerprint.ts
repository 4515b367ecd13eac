import { createHash } from 'node:crypto'
import type { DirectoryUser } from './directory-user.ts'
import { managerIdOf } from './manager.ts'

/**
 * 16 hex digits of everything that decides what a user becomes: the selected properties, the memberships and the configuration.
 * A property that is absent, null or an empty list counts the same: a delta page leaves out what was never set, where
 * `GET /users` says null. The order of lists doesn't count: the directory doesn't keep one. Of a manager the id counts: pages of changes
 * know no more.
 */
export function fingerprint(
  user: DirectoryUser,
  memberships: readonly string[],
  configurationHash: string,
  select: readonly string[],
): string {
  const properties: [string, unknown][] = []
  for (const name of [...new Set(select)].sort()) {
    const held = Object.hasOwn(user, name) ? user[name] : undefined
    const value = canonical(name === 'manager' ? managerIdOf(user) : held)
    if (value !== undefined) properties.push([name, value])
  }
  const everything = JSON.stringify([properties, [...new Set(memberships)].sort(), configurationHash])
  return createHash('sha256').update(everything).digest('hex').slice(0, 16)
}

function canonical(value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) {
    const items = value.map(canonical).filter((item) => item !== undefined)
    return items.length === 0 ? undefined : ['list', ...items.map((item) => JSON.stringify(item)).sort()]
  }
  if (typeof value !== 'object') return value
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, canonical(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? undefined : ['object', ...entries]
}
