import { createHash } from 'node:crypto'
import type { Connection, SiteSettings } from '../domain/connection.ts'
import { compileMapping, MappingError, type CompiledMapping, type MappingSettings } from '../domain/mapping.ts'
import { planVersion } from '../domain/plan-version.ts'
import { selectOf } from '../domain/select-of.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { siteIdOf, siteUrl } from './site-url.ts'
import { propertyFault } from './untracked-properties.ts'

const hour = 3_600_000

/** The connection, or null where something is wrong with it: then it is told in `faults`. */
export function buildConnection(parts: ConnectionParts, faults: SettingFault[]): Connection | null {
  const mapping = compiled(parts, faults)
  const site = siteOf(parts, faults)
  if (!mapping || !site) return null

  const adoption = { members: parts.policy.adoption?.members ?? ['email'], guests: parts.policy.adoption?.guests ?? [] }
  const select = selectOf(mapping, parts.properties)
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
    fullEveryMs: (parts.policy.cycles?.fullEveryHours ?? 24) * hour,
    configurationHash: hashOf([
      planVersion,
      tenantId,
      site.id,
      Object.entries(mapping.sources).sort(([a], [b]) => (a < b ? -1 : 1)),
      adoption.members,
      adoption.guests,
      [...site.protectedRoles].sort(),
      [...site.protectedUsers].sort(),
      select,
    ]),
    selectHash: hashOf(select),
  }
}

function compiled({ policy, properties, names }: ConnectionParts, faults: SettingFault[]): CompiledMapping | null {
  const before = faults.length
  const mapping = compileWhatCompiles(policy.mapping ?? {}, properties, (field, message) =>
    faults.push({ setting: names.mapping(field), message }),
  )
  for (const [field, expression] of Object.entries(mapping.expressions))
    for (const name of expression.properties) addFault(faults, names.mapping(field), propertyFault(name))
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
  return {
    id: site.id ?? siteIdOf(address.url),
    url: address.url,
    username: site.username,
    applicationPassword: site.applicationPassword,
    concurrency: site.concurrency,
    protectedRoles: site.protectedRoles,
    protectedUsers: site.protectedUsers,
  }
}

function addFault(faults: SettingFault[], setting: string, message: string | null): void {
  if (message !== null) faults.push({ setting, message })
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}
