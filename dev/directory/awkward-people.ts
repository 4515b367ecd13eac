import type { Person } from './person.ts'

export const domain = 'contoso.example'
const secondDomain = 'fabrikam.example'
export const initialDomain = 'contoso.onmicrosoft.com'

type Awkward = Omit<Person, 'id'>

const member = (local: string, displayName: string, more: Partial<Awkward> = {}): Awkward => ({
  userPrincipalName: `${local}@${domain}`,
  mail: `${local}@${domain}`,
  mailNickname: local,
  displayName,
  userType: 'Member',
  accountEnabled: true,
  ...more,
})

const guest = (mail: string, displayName: string, externalUserState: string | null): Awkward => ({
  userPrincipalName: `${mail.replace('@', '_')}#EXT#@${initialDomain}`,
  mail,
  mailNickname: `${mail.replace('@', '_')}#EXT#`,
  displayName,
  userType: 'Guest',
  externalUserState,
  accountEnabled: true,
  otherMails: [mail],
})

/** The first seeded people. Every one of them can become an account: names are awkward, addresses are each their own. */
export const awkwardPeople: readonly Awkward[] = [
  member('jana.mueller', 'Jana Müller', { givenName: 'Jana', surname: 'Müller', preferredLanguage: 'de-DE' }),
  member('juergen.strauss', 'Jürgen Strauß', { givenName: 'Jürgen', surname: 'Strauß', preferredLanguage: 'de-DE' }),
  member("shane.o'neil", "Shane O'Neil", { givenName: 'Shane', surname: "O'Neil", department: 'R&D' }),
  guest('bob@partner.example', 'Bob (Partner)', 'Accepted'),
  guest('mary_jane.lee@sub.partner.example', 'Mary Jane Lee', null),
  member('plus.person', 'Plus Person', { mail: `plus.person+wordpress@${domain}`, givenName: 'Plus' }),
  member('wang.xiaoming', '王小明', { givenName: '小明', surname: '王', preferredLanguage: 'zh-CN' }),
  member('layla.alharbi', 'ليلى الحربي', { givenName: 'ليلى', surname: 'الحربي', preferredLanguage: 'ar-SA' }),
  member('ivan.petrov', 'Иван Петров', { givenName: 'Иван', surname: 'Петров', preferredLanguage: 'ru-RU' }),
  member('emoji.ellen', 'Ellen 🎉👩🏽‍💻', { givenName: 'Ellen', surname: '🎉' }),
  member('maximiliana-alexandrina.von-und-zu-hohenstein-wittgenstein-berg', 'Maximiliana von und zu Hohenstein', {
    givenName: 'Maximiliana-Alexandrina',
    surname: 'von und zu Hohenstein-Wittgenstein-Berg',
    mail: `maximiliana@${domain}`,
  }),
  member('anna.berg', 'Anna Berg', { givenName: 'Anna', surname: 'Berg' }),
  member('anna.berg', 'Anna Berg (Fabrikam)', {
    userPrincipalName: `anna.berg@${secondDomain}`,
    mail: `anna.berg@${secondDomain}`,
    givenName: 'Anna',
    surname: 'Berg',
  }),
  {
    userPrincipalName: `other.mails@${initialDomain}`,
    otherMails: [`other.mails@private.example`, `second@private.example`],
    displayName: 'Olga Othermails',
    userType: 'Member',
    accountEnabled: true,
  },
  {
    userPrincipalName: `0b6b1f0e-local@${initialDomain}`,
    identities: [
      { signInType: 'userPrincipalName', issuer: initialDomain, issuerAssignedId: `0b6b1f0e-local@${initialDomain}` },
      { signInType: 'emailAddress', issuer: initialDomain, issuerAssignedId: 'ida.identity@private.example' },
    ],
    displayName: 'Ida Identity',
    userType: 'Member',
    accountEnabled: true,
    mail: null,
  },
  { userPrincipalName: `upn.only@${domain}`, displayName: 'Upn Only', userType: 'Member', accountEnabled: true },
  member('html.person', '<b>Bobby</b> & "Tables" <script>', { givenName: '<b>Bobby</b>', surname: "\\'; DROP" }),
  member('spaces', '  Spacey   McSpace  ', { givenName: ' Spacey ', surname: 'McSpace ', department: 'R&D' }),
]

/** People from the 31st on whom a site refuses, or who are better left to tests that ask for them. */
export const refusedPeople: readonly Awkward[] = [
  member('shared.one', 'Shared One', { mail: `reception@${domain}` }),
  member('shared.two', 'Shared Two', { mail: `reception@${domain}` }),
  member('disabled.one', 'Disabled One', { accountEnabled: false }),
  member('disabled.two', 'Disabled Two', { accountEnabled: false, department: null }),
]
/** Position of the first of them. */
export const refusedFrom = 30
