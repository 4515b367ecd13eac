import type { AdminPerson } from '../../dev/directory/admin-schemas.ts'
import type { Evidence } from './evidence.ts'
import type { LeavingChoice } from './schedule.ts'

/** Why somebody doesn't belong on the site, in the words of the settings. */
export type Reason = 'disabled' | 'softDeleted' | 'purged' | 'outOfScope'

type Person = AdminPerson['person']

/** What the oracle itself thinks of one person: nothing here comes from the program. */
export type Verdict = { person: Person; reason: Reason | null; address: string | null }

/** Who belongs on the site now, as the directory really is. */
export function judgePeople(evidence: Evidence): Map<string, Verdict> {
  const members = evidence.scopeGroup === null ? null : membersNow(evidence, evidence.scopeGroup)
  return new Map(
    evidence.people.map(({ status, person }): [string, Verdict] => {
      const inScope = (members?.has(person.id) ?? true) && (evidence.schedule.policy.guests || !isGuest(person))
      const reason =
        status === 'purged'
          ? 'purged'
          : status === 'soft-deleted'
            ? 'softDeleted'
            : person.accountEnabled === false
              ? 'disabled'
              : inScope
                ? null
                : 'outOfScope'
      return [person.id, { person, reason, address: addressOf(person) }]
    }),
  )
}

export function choiceFor(evidence: Evidence, reason: Reason): { action: string; deleteAfterDays: number | null } {
  const choice: LeavingChoice = evidence.schedule.policy.leaving[reason]
  return typeof choice === 'string' ? { action: choice, deleteAfterDays: null } : choice
}

/** People in a group, those in groups within it too. */
function membersNow({ groups }: Evidence, group: string): Set<string> {
  const found = new Set<string>()
  const open = [group]
  for (const id of open) {
    const entry = groups.find((one) => one.group.id === id)
    if (!entry || entry.status !== 'active') continue
    for (const member of entry.members)
      if (!found.has(member)) {
        found.add(member)
        open.push(member)
      }
  }
  return found
}

export function isGuest(person: Person): boolean {
  return person.userType === 'Guest' || person.userPrincipalName.includes('#EXT#')
}

/** The address that the account should have: the principal name is one only where nobody made it up. */
export function addressOf(person: Person): string | null {
  const { mail, otherMails, userPrincipalName } = person
  return mail || otherMails?.[0] || (userPrincipalName.includes('#EXT#') ? null : userPrincipalName)
}

/** Fields that a person who belongs should have; null = whatever it is. */
export function fieldsOf(person: Person) {
  const { givenName, surname, displayName, jobTitle, department, preferredLanguage } = person
  const first = shown(givenName)
  return {
    first_name: first,
    last_name: shown(surname),
    name: shown(displayName),
    nickname: first || shown(displayName),
    description: [jobTitle, department].filter(Boolean).join(', '),
    // The site's own language is English: `''` and `en_US` are the same to whoever looks.
    locale: preferredLanguage ? ({ 'de-DE': 'de_DE', 'en-US': '' }[preferredLanguage] ?? null) : '',
  }
}

/** White space is one blank: what anybody would expect to read on the page. */
function shown(text: string | null | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
