import type { Person } from '../../dev/directory/person.ts'
import type { Account } from './list-accounts.ts'

/**
 * What the default mapping promises for a person of the simulated directory, worked out here and not with the code under test. The
 * site has German beside its own language; the login is WordPress' to say.
 */
export function expectedAccount(person: Person): Omit<Account, 'id' | 'login' | 'roles' | 'valid'> {
  const { givenName, surname, displayName, jobTitle, department, preferredLanguage } = person
  return {
    email: addressOf(person),
    name: shown(displayName),
    first_name: shown(givenName),
    last_name: shown(surname),
    nickname: shown(givenName) || shown(displayName),
    description: [jobTitle, department].filter(Boolean).join(', '),
    url: '',
    locale: { 'de-DE': 'de_DE', 'en-US': 'en_US' }[preferredLanguage ?? ''] ?? '',
  }
}

function addressOf({ mail, otherMails, identities, userPrincipalName }: Person): string {
  const signIn = identities?.find(({ signInType }) => signInType === 'emailAddress')?.issuerAssignedId
  return mail ?? otherMails?.[0] ?? signIn ?? userPrincipalName
}

/** Markup goes, white space is one blank: what anybody would expect to read on the page. */
function shown(text: string | null | undefined): string {
  return (text ?? '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
