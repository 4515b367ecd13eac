import { faker as deFaker } from '@faker-js/faker/locale/de'
import { faker as enFaker } from '@faker-js/faker/locale/en'
import { awkwardPeople, domain, initialDomain, refusedFrom, refusedPeople } from './awkward-people.ts'
import type { Person } from './person.ts'
import { createRandom, type Random } from './random.ts'

const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []

// The lists are taken once: a faker call for each property would seed 100,000 people in a minute instead of a second.
const locales = [deFaker, enFaker].map(({ definitions }) => ({
  firstNames: [...list(definitions.person.first_name?.female), ...list(definitions.person.first_name?.male)],
  lastNames: list(definitions.person.last_name?.generic),
}))
const jobs = list(enFaker.definitions.person.job_type)
const areas = list(enFaker.definitions.person.job_area)
const cities = list(enFaker.definitions.location.city_name)
const departments = ['Sales', 'R&D', 'Finance', 'People & Culture', 'IT', 'Production', 'Legal', 'Marketing'] as const

const transliterations: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' }

/** A name as an administrator writes it into a user principal name. */
function localPart(name: string): string {
  return name
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => transliterations[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z0-9'-]/g, '')
}

/** App id, without hyphens, of the b2c-extensions-app whose attributes B2C people carry. */
export const extensionsApp = '5f3c1a90b7e24d6c8a1f0e9d2b4c6a78'

/** People by seed: the first are awkward ones, the rest ordinary, with a guest in 25 and one without mail in 50. */
export function seedPeople(count: number, seed: number, kind: 'workforce' | 'b2c'): Person[] {
  const random = createRandom(seed)
  const taken = new Map<string, number>()
  const people: Person[] = []
  for (let index = 0; index < count; index++) {
    const id = random.guid()
    const special = awkwardPeople[index] ?? refusedPeople[index - refusedFrom]
    people.push(special && kind === 'workforce' ? { id, ...special } : ordinaryPerson(id, index, random, taken, kind))
    const manager = people[index - 10 - (index % 7)]
    const person = people[index]
    if (person && manager && index % 3 === 0) person.manager = manager.id
  }
  return people
}

function ordinaryPerson(
  id: string,
  index: number,
  random: Random,
  taken: Map<string, number>,
  kind: 'workforce' | 'b2c',
): Person {
  const locale = random.pick(locales)
  const givenName = random.pick(locale.firstNames)
  const surname = random.pick(locale.lastNames)
  const base = `${localPart(givenName)}.${localPart(surname)}`.slice(0, 50)
  const seen = taken.get(base) ?? 0
  taken.set(base, seen + 1)
  const local = seen === 0 ? base : `${base}${seen + 1}`
  const person: Person = {
    id,
    accountEnabled: true,
    displayName: `${givenName} ${surname}`,
    givenName,
    surname,
    userPrincipalName: `${local}@${domain}`,
    mailNickname: local,
    mail: `${local}@${domain}`,
    userType: 'Member',
    jobTitle: `${random.pick(areas)} ${random.pick(jobs)}`,
    department: random.pick(departments),
    city: random.pick(cities),
    employeeId: String(100_000 + index),
    preferredLanguage: locale === locales[0] ? 'de-DE' : 'en-US',
    businessPhones: [],
    createdDateTime: '2024-01-15T08:30:00Z',
  }
  if (kind === 'b2c') {
    person.userPrincipalName = `${id}@${initialDomain}`
    delete person.mail
    if (index % 3 === 0) person[`extension_${extensionsApp}_memberNumber`] = `M-${100_000 + index}`
    person.identities = [
      { signInType: 'emailAddress', issuer: initialDomain, issuerAssignedId: `${local}@private.example` },
      { signInType: 'userPrincipalName', issuer: initialDomain, issuerAssignedId: person.userPrincipalName },
    ]
  } else if (index % 25 === 24) {
    const mail = `${local}@partner.example`
    person.userPrincipalName = `${local}_partner.example#EXT#@${initialDomain}`
    person.userType = 'Guest'
    person.mail = mail
    person.otherMails = [mail]
    person.externalUserState = index % 50 === 24 ? null : 'Accepted'
  } else if (index % 50 === 11) {
    delete person.mail
  }
  return person
}
