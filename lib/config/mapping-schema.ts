import * as z from 'zod'
import { defaultMapping, type MappedField } from '../domain/default-mapping.ts'

const field = (name: MappedField, description: string, example: string, none = 'null: not mapped.') => {
  const source = defaultMapping[name]
  return z
    .string()
    .nullable()
    .optional()
    .describe(`${description} ${source === null ? '' : `Default: \`${source}\`. `}${none}`)
    .meta({ examples: [example] })
}

/** `mapping`: an expression a field. */
export const mappingSchema = z
  .strictObject({
    username: field(
      'username',
      'Name of a new account; made valid and, where it is taken, unique.',
      'mailNickname',
      'null, the default: the local part of the user principal name.',
    ),
    email: field(
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
  })
  .describe(
    'What each account field becomes: a JSONata expression (https://jsonata.org) over the directory user. A result of null clears ' +
      'the field, no result leaves it as it is.',
  )
  .meta({ examples: [{ name: 'givenName & " " & surname', description: null }] })
