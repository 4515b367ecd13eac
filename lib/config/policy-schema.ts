import * as z from 'zod'
import { guardSchema, leavingSchema } from './leaving-schema.ts'
import { mappingSchema } from './mapping-schema.ts'
import { rolesSchema } from './roles-schema.ts'
import { photosSchema } from './photos-schema.ts'
import { postsSchema } from './posts-schema.ts'
import { guestsSchema, scopeSchema } from './scope-schema.ts'
import { singleSignOnSchema } from './single-sign-on-schema.ts'

const rules = z.array(z.enum(['email', 'username'])).max(2)

const adoptionSchema = z
  .strictObject({
    members: rules
      .optional()
      .describe(
        'How an account that is there already is found for a member of the directory: rules in their order, the first that finds an ' +
          'account decides. Two rules that find two different accounts: the person is refused as ambiguous. Default: ["email"].',
      )
      .meta({ examples: [['email', 'username']] }),
    guests: rules
      .optional()
      .describe('The same for guests, whose addresses another organisation controls. Default: none.')
      .meta({ examples: [['email']] }),
  })
  .describe('Which accounts that are there already become the directory user’s own. Protected accounts never do.')
  .meta({ examples: [{ members: ['email'], guests: [] }] })

const cyclesSchema = z
  .strictObject({
    fullEveryHours: z
      .number()
      .min(1)
      .max(720)
      .optional()
      .describe('Hours between two full cycles, which look at everybody. Default: 24.')
      .meta({ examples: [24] }),
    fullWithoutDeltaMinutes: z
      .number()
      .min(1)
      .max(43_200)
      .optional()
      .describe(
        'Minutes between two cycles of a tenant without delta queries (Azure AD B2C and External ID), where every cycle reads everybody. ' +
          'Default: 60.',
      )
      .meta({ examples: [60] }),
  })
  .describe('When cycles run; the interval of the incremental ones is the setting SYNC_SCHEDULE.')
  .meta({ examples: [{ fullEveryHours: 24 }] })

const driftSchema = z
  .strictObject({
    onChange: z
      .enum(['repair', 'report', 'ignore'])
      .optional()
      .describe(
        'What happens to fields of linked accounts that somebody changed on the site: written back, told in the audit only, or nothing. ' +
          'Default: "repair".',
      )
      .meta({ examples: ['report'] }),
    verifyEveryHours: z
      .number()
      .min(1)
      .max(8760)
      .optional()
      .describe(
        'Hours between two verify passes, which compare the accounts on the site with what was written. Default: 168.',
      )
      .meta({ examples: [168] }),
    whenAccountMissing: z
      .enum(['recreate', 'leave'])
      .optional()
      .describe(
        'What happens when somebody who belongs on the site has no account any more, because it was deleted there: it is made anew, or ' +
          'they go without. Default: "leave".',
      )
      .meta({ examples: ['leave'] }),
  })
  .describe('What happens to accounts that somebody changed or deleted on the site.')
  .meta({ examples: [{ onChange: 'report' }] })

/** What a connection can say for itself, and `defaults` for all of them. */
export const policyShape = {
  scope: scopeSchema.optional(),
  mapping: mappingSchema.optional(),
  roles: rolesSchema.optional(),
  adoption: adoptionSchema.optional(),
  guests: guestsSchema.optional(),
  leaving: leavingSchema.optional(),
  guard: guardSchema.optional(),
  drift: driftSchema.optional(),
  cycles: cyclesSchema.optional(),
  photos: photosSchema.optional(),
  posts: postsSchema.optional(),
  singleSignOn: singleSignOnSchema.optional(),
}

const policySchema = z.object(policyShape)

export type PolicyInput = z.infer<typeof policySchema>
