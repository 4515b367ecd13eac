import * as z from 'zod'

const exampleGroup = '22222222-3333-4444-8555-666666666666'

const groupsSchema = z
  .array(z.guid('must be a group’s object id, a GUID (Microsoft Entra admin center, Groups)').toLowerCase())
  .max(50)
  .superRefine((groups, context) => {
    const twice = groups.findIndex((group, index) => groups.indexOf(group) < index)
    if (twice >= 0)
      context.addIssue({
        code: 'custom',
        message: `names the same group twice, members ${groups.indexOf(groups[twice] ?? '') + 1} and ${twice + 1}; take one out`,
      })
  })

const flag = (description: string, example: boolean) =>
  z
    .boolean()
    .optional()
    .describe(description)
    .meta({ examples: [example] })

/** `scope`: all conditions must hold. */
export const scopeSchema = z
  .strictObject({
    groups: groupsSchema
      .optional()
      .describe(
        'Object ids of groups, at most 50: whoever is in one of them, nested ones too. Needs the permission GroupMember.Read.All. ' +
          'Default: none, which is everybody.',
      )
      .meta({ examples: [[exampleGroup]] }),
    filter: z
      .string()
      .nullable()
      .optional()
      .describe(
        'Whoever this JSONata expression gives true for; false, null and no result leave somebody out, anything else fails for that ' +
          'person. null, the default: everybody.',
      )
      .meta({ examples: ['department = "Sales" and usageLocation in ["DE", "AT"]'] }),
    members: flag('Whether people of the tenant itself belong. Default: true.', true),
    guests: flag('Whether guests (B2B) belong. Default: true.', false),
    enabledOnly: flag(
      'Whether somebody whose sign-in is disabled counts as having left. false: it makes no difference. Default: true.',
      true,
    ),
  })
  .describe('Who belongs on the site; all that is said here must hold. Default: everybody who is enabled.')
  .meta({ examples: [{ groups: [exampleGroup], guests: false }] })

/** `guests` */
export const guestsSchema = z
  .strictObject({
    role: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .nullable()
      .optional()
      .describe('Role (its slug) that guests get beside their others; no protected one. null, the default: none.')
      .meta({ examples: ['guest'] }),
  })
  .describe('How guests can be told from others on the site.')
  .meta({ examples: [{ role: 'guest' }] })
