import * as z from 'zod'
import { directorySchema, idSchema, propertiesSchema, siteSchema } from './connection-schema.ts'
import { policyShape } from './policy-schema.ts'

const connection = z
  .strictObject({
    id: idSchema
      .describe('Name of the connection in URLs, messages and tables. Keep it: a new name is a new connection.')
      .meta({ examples: ['contoso-intranet'] }),
    directory: directorySchema,
    site: siteSchema,
    ...policyShape,
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
      .strictObject({ properties: propertiesSchema.optional(), ...policyShape })
      .optional()
      .describe(
        'For every connection, the quick start’s too, that says nothing else itself; of mapping, scope, leaving and the others, key by key.',
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
