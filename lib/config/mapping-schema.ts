import * as z from 'zod'
import { valueTypes } from '../domain/custom-field.ts'
import { defaultMapping, type MappedField } from '../domain/default-mapping.ts'

const value = z
  .string()
  .describe('The JSONata expression.')
  .meta({ examples: ['employeeId'] })

const once = z
  .boolean()
  .optional()
  .describe(
    'Who has authority over the field. false, the default: the directory; changes by hand are found and written back. true: the directory ' +
      'gives the first value, where there is none yet; from then on it is the people’s own.',
  )
  .meta({ examples: [true] })

const forms = 'must be an expression (a text), an object with one as its value, or null'

const described = (schema: z.ZodType, name: MappedField, description: string, example: unknown, none: string) => {
  const source = defaultMapping[name]
  return schema
    .describe(`${description} ${source === null ? '' : `Default: \`${source}\`. `}${none}`)
    .meta({ examples: [example] })
}

/** A field whose value only the directory gives. */
const derived = (name: MappedField, description: string, example: string, none: string) =>
  described(z.string().nullable().optional(), name, description, example, none) as z.ZodOptional<
    z.ZodNullable<z.ZodString>
  >

/** An expression, or with it who has authority over the field. */
export const setting = z.union([z.string(), z.strictObject({ value, once })], forms)

const field = (name: MappedField, description: string, example: string, none = 'null: not mapped.') =>
  described(setting.nullable().optional(), name, description, example, none) as z.ZodOptional<
    z.ZodNullable<typeof setting>
  >

const custom = z
  .union(
    [
      z.string(),
      z.strictObject({
        value,
        type: z
          .enum(valueTypes)
          .optional()
          .describe(
            'What the value is: a result of another kind is made one, or is a fault of that user. Default: "string".',
          )
          .meta({ examples: ['array'] }),
        once,
      }),
    ],
    forms,
  )
  .nullable()
  .describe('An expression, or an object with more to say; null takes out what the defaults say.')
  .meta({ examples: ['employeeId'] })

/** Meta by key, or ACF fields by name. */
export const customs = (description: string, example: Record<string, z.infer<typeof custom>>) =>
  z
    .record(z.string(), custom)
    .optional()
    .describe(description)
    .meta({ examples: [example] })

/** `mapping`: an expression a field. */
export const mappingSchema = z
  .strictObject({
    username: derived(
      'username',
      'Name of a new account; made valid and, where it is taken, unique.',
      'mailNickname',
      'null, the default: the local part of the user principal name.',
    ),
    email: derived(
      'email',
      'Address.',
      'otherMails[0]',
      'null, the default: the first address in mail, otherMails, identities, user principal name.',
    ),
    first_name: field('first_name', 'First name.', 'givenName'),
    last_name: field('last_name', 'Last name.', '$uppercase(surname)'),
    name: field('name', 'Display name; never cleared.', 'givenName & " " & surname'),
    nickname: field('nickname', 'Nickname; never cleared.', 'mailNickname'),
    url: field(
      'url',
      'Web site, at most 100 characters.',
      '"https://people.contoso.com/" & employeeId',
      'null, the default: not mapped, for no property that Graph tracks holds one.',
    ),
    description: field('description', 'Biographical info, as plain text.', 'jobTitle'),
    locale: field('locale', 'Language tag; used where the site has that language.', 'preferredLanguage'),
    meta: customs(
      'User meta by key. The site must take the keys over REST: the companion plugin sees to it; without it they are registered with ' +
        '`register_meta` (`single`, `show_in_rest`). Each is an expression, or an object with `value`, the expression, `type` (string, ' +
        'number, boolean, array, object; default string) and `once` (true: written where it is empty, then the people’s own).',
      {
        badge: 'employeeId',
        skills: { value: '[otherMails]', type: 'array' },
        about: { value: 'jobTitle', once: true },
      },
    ),
    acf: customs(
      'Fields of Advanced Custom Fields by name, as for meta. Their field group must be shown for users, and in the REST API.',
      { office: 'officeLocation' },
    ),
  })
  .describe(
    'What each account field becomes: a JSONata expression (https://jsonata.org) over the directory user, or `{"value": expression, "once": ' +
      'true}` for a field that people may change themselves. A result of null clears the field, no result leaves it as it is.',
  )
  .meta({ examples: [{ name: 'givenName & " " & surname', description: null, meta: { badge: 'employeeId' } }] })
