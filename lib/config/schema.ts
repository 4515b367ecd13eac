import { z } from 'zod'
import { mappingSchema } from './mapping-schema.ts'

const identifier = /^[a-z0-9]+(-[a-z0-9]+)*$/

const id = z
  .string()
  .max(50, 'must have at most 50 characters')
  .regex(identifier, 'must be lower-case letters and digits, with single hyphens between them')

const secret = (what: string, example: string) =>
  z
    .strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an app setting')
        .describe('Name of the app setting (environment variable) that holds the secret.')
        .meta({ examples: [example] }),
    })
    .describe(`${what} Never the secret itself: the name of the app setting that holds it.`)
    .meta({ examples: [{ env: example }] })

const property = z
  .string()
  .max(256, 'must have at most 256 characters')
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be the name of a user property of Microsoft Graph')

const properties = z
  .array(property)
  .max(100)
  .describe(
    'Directory properties to read beside the usual ones and those that expressions name at the start of a path; needed for what only ' +
      'a wildcard or $lookup reaches.',
  )
  .meta({ examples: [['employeeId', 'extension_0123456789abcdef0123456789abcdef_team']] })

const rules = z.array(z.enum(['email', 'username'])).max(2)

const adoption = z
  .strictObject({
    members: rules
      .optional()
      .describe('How an account that is there already is found for a member of the directory. Default: ["email"].')
      .meta({ examples: [['email', 'username']] }),
    guests: rules
      .optional()
      .describe('The same for guests, whose addresses another organisation controls. Default: none.')
      .meta({ examples: [['email']] }),
  })
  .describe('Which accounts that are there already become the directory user’s own. Protected accounts never do.')
  .meta({ examples: [{ members: ['email'], guests: [] }] })

const cycles = z
  .strictObject({
    fullEveryHours: z
      .number()
      .min(1)
      .max(720)
      .optional()
      .describe('Hours between two full cycles, which look at everybody. Default: 24.')
      .meta({ examples: [24] }),
  })
  .describe('When cycles run; the interval of the incremental ones is the setting SYNC_SCHEDULE.')
  .meta({ examples: [{ fullEveryHours: 24 }] })

const directory = z
  .strictObject({
    kind: z
      .literal('entra')
      .optional()
      .describe('Kind of the directory. Default: "entra".')
      .meta({ examples: ['entra'] }),
    tenantId: z
      .guid('must be the tenant’s id, a GUID (Microsoft Entra admin center, Overview)')
      .describe('Id of the tenant. Every cycle checks that the credential belongs to it.')
      .meta({ examples: ['11111111-2222-4333-8444-555555555555'] }),
    clientId: z
      .guid('must be the application’s (client) id, a GUID')
      .optional()
      .describe(
        'Id of the app registration, or of a user-assigned identity where there is no secret. Default: AZURE_CLIENT_ID.',
      )
      .meta({ examples: ['66666666-7777-4888-8999-000000000000'] }),
    clientSecret: secret(
      'Client secret of the app registration. Without one the managed identity is used. Default, where clientId isn’t given: AZURE_CLIENT_SECRET.',
      'CONTOSO_CLIENT_SECRET',
    ).optional(),
    properties: properties.optional(),
  })
  .describe('The tenant that people come from.')
  .meta({ examples: [{ tenantId: '11111111-2222-4333-8444-555555555555' }] })

const site = z
  .strictObject({
    id: id
      .optional()
      .describe('Name of the site in queues and tables; keep it when the URL changes. Default: a hash of the URL.')
      .meta({ examples: ['intranet'] }),
    url: z
      .string()
      .describe('Address of the site’s front page; https, save for this machine.')
      .meta({ examples: ['https://intranet.contoso.com'] }),
    username: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .describe('Login of the account that writes to the site.')
      .meta({ examples: ['entra-sync'] }),
    applicationPassword: secret('Application password of that account.', 'INTRANET_APP_PASSWORD'),
    concurrency: z
      .int()
      .min(1)
      .max(8)
      .optional()
      .describe('Requests to the site at a time, 1 to 8. Default: 4.')
      .meta({ examples: [4] }),
    protectedRoles: z
      .array(z.string().min(1))
      .optional()
      .describe('Roles whose accounts are never adopted. Default: ["administrator"].')
      .meta({ examples: [['administrator', 'editor']] }),
    protectedUsers: z
      .array(z.string().min(1))
      .optional()
      .describe('Logins that are never adopted. Default: none; the sync’s own account always is protected.')
      .meta({ examples: [['owner']] }),
  })
  .describe('The WordPress site that people go to.')
  .meta({
    examples: [
      {
        url: 'https://intranet.contoso.com',
        username: 'entra-sync',
        applicationPassword: { env: 'INTRANET_APP_PASSWORD' },
      },
    ],
  })

const policy = { mapping: mappingSchema.optional(), adoption: adoption.optional(), cycles: cycles.optional() }

const connection = z
  .strictObject({
    id: id
      .describe('Name of the connection in URLs, messages and tables. Keep it: a new name is a new connection.')
      .meta({ examples: ['contoso-intranet'] }),
    directory,
    site,
    ...policy,
  })
  .describe('One tenant joined to one site.')

/** `SYNC_CONFIG`: everything that the quick start's settings don't say. */
export const configurationSchema = z
  .strictObject({
    $schema: z
      .string()
      .optional()
      .describe('Where an editor finds this schema; has no effect.')
      .meta({ examples: ['./sync-config.schema.json'] }),
    connections: z
      .array(connection)
      .min(1, 'must hold at least one connection, or be left out for the quick start’s')
      .max(50)
      .optional()
      .describe(
        'All connections. Left out: the one of the quick start’s settings (WORDPRESS_URL and so on), named "default".',
      )
      .meta({
        examples: [
          [
            {
              id: 'contoso-intranet',
              directory: { tenantId: '11111111-2222-4333-8444-555555555555' },
              site: {
                url: 'https://intranet.contoso.com',
                username: 'entra-sync',
                applicationPassword: { env: 'INTRANET_APP_PASSWORD' },
              },
            },
          ],
        ],
      }),
    defaults: z
      .strictObject({ properties: properties.optional(), ...policy })
      .optional()
      .describe(
        'For every connection, the quick start’s too, that says nothing else itself; of a mapping, field by field.',
      )
      .meta({ examples: [{ mapping: { nickname: 'mailNickname' } }] }),
    audit: z
      .strictObject({
        retentionDays: z
          .int()
          .min(1)
          .max(3650)
          .optional()
          .describe('Days that audit rows are kept. Default: 30.')
          .meta({ examples: [90] }),
        detail: z
          .enum(['full', 'fields', 'minimal'])
          .optional()
          .describe(
            'How much of a person the audit holds: old and new values, names of changed fields, or ids only. Default: "fields".',
          )
          .meta({ examples: ['minimal'] }),
      })
      .optional()
      .describe('The record of every action.')
      .meta({ examples: [{ retentionDays: 90, detail: 'full' }] }),
  })
  .describe(
    'The configuration of entra-wordpress-sync: inline JSON in the setting SYNC_CONFIG, or a JSON document whose path it holds.',
  )

export type ConfigurationInput = z.infer<typeof configurationSchema>
export type ConnectionInput = NonNullable<ConfigurationInput['connections']>[number]
export type PolicyInput = Pick<ConnectionInput, 'mapping' | 'adoption' | 'cycles'>
