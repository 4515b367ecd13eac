import type { Connection, SiteSettings } from '../domain/connection.ts'
import type { SettingFault } from './configuration-error.ts'
import type { PartNames } from './connection-parts.ts'

/**
 * Faults that only show between connections. Those of one site also get the same settings object: it has one lane and one client.
 * @param named each connection with the names of its settings
 */
export function checkConnections(
  named: readonly { connection: Connection; names: Pick<PartNames, 'connection' | 'url' | 'tenant'> }[],
  faults: SettingFault[],
): Connection[] {
  const ids = new Map<string, string>()
  const tenants = new Map<string, string>()
  const sites = new Map<string, { site: SiteSettings; name: string }>()
  const addresses = new Map<string, { id: string; name: string }>()

  return named.map(({ connection, names }) => {
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
      (key) => JSON.stringify(site[key]) !== JSON.stringify(first.site[key]),
    )
    for (const key of differing)
      faults.push({
        setting: `${names.connection}.site.${key}`,
        message: `differs from ${first.name}, which has the same site`,
      })
    return { ...connection, site: first.site }
  })
}
