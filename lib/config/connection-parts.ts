import type { SettingFault } from './configuration-error.ts'
import type { Environment } from './environment.ts'
import { pathText } from './document-faults.ts'
import type { PolicyInput } from './policy-schema.ts'
import type { ConfigurationInput, ConnectionInput } from './schema.ts'

/** What a connection is made of, wherever it was said; `names` tells where, for faults. */
export type ConnectionParts = {
  id: string
  tenantId: string
  clientId: string | null
  clientSecret: string | null
  site: {
    id: string | null
    url: string
    username: string
    applicationPassword: string
    concurrency: number
    protectedRoles: string[]
    protectedUsers: string[]
    unprotectedUsers: string[]
  }
  policy: PolicyInput
  properties: string[]
  names: PartNames
}

/** Names of settings and paths, as faults tell them. */
export type PartNames = {
  connection: string
  url: string
  tenant: string
  /** Where the policy's setting was said: by the connection or the defaults. */
  policy: (section: keyof PolicyInput, key: string) => string
  properties: (name: string) => string
}

type Found = { parts: ConnectionParts[]; faults: SettingFault[] }

const siteDefaults = { concurrency: 4, protectedRoles: ['administrator'], protectedUsers: [], unprotectedUsers: [] }

/** The connections of `SYNC_CONFIG`, with their secrets. */
export function configuredConnections(
  connections: readonly ConnectionInput[],
  settings: Environment,
  env: Readonly<Record<string, string | undefined>>,
): Found {
  const faults: SettingFault[] = []
  const secret = (reference: { env: string } | undefined, path: (string | number)[]): string | null => {
    if (!reference) return null
    const value = env[reference.env]?.trim()
    if (!value) {
      const message = `names the app setting ${reference.env}, which isn’t set; add it to the app’s settings`
      faults.push({ setting: pathText([...path, 'env']), message })
    }
    return value ?? ''
  }
  for (const name of ['WORDPRESS_URL', 'WORDPRESS_USERNAME', 'WORDPRESS_APP_PASSWORD'] as const)
    if (settings[name] !== undefined)
      faults.push({
        setting: name,
        message: 'says nothing where SYNC_CONFIG has connections; make it one of them, or take it out',
      })

  const parts = connections.map(({ id, directory, site, ...policy }, index): ConnectionParts => {
    const path = ['connections', index]
    // The app of AZURE_CLIENT_ID with its secret, unless the connection names another.
    const own = directory.clientId !== undefined || directory.clientSecret !== undefined
    const clientId = directory.clientId ?? settings.AZURE_CLIENT_ID ?? null
    if (directory.clientSecret && clientId === null)
      faults.push({
        setting: pathText([...path, 'directory', 'clientId']),
        message: 'is missing beside clientSecret: the id of the app registration that the secret belongs to',
      })
    return {
      id,
      tenantId: directory.tenantId,
      clientId,
      clientSecret: own
        ? secret(directory.clientSecret, [...path, 'directory', 'clientSecret'])
        : (settings.AZURE_CLIENT_SECRET ?? null),
      site: {
        ...siteDefaults,
        ...defined(site),
        id: site.id ?? null,
        applicationPassword: secret(site.applicationPassword, [...path, 'site', 'applicationPassword']) ?? '',
      },
      policy,
      properties: directory.properties ?? [],
      names: {
        connection: pathText(path),
        url: pathText([...path, 'site', 'url']),
        tenant: pathText([...path, 'directory', 'tenantId']),
        policy: (section, key) => pathText([...(says(policy[section], key) ? path : ['defaults']), section, key]),
        properties: (name) =>
          directory.properties?.includes(name)
            ? pathText([...path, 'directory', 'properties'])
            : 'SYNC_CONFIG.defaults.properties',
      },
    }
  })
  return { parts, faults }
}

/** Whether a section says something of a key, or (`meta.badge`) of one in a part of it. */
function says(section: object | undefined, key: string): boolean {
  const [part = '', ...rest] = key.split('.')
  if (rest.length === 0) return Object.hasOwn(section ?? {}, key)
  const inner: unknown = section && Reflect.get(section, part)
  return typeof inner === 'object' && inner !== null && Object.hasOwn(inner, rest.join('.'))
}

/** The quick start's one connection, `default`. `isTold`: settings whose fault is known already. */
export function quickStartConnection(settings: Environment, isTold: (setting: string) => boolean): Found {
  const { AZURE_TENANT_ID, WORDPRESS_URL, WORDPRESS_USERNAME, WORDPRESS_APP_PASSWORD } = settings
  const cures = {
    AZURE_TENANT_ID: 'the tenant’s id (Microsoft Entra admin center, Overview)',
    WORDPRESS_URL: 'the address of the site’s front page',
    WORDPRESS_USERNAME: 'the login of the account that writes to the site',
    WORDPRESS_APP_PASSWORD: 'an application password of that account (its profile page in WordPress)',
  } as const
  const faults: SettingFault[] = (Object.keys(cures) as (keyof typeof cures)[])
    .filter((name) => settings[name] === undefined && !isTold(name))
    .map((name) => ({ setting: name, message: `is not set: ${cures[name]}; or give connections in SYNC_CONFIG` }))
  return {
    faults,
    parts: [
      {
        id: 'default',
        tenantId: AZURE_TENANT_ID ?? '',
        clientId: settings.AZURE_CLIENT_ID ?? null,
        clientSecret: settings.AZURE_CLIENT_SECRET ?? null,
        site: {
          ...siteDefaults,
          id: null,
          url: WORDPRESS_URL ?? 'http://localhost',
          username: WORDPRESS_USERNAME ?? '',
          applicationPassword: WORDPRESS_APP_PASSWORD ?? '',
        },
        policy: {},
        properties: [],
        names: {
          connection: 'WORDPRESS_URL',
          url: 'WORDPRESS_URL',
          tenant: 'AZURE_TENANT_ID',
          policy: (section, key) => pathText(['defaults', section, key]),
          properties: () => 'SYNC_CONFIG.defaults.properties',
        },
      },
    ],
  }
}

/** The parts with what `defaults` says where the connection itself says nothing, key by key. */
export function withDefaults(
  parts: ConnectionParts,
  defaults: NonNullable<ConfigurationInput['defaults']>,
): ConnectionParts {
  const { scope, mapping, roles, adoption, guests, leaving, guard, drift, cycles, photos, singleSignOn } = parts.policy
  const posts = parts.policy.posts ?? defaults.posts
  return {
    ...parts,
    policy: {
      scope: { ...defaults.scope, ...scope },
      mapping: {
        ...defaults.mapping,
        ...mapping,
        meta: { ...defaults.mapping?.meta, ...mapping?.meta },
        acf: { ...defaults.mapping?.acf, ...mapping?.acf },
      },
      roles: { ...defaults.roles, ...roles },
      adoption: { ...defaults.adoption, ...adoption },
      guests: { ...defaults.guests, ...guests },
      leaving: { ...defaults.leaving, ...leaving },
      guard: { ...defaults.guard, ...guard },
      drift: { ...defaults.drift, ...drift },
      cycles: { ...defaults.cycles, ...cycles },
      photos: { ...defaults.photos, ...photos },
      singleSignOn: { ...defaults.singleSignOn, ...singleSignOn },
      // A list is a whole of its own.
      ...(posts && { posts }),
    },
    properties: [...(defaults.properties ?? []), ...parts.properties],
  }
}

function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
