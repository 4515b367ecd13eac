import type { Connection, SiteSettings } from '../domain/connection.ts'
import type { CustomField, ValueType } from '../domain/custom-field.ts'
import type { SettingFault } from './configuration-error.ts'
import type { PartNames } from './connection-parts.ts'

type Named = { connection: Connection; names: Pick<PartNames, 'connection' | 'url' | 'tenant'> }

/**
 * Faults that only show between connections. Those of one site also get the same settings object: it has one lane and one client.
 * @param named each connection with the names of its settings
 */
export function checkConnections(named: readonly Named[], faults: SettingFault[]): Connection[] {
  const ids = new Map<string, string>()
  const tenants = new Map<string, string>()
  const sites = new Map<string, { site: SiteSettings; name: string }>()
  const addresses = new Map<string, { id: string; name: string }>()

  const joined = named.map(({ connection, names }) => {
    const { site } = connection
    const same = ids.get(connection.id)
    if (same !== undefined)
      faults.push({
        setting: `${names.connection}.id`,
        message: `is the id of ${same} too; each connection needs its own`,
      })
    else ids.set(connection.id, names.connection)

    const pair = `${connection.tenantId} ${site.id}`
    const twin = tenants.get(pair)
    if (twin !== undefined)
      faults.push({
        setting: names.tenant,
        message: `joins the same tenant to the same site as ${twin}; one of them must go`,
      })
    else tenants.set(pair, names.connection)

    const address = addresses.get(site.url)
    if (address !== undefined && address.id !== site.id)
      faults.push({
        setting: names.url,
        message: `is the site of ${address.name}, under another id; one site must have one id, or two lanes write to it`,
      })
    else addresses.set(site.url, { id: site.id, name: names.connection })

    const first = sites.get(site.id)
    if (first === undefined) {
      sites.set(site.id, { site, name: names.connection })
      return connection
    }
    const differing = (Object.keys(site) as (keyof SiteSettings)[]).filter(
      (key) => key !== 'fields' && JSON.stringify(site[key]) !== JSON.stringify(first.site[key]),
    )
    for (const key of differing)
      faults.push({
        setting: `${names.connection}.site.${key}`,
        message: `differs from ${first.name}, which has the same site`,
      })
    return { ...connection, site: first.site }
  })
  for (const { site } of sites.values()) site.fields = shareFields(site, named, faults)
  return joined
}

/** What all connections of a site map together. A field has one type there: the site registers it once. */
function shareFields(site: SiteSettings, named: readonly Named[], faults: SettingFault[]): SiteSettings['fields'] {
  const fields = new Map<CustomField, { type: ValueType; name: string }>()
  for (const { connection, names } of named.filter(({ connection }) => connection.site.id === site.id))
    for (const { field, type } of connection.mapping.customs) {
      const first = fields.get(field)
      if (first && first.type !== type)
        faults.push({
          setting: `${names.connection}.mapping.${field}`,
          message: `is of type ${type}, but ${first.type} for ${first.name}, which has the same site`,
        })
      fields.set(field, first ?? { type, name: names.connection })
    }
  return [...fields].map(([field, { type }]) => ({ field, type }))
}
