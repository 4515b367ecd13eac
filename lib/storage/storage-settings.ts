import * as z from 'zod'

export type StorageSettings =
  | { kind: 'connection-string'; connectionString: string; insecure: boolean }
  | {
      kind: 'identity'
      queueUri: string
      tableUri: string
      /** `managedidentity`, or null for whatever identity the machine offers. */
      credential: 'managedidentity' | null
      /** Of a user-assigned identity; null = the system-assigned one. */
      clientId: string | null
    }

export type SettingFault = { setting: string; message: string }

const name = 'AzureWebJobsStorage'
const account = 'devstoreaccount1'

/** What `UseDevelopmentStorage=true` stands for: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const developmentStorage = [
  'DefaultEndpointsProtocol=http',
  `AccountName=${account}`,
  'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  `BlobEndpoint=http://127.0.0.1:10000/${account}`,
  `QueueEndpoint=http://127.0.0.1:10001/${account}`,
  `TableEndpoint=http://127.0.0.1:10002/${account}`,
].join(';')

const serviceUri = z.url({
  protocol: /^https$/,
  error: 'must be an https URL, as https://<account>.queue.core.windows.net',
})

const identitySettings = z.object({
  accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'must be 3 to 24 lower-case letters and digits')
    .optional(),
  queueServiceUri: serviceUri.optional(),
  tableServiceUri: serviceUri.optional(),
  credential: z.literal('managedidentity', { error: 'must be "managedidentity" or left out' }).optional(),
  clientId: z.guid({ error: "must be the identity's client id, a GUID" }).optional(),
})

/**
 * Reads where the queues and tables are. Either the settings, or every fault at once, each with its setting's name and
 * never with its value. https://learn.microsoft.com/azure/azure-functions/functions-reference#connections
 */
export function readStorageSettings(
  env: Readonly<Record<string, string | undefined>>,
): { ok: true; settings: StorageSettings } | { ok: false; faults: SettingFault[] } {
  const connectionString = env[name]?.trim()
  if (connectionString) return readConnectionString(connectionString)

  const given = Object.fromEntries(
    Object.keys(identitySettings.shape).map((key) => [key, env[`${name}__${key}`]?.trim() || undefined]),
  )
  const parsed = identitySettings.safeParse(given)
  if (!parsed.success)
    return failed(...parsed.error.issues.map((issue) => fault(`${name}__${issue.path.join('.')}`, issue.message)))
  const { accountName, credential, clientId } = parsed.data
  const uri = (service: string) => accountName && `https://${accountName}.${service}.core.windows.net`
  const queueUri = parsed.data.queueServiceUri ?? uri('queue')
  const tableUri = parsed.data.tableServiceUri ?? uri('table')
  if (!queueUri && !tableUri)
    return failed(
      fault(
        name,
        `is missing: set a storage connection string, UseDevelopmentStorage=true for Azurite, or ${name}__accountName for a managed identity`,
      ),
    )
  const missing = `is missing: set it, or ${name}__accountName for both services`
  if (!queueUri) return failed(fault(`${name}__queueServiceUri`, missing))
  if (!tableUri) return failed(fault(`${name}__tableServiceUri`, missing))
  return {
    ok: true,
    settings: { kind: 'identity', queueUri, tableUri, credential: credential ?? null, clientId: clientId ?? null },
  }
}

function readConnectionString(text: string): ReturnType<typeof readStorageSettings> {
  const parts = new Map<string, string>()
  const faults: SettingFault[] = []
  for (const part of text.split(';').filter((piece) => piece.trim() !== '')) {
    const [, key, value] = /^\s*(\w+)=(.*)$/.exec(part) ?? []
    if (key === undefined || value === undefined)
      faults.push(fault(name, 'is no connection string: it must consist of name=value pairs separated by ";"'))
    else parts.set(key.toLowerCase(), value.trim())
  }
  if (faults.length > 0) return failed(faults[0] as SettingFault)
  if (parts.get('usedevelopmentstorage')?.toLowerCase() === 'true')
    return { ok: true, settings: { kind: 'connection-string', connectionString: developmentStorage, insecure: true } }

  const signature = parts.get('sharedaccesssignature')
  if (!signature) {
    if (!parts.get('accountname')) faults.push(fault(name, 'has no AccountName'))
    const key = parts.get('accountkey')
    if (!key) faults.push(fault(name, 'has no AccountKey (or SharedAccessSignature)'))
    else if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) faults.push(fault(name, 'has an AccountKey that is not base64'))
  }
  for (const endpoint of ['QueueEndpoint', 'TableEndpoint']) {
    const value = parts.get(endpoint.toLowerCase())
    if (value === undefined ? signature : !/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
      faults.push(fault(name, `has no valid ${endpoint}`))
  }
  if (faults.length > 0) return failed(...faults)
  const insecure =
    [parts.get('tableendpoint'), parts.get('queueendpoint')].some((endpoint) => endpoint?.startsWith('http:')) ||
    parts.get('defaultendpointsprotocol')?.toLowerCase() === 'http'
  return { ok: true, settings: { kind: 'connection-string', connectionString: text, insecure } }
}

const fault = (setting: string, message: string): SettingFault => ({ setting, message })
const failed = (...faults: SettingFault[]): { ok: false; faults: SettingFault[] } => ({ ok: false, faults })
