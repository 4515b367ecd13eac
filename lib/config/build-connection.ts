import { createHash } from 'node:crypto'
import type { Connection, SiteSettings } from '../domain/connection.ts'
import { leavingReasons } from '../domain/leaving.ts'
import { compileMapping, MappingError, type CompiledMapping, type MappingSettings } from '../domain/mapping.ts'
import { planVersion } from '../domain/plan-version.ts'
import { selectOf } from '../domain/select-of.ts'
import { buildLeaving } from './build-leaving.ts'
import { buildScope } from './build-scope.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { siteIdOf, siteUrl } from './site-url.ts'
import { propertyFault } from './untracked-properties.ts'

const minute = 60_000
const hour = 60 * minute

/** The connection, or null where something is wrong with it: then it is told in `faults`. */
export function buildConnection(parts: ConnectionParts, faults: SettingFault[]): Connection | null {
  const mapping = compiled(parts, faults)
  const scope = buildScope(parts, faults)
  const { leaving, reassignTo } = buildLeaving(parts, faults)
  const guestRole = guestRoleOf(parts, faults)
  const site = siteOf(parts, faults)
  if (!mapping || !site) return null

  const { adoption: rules, guard, drift, cycles } = parts.policy
  const adoption = { members: rules?.members ?? ['email'], guests: rules?.guests ?? [] }
  const select = selectOf(mapping, [...(scope.filter?.properties ?? []), ...parts.properties])
  const tenantId = parts.tenantId.toLowerCase()
  return {
    id: parts.id,
    tenantId,
    clientId: parts.clientId,
    clientSecret: parts.clientSecret,
    site,
    mapping,
    select,
    adoption,
    scope,
    groups: scope.groups,
    leaving,
    reassignTo,
    guard: { most: guard?.most ?? 500, percent: guard?.percent ?? 5, fewest: guard?.fewest ?? 10 },
    guestRole,
    drift: drift?.onChange ?? 'repair',
    whenAccountMissing: drift?.whenAccountMissing ?? 'leave',
    fullEveryMs: (cycles?.fullEveryHours ?? 24) * hour,
    fullWithoutDeltaEveryMs: (cycles?.fullWithoutDeltaMinutes ?? 60) * minute,
    verifyEveryMs: (drift?.verifyEveryHours ?? 168) * hour,
    configurationHash: hashOf([
      planVersion,
      tenantId,
      site.id,
      Object.entries(mapping.sources).sort(([a], [b]) => (a < b ? -1 : 1)),
      adoption.members,
      adoption.guests,
      [...site.protectedRoles].sort(),
      [...site.protectedUsers].sort(),
      [...site.unprotectedUsers].sort(),
      [scope.groups, scope.filter?.source ?? null, scope.members, scope.guests, scope.enabledOnly],
      leavingReasons.map((reason) => [leaving[reason].action, leaving[reason].deleteAfter]),
      reassignTo,
      guestRole,
      select,
    ]),
    selectHash: hashOf(select),
  }
}

function compiled({ policy, properties, names }: ConnectionParts, faults: SettingFault[]): CompiledMapping | null {
  const before = faults.length
  const mapping = compileWhatCompiles(policy.mapping ?? {}, properties, (field, message) =>
    faults.push({ setting: names.policy('mapping', field), message }),
  )
  for (const [field, expression] of Object.entries(mapping.expressions))
    for (const name of expression.properties) addFault(faults, names.policy('mapping', field), propertyFault(name))
  for (const name of properties) addFault(faults, names.properties(name), propertyFault(name))
  return faults.length === before ? mapping : null
}

/** Tells what doesn't compile and goes on without it: the rest may have other faults. */
function compileWhatCompiles(
  settings: MappingSettings,
  properties: readonly string[],
  tell: (field: string, message: string) => void,
): CompiledMapping {
  try {
    return compileMapping(settings, properties)
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    for (const { field, message, position } of error.faults) tell(field, `${message}, near character ${position}`)
    const faulty = Object.fromEntries(error.faults.map(({ field }) => [field, null]))
    return compileMapping({ ...settings, ...faulty }, properties)
  }
}

function siteOf({ site, names }: ConnectionParts, faults: SettingFault[]): SiteSettings | null {
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
  }
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

function addFault(faults: SettingFault[], setting: string, message: string | null): void {
  if (message !== null) faults.push({ setting, message })
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}
