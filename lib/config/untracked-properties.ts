import { accountFields } from '../domain/site-user.ts'

/**
 * User properties that reading many people, or following their changes, doesn't give.
 * https://learn.microsoft.com/graph/delta-query-overview#limitations
 */
const untracked = new Set(
  (
    'aboutMe birthday hireDate interests mySite pastProjects preferredName responsibilities schools skills mailboxSettings ' +
    'signInActivity photo photos directReports memberOf transitiveMemberOf ownedDevices registeredDevices'
  ).split(' '),
)

const tracked =
  'id accountEnabled ageGroup assignedLicenses assignedPlans businessPhones city companyName consentProvidedForMinor country ' +
  'createdDateTime creationType department displayName employeeHireDate employeeId employeeOrgData employeeType externalUserState ' +
  'faxNumber givenName identities imAddresses jobTitle mail mailNickname manager mobilePhone officeLocation onPremisesDistinguishedName ' +
  'onPremisesDomainName onPremisesExtensionAttributes onPremisesSamAccountName onPremisesUserPrincipalName otherMails postalCode ' +
  'preferredLanguage proxyAddresses securityIdentifier state streetAddress surname usageLocation userPrincipalName userType'

const bySmallLetters = new Map([...tracked.split(' '), ...untracked].map((name) => [name.toLowerCase(), name]))

/** What is wrong with reading this property, or null. Names that aren't known here may well be good: Graph decides. */
export function propertyFault(name: string): string | null {
  if (untracked.has(name))
    return `Microsoft Graph doesn’t tell ${name} when it reads many users or their changes: it can’t be mapped`
  const known = bySmallLetters.get(name.toLowerCase())
  if (known !== undefined && known !== name) return `there is no property ${name}; it is written ${known}`
  if ((accountFields as readonly string[]).includes(name) && known === undefined)
    return `there is no property ${name} in the directory; it is the name of a WordPress field`
  return null
}
