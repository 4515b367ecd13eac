import * as z from 'zod'

const identifier = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** Ids of connections and sites: parts of keys and queue names. */
export const idSchema = z
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

export const propertiesSchema = z
  .array(property)
  .max(100)
  .describe(
    'Directory properties to read beside the usual ones and those that expressions name at the start of a path; needed for what only ' +
      'a wildcard or $lookup reaches.',
  )
  .meta({ examples: [['employeeId', 'extension_0123456789abcdef0123456789abcdef_team']] })

/** `connections[].directory` */
export const directorySchema = z
  .strictObject({
    kind: z
      .enum(['entra', 'b2c', 'external'])
      .optional()
      .describe(
        'Kind of the tenant, for readers: it has no effect, for tenants without delta queries (Azure AD B2C, External ID) are recognised ' +
          'by the answers of Microsoft Graph. Default: "entra".',
      )
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
    properties: propertiesSchema.optional(),
  })
  .describe('The tenant that people come from.')
  .meta({ examples: [{ tenantId: '11111111-2222-4333-8444-555555555555' }] })

/** `connections[].site` */
export const siteSchema = z
  .strictObject({
    id: idSchema
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
      .describe('Roles whose accounts are never adopted, demoted, suspended or deleted. Default: ["administrator"].')
      .meta({ examples: [['administrator', 'editor']] }),
    protectedUsers: z
      .array(z.string().min(1))
      .optional()
      .describe(
        'Logins of accounts that are never adopted, demoted, suspended or deleted. Default: none; the sync’s own account and ' +
          'leaving.reassignTo always are protected.',
      )
      .meta({ examples: [['owner']] }),
    unprotectedUsers: z
      .array(z.string().min(1))
      .optional()
      .describe('Logins of accounts that a protected role doesn’t protect. Default: none.')
      .meta({ examples: [['jana.admin']] }),
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
