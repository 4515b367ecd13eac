import * as z from 'zod'

const exampleGroup = '33333333-4444-4555-8666-777777777777'

const slug = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')
  .regex(/^[^,\s]+$/, 'must be a role’s slug, without spaces and commas')

const ruleSchema = z
  .strictObject({
    group: z
      .guid('must be a group’s object id, a GUID (Microsoft Entra admin center, Groups)')
      .toLowerCase()
      .optional()
      .describe(
        'Object id of a group (security, Microsoft 365, dynamic): whoever is in it, nested ones too. Needs the permission GroupMember.Read.All.',
      )
      .meta({ examples: [exampleGroup] }),
    appRole: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(250, 'must have at most 250 characters')
      .optional()
      .describe(
        'Value of an app role of roles.application: whoever is assigned it, directly or as a direct member of a group that is. Needs the ' +
          'permissions Application.Read.All and, for assigned groups, GroupMember.Read.All.',
      )
      .meta({ examples: ['Author'] }),
    expression: z
      .string()
      .optional()
      .describe(
        'JSONata expression over the directory user. Beside role: true or false. Beside roles: the slug of one of them, or a list of them. ' +
          'null and no result: the rule takes nobody; anything else fails for that person.',
      )
      .meta({ examples: ['department = "Press"'] }),
    role: slug
      .optional()
      .describe('Slug of the role that the rule gives; needed beside group and appRole.')
      .meta({ examples: ['editor'] }),
    roles: z
      .array(slug)
      .min(1, 'must hold at least one role')
      .max(50)
      .optional()
      .describe(
        'Slugs of all roles that the expression may name; a person whose expression names another is not written.',
      )
      .meta({ examples: [['author', 'contributor']] }),
  })
  .superRefine(({ group, appRole, expression, role, roles }, context) => {
    const tell = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', message, path })
    const asked = [group, appRole, expression].filter((one) => one !== undefined)
    if (asked.length !== 1) return tell('must have exactly one of group, appRole and expression')
    if (expression === undefined) {
      if (roles !== undefined) tell('says something beside an expression only; name one role in role', 'roles')
      else if (role === undefined) tell('is missing. Slug of the role that the rule gives', 'role')
    } else if ((role === undefined) === (roles === undefined))
      tell('must have either role (where the expression gives true or false) or roles (where it gives their names)')
  })
  .describe('One of group, appRole and expression, and the role.')
  .meta({ examples: [{ group: exampleGroup, role: 'editor' }] })

/** `roles` */
export const rolesSchema = z
  .strictObject({
    mode: z
      .enum(['priority', 'union'])
      .optional()
      .describe(
        '"priority": the first rule that takes somebody gives their role, and no other rule does. "union": they get the roles of all rules ' +
          'that take them. Default: "priority".',
      )
      .meta({ examples: ['union'] }),
    rules: z
      .array(ruleSchema)
      .max(100)
      .optional()
      .describe(
        'Who gets which role, in order. Roles that nothing here names are never given, and never taken from anybody.',
      )
      .meta({
        examples: [
          [
            { group: exampleGroup, role: 'editor' },
            { appRole: 'Author', role: 'author' },
          ],
        ],
      }),
    default: slug
      .nullable()
      .optional()
      .describe(
        'Role of whoever no rule takes. null, the default: none of these roles; a new account then has the site’s default role.',
      )
      .meta({ examples: ['subscriber'] }),
    allowProtected: z
      .array(slug)
      .optional()
      .describe(
        'Roles of site.protectedRoles that may be given and taken all the same. An account that has no other protected role then ' +
          'is protected no more, save from adoption. Default: none.',
      )
      .meta({ examples: [['administrator']] }),
    application: z
      .guid('must be an application’s (client) id, a GUID')
      .toLowerCase()
      .optional()
      .describe(
        'Application (client) id of the enterprise application whose app roles the rules mean, such as that of the single sign-on. Default: ' +
          'directory.clientId, or AZURE_CLIENT_ID.',
      )
      .meta({ examples: ['44444444-5555-4666-8777-888888888888'] }),
  })
  .describe(
    'Which roles people have on the site. Whoever loses all roles that they had by rules counts as a removal for the deletion guard. ' +
      'Default: new accounts have the site’s default role, and roles are nobody’s business.',
  )
  .meta({ examples: [{ rules: [{ group: exampleGroup, role: 'editor' }], default: 'subscriber' }] })
