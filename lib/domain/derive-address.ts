import type { DirectoryUser } from './directory-user.ts'
import { withoutOctets } from './plain-text.ts'

/** wp_users.user_email. */
const longest = 100

/**
 * The address an account gets: mail, otherMails, identities (`emailAddress`), user principal name, in this order; the first that WordPress
 * takes. null = there is none. A principal name that Entra made up (guests, B2C) is no address.
 */
export function deriveAddress(user: DirectoryUser): string | null {
  const principalName = user.userPrincipalName
  const candidates = [
    user.mail,
    ...(user.otherMails ?? []),
    ...signInNames(user, 'emailAddress'),
    principalName && !isMadeUp(principalName) ? principalName : null,
  ]
  for (const candidate of candidates) {
    const address = candidate?.trim()
    if (address && isAddress(address)) return address
  }
  return null
}

/**
 * What the username is made of where no expression says otherwise: the local part of the principal name; of a guest the local part of
 * the address at home (`bob_contoso.com#EXT#@tenant` → `bob`); of a B2C user the user name, else the local part of the address.
 */
export function defaultUsernameCandidate(user: DirectoryUser): string {
  const principalName = user.userPrincipalName ?? ''
  if (principalName !== '' && !isMadeUp(principalName)) return localPart(principalName)
  // A domain has no underscore, a local part may have some.
  const guest = /^(.*)#EXT#@/i.exec(principalName)?.[1]
  if (guest) return guest.replace(/(?<=.)_[^_]*$/, '')
  const userName = signInNames(user, 'userName')[0]
  if (userName) return localPart(userName)
  return localPart(signInNames(user, 'emailAddress')[0] ?? user.mail ?? user.otherMails?.[0] ?? user.displayName ?? '')
}

/**
 * What WordPress' `is_email` takes, less what it would alter afterwards, at most 100 characters.
 * https://developer.wordpress.org/reference/functions/is_email/
 */
export function isAddress(address: string): boolean {
  if (address.length < 6 || address.length > longest || withoutOctets(address) !== address) return false
  const at = address.indexOf('@')
  if (at < 1 || !/^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+$/i.test(address.slice(0, at))) return false
  const labels = address.slice(at + 1).split('.')
  return labels.length >= 2 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(label))
}

/** Guests: `bob_contoso.com#EXT#@tenant`. B2C: `<object id>@tenant`, with or without hyphens. */
function isMadeUp(principalName: string): boolean {
  return /#EXT#/i.test(principalName) || /^(?:cpim_)?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}@/i.test(principalName)
}

function signInNames(user: DirectoryUser, signInType: string): string[] {
  return (user.identities ?? []).flatMap((identity) =>
    identity.signInType === signInType && identity.issuerAssignedId ? [identity.issuerAssignedId] : [],
  )
}

function localPart(address: string): string {
  return address.trim().replace(/@.*$/s, '')
}
