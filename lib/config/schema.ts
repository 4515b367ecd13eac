import * as z from 'zod'
import { directorySchema, idSchema, propertiesSchema, siteSchema } from './connection-schema.ts'
import { mappingSchema } from './mapping-schema.ts'

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

const policy = { mapping: mappingSchema.optional(), adoption: adoption.optional(), cycles: cycles.optional() }

const connection = z
  .strictObject({
    id: idSchema
      .describe('Name of the connection in URLs, messages and tables. Keep it: a new name is a new connection.')
      .meta({ examples: ['contoso-intranet'] }),
    directory: directorySchema,
    site: siteSchema,
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
      .strictObject({ properties: propertiesSchema.optional(), ...policy })
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
