import * as z from 'zod'
import { checkSchedule } from './check-schedule.ts'
import type { SettingFault } from './configuration-error.ts'
import { isLoopback } from './site-url.ts'

const setting = (schema: z.ZodType<string, string>, description: string, example: string) =>
  schema
    .optional()
    .describe(description)
    .meta({ examples: [example] })

const text = z.string()

/** An address without a slash at its end. `bare`: https even on this machine, and no path. */
const address = (example: string, bare = false) =>
  z.string().transform((value, context) => {
    const url = URL.parse(value)
    const plain = url && !url.search && !url.hash && !url.username && !url.password && (!bare || url.pathname === '/')
    if (plain && (url.protocol === 'https:' || (!bare && url.protocol === 'http:' && isLoopback(url.hostname))))
      return url.href.replace(/\/+$/, '')
    context.addIssue({
      code: 'custom',
      message: `must be an https address${bare ? ' without a path' : ''}, such as ${example}`,
    })
    return z.NEVER
  })

/** The settings (environment variables, Azure app settings) that are read here; an empty one counts as not set. */
export const environmentSchema = z.object({
  AZURE_TENANT_ID: setting(
    z.guid('must be the tenant’s id, a GUID (Microsoft Entra admin center, Overview), not a domain name'),
    'Id of the tenant that the quick start’s connection reads.',
    '11111111-2222-4333-8444-555555555555',
  ),
  AZURE_CLIENT_ID: setting(
    z.guid('must be the application’s (client) id, a GUID'),
    'Id of the app registration, or of a user-assigned identity where there is no secret.',
    '66666666-7777-4888-8999-000000000000',
  ),
  AZURE_CLIENT_SECRET: setting(text, 'Client secret. Without one the managed identity is used.', 'a secret'),
  AZURE_AUTHORITY_HOST: setting(
    address('https://login.microsoftonline.us'),
    'Where to sign in; for national clouds. Default: the public cloud.',
    'https://login.microsoftonline.us',
  ),
  GRAPH_BASE_URL: setting(
    address('https://graph.microsoft.com', true),
    'Address of Microsoft Graph; national clouds have their own. Default: https://graph.microsoft.com.',
    'https://graph.microsoft.us',
  ),
  WORDPRESS_URL: setting(
    text,
    'Address of the site’s front page; https, save for this machine.',
    'https://www.contoso.com',
  ),
  WORDPRESS_USERNAME: setting(text, 'Login of the account that writes to the site.', 'entra-sync'),
  WORDPRESS_APP_PASSWORD: setting(text, 'Application password of that account.', 'abcd efgh ijkl mnop qrst uvwx'),
  SYNC_SCHEDULE: setting(
    z.string().superRefine((value, context) => {
      const message = checkSchedule(value)
      if (message !== null) context.addIssue({ code: 'custom', message })
    }),
    'When incremental cycles run, a six-field NCRONTAB expression. Default: every 15 minutes.',
    '0 */15 * * * *',
  ),
  SYNC_CONFIG: setting(text, 'Everything more: inline JSON, or the path of a JSON document.', './sync-config.json'),
  PUBLIC_BASE_URL: setting(
    address('https://sync.contoso.com'),
    'Where Microsoft Graph reaches this app. Default: https:// and WEBSITE_HOSTNAME, which Azure sets.',
    'https://sync.contoso.com',
  ),
  WEBSITE_HOSTNAME: setting(text, 'Set by Azure.', 'sync.azurewebsites.net'),
})

/** Settings of developers and tests; no app in Azure needs one. */
export const developmentSchema = z.object({
  SYNC_TIME_SCALE: setting(
    z.string().refine((value) => Number(value) >= 0.001 && Number(value) <= 1, 'must be a number from 0.001 to 1'),
    'Every lease, pause, retry and second look is shortened by this factor; how long a request to the site may take is not.',
    '0.1',
  ),
})

const allSettings = environmentSchema.extend(developmentSchema.shape)

export type Environment = z.infer<typeof allSettings>

/** The settings that are set and valid, and what is wrong with the others. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): {
  settings: Environment
  faults: SettingFault[]
} {
  const settings: Record<string, string> = {}
  const faults: SettingFault[] = []
  for (const [name, schema] of Object.entries(allSettings.shape)) {
    const given = env[name]?.trim()
    if (!given) continue
    const parsed = schema.safeParse(given)
    if (parsed.success && parsed.data !== undefined) settings[name] = parsed.data
    else faults.push(...(parsed.error?.issues ?? []).map(({ message }) => ({ setting: name, message })))
  }
  return { settings, faults }
}
