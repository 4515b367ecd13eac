import { createHash } from 'node:crypto'
import type { Connection, SiteSettings } from '../domain/connection.ts'
import { leavingReasons } from '../domain/leaving.ts'
import type { CompiledMapping } from '../domain/mapping.ts'
import { postKey } from '../domain/post-mapping.ts'
import type { RolePolicy, RoleRule } from '../domain/role-rules.ts'
import { planVersion } from '../domain/plan-version.ts'
import { selectOf } from '../domain/select-of.ts'
import { buildLeaving } from './build-leaving.ts'
import { buildMapping, mappingKey } from './build-mapping.ts'
import { buildRoles } from './build-roles.ts'
import { buildPosts } from './build-posts.ts'
import { buildScope } from './build-scope.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { siteIdOf, siteUrl } from './site-url.ts'

const minute = 60_000
const hour = 60 * minute

/** The connection, or null where something is wrong with it: then it is told in `faults`. */
export function buildConnection(parts: ConnectionParts, faults: SettingFault[]): Connection | null {
  const mapping = buildMapping(parts, faults)
  const scope = buildScope(parts, faults)
  const { leaving, reassignTo } = buildLeaving(parts, faults)
  const guestRole = guestRoleOf(parts, faults)
  const roles = buildRoles(parts, faults)
  const posts = buildPosts(parts, faults)
  const site = siteOf(parts, mapping, faults)
  if (!mapping || !site) return null

  const { adoption: rules, guard, drift, cycles, photos, singleSignOn } = parts.policy
  const adoption = { members: rules?.members ?? ['email'], guests: rules?.guests ?? [] }
  const select = selectOf(mapping, [
    ...(scope.filter?.properties ?? []),
    ...roles.properties,
    ...posts.flatMap(({ properties }) => properties),
    ...parts.properties,
  ])
  const tenantId = parts.tenantId.toLowerCase()
  const marked = singleSignOn?.markers ?? true
  return {
    id: parts.id,
    tenantId,
    clientId: parts.clientId,
    clientSecret: parts.clientSecret,
    site,
    mapping,
    select,
    posts,
    adoption,
    scope,
    groups: groupsOf(scope.groups, roles.rules),
    leaving,
    reassignTo,
    guard: { most: guard?.most ?? 500, percent: guard?.percent ?? 5, fewest: guard?.fewest ?? 10 },
    guestRole,
    singleSignOn: marked,
    roles,
    drift: drift?.onChange ?? 'repair',
    whenAccountMissing: drift?.whenAccountMissing ?? 'leave',
    // Not part of the configuration's hash: photos make nobody be looked at anew.
    photos: photos?.enabled ? { everyMs: (photos.everyHours ?? 24) * hour, size: photos.size ?? 240 } : null,
    fullEveryMs: (cycles?.fullEveryHours ?? 24) * hour,
    fullWithoutDeltaEveryMs: (cycles?.fullWithoutDeltaMinutes ?? 60) * minute,
    verifyEveryMs: (drift?.verifyEveryHours ?? 168) * hour,
    configurationHash: hashOf([
      planVersion,
      tenantId,
      site.id,
      mappingKey(mapping),
      adoption.members,
      adoption.guests,
      [...site.protectedRoles].sort(),
      [...site.protectedUsers].sort(),
      [...site.unprotectedUsers].sort(),
      [scope.groups, scope.filter?.source ?? null, scope.members, scope.guests, scope.enabledOnly],
      leavingReasons.map((reason) => [leaving[reason].action, leaving[reason].deleteAfter]),
      reassignTo,
      guestRole,
      marked,
      rolesKey(roles),
      ...(posts.length > 0 ? [posts.map(postKey)] : []),
      select,
    ]),
    selectHash: hashOf(select),
  }
}

function siteOf(
  { site, names }: ConnectionParts,
  mapping: CompiledMapping | null,
  faults: SettingFault[],
): SiteSettings | null {
  const address = siteUrl(site.url)
  if (!address.ok) {
    faults.push({ setting: names.url, message: address.message })
    return null
  }
  const named = new Set(site.protectedUsers.map((login) => login.toLowerCase()))
  if (site.unprotectedUsers.some((login) => named.has(login.toLowerCase())))
    faults.push({
      setting: `${names.connection}.site.unprotectedUsers`,
      message: 'names a login that protectedUsers names too; take it out of one of them',
    })
  return {
    id: site.id ?? siteIdOf(address.url),
    url: address.url,
    username: site.username,
    applicationPassword: site.applicationPassword,
    concurrency: site.concurrency,
    protectedRoles: site.protectedRoles,
    protectedUsers: site.protectedUsers,
    unprotectedUsers: site.unprotectedUsers,
    fields: mapping?.customs ?? [],
  }
}

/** Those of the scope and those of the rules: both are read and followed in the same way. */
function groupsOf(scope: readonly string[], rules: readonly RoleRule[]): string[] {
  const named = rules.flatMap((rule) => (rule.kind === 'group' ? [rule.group] : []))
  return [...new Set([...scope, ...named])].sort()
}

/** Everything that changes who gets which role. */
function rolesKey({ mode, rules, fallback, allowProtected, app }: RolePolicy): unknown {
  return [
    [mode, fallback, allowProtected, app],
    rules.map((rule) => ('expression' in rule ? { ...rule, expression: rule.expression.source } : rule)),
  ]
}

/** A guest with a protected role could never be suspended, and may well be an administrator. */
function guestRoleOf({ policy, site, names }: ConnectionParts, faults: SettingFault[]): string | null {
  const role = policy.guests?.role ?? null
  if (role !== null && site.protectedRoles.includes(role))
    faults.push({
      setting: names.policy('guests', 'role'),
      message: 'is a protected role: nobody who has it can be suspended; give guests another',
    })
  return role
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}
