import type { SiteAccount } from '../chaos-site.ts'
import type { Evidence } from '../evidence.ts'
import { linksOf, ownersOf, removalsOf, type SeenLink, type SeenRemoval } from '../links.ts'
import { choiceFor, fieldsOf, isGuest, judgePeople, type Verdict } from '../model.ts'

/** 2: the site is as a run without faults would have left it: everybody has, or has lost, what the directory says now. */
export function asDirectory(evidence: Evidence): string[] {
  const links = new Map(linksOf(evidence.rows.Links).map((link) => [link.objectId, link]))
  const removals = new Map(removalsOf(evidence.rows.Links).map((removal) => [removal.objectId, removal]))
  const accounts = new Map(evidence.accounts.map((account) => [account.id, account]))
  const found: string[] = []
  for (const [objectId, verdict] of judgePeople(evidence)) {
    const link = links.get(objectId)
    const account = accounts.get(link?.wordpressId ?? -1)
    const wrong =
      verdict.reason === null
        ? belonging(evidence, verdict, link, account, removals.get(objectId))
        : left(evidence, verdict, link, account, removals.get(objectId))
    for (const text of wrong) found.push(`${verdict.person.userPrincipalName}: ${text}`)
  }
  return found
}

function belonging(
  evidence: Evidence,
  verdict: Verdict,
  link: SeenLink | undefined,
  account: SiteAccount | undefined,
  removal: SeenRemoval | undefined,
): string[] {
  const { person, address } = verdict
  if (removal) return [`belongs, but the removal ${removal.action} (${removal.reason}) is ${removal.state}`]
  if (!link?.wordpressId || !account) {
    const excuse = whyWithout(evidence, verdict, link)
    return excuse === null ? [] : [excuse]
  }
  const wrong: string[] = []
  if (link.state !== 'active') wrong.push(`belongs, but the link is ${link.state}`)
  if (account.login.toLowerCase() !== link.login?.toLowerCase())
    wrong.push(`the account's login is ${account.login}, the link's ${link.login}`)
  for (const [field, expected] of Object.entries(fieldsOf(person)) as [
    keyof ReturnType<typeof fieldsOf>,
    string | null,
  ][])
    if (expected !== null && account[field] !== expected && !isByHand(evidence, account, field))
      wrong.push(`${field} is ${JSON.stringify(account[field])}, not ${JSON.stringify(expected)}`)
  if (address !== null && account.email.toLowerCase() !== address.toLowerCase()) {
    const holder = evidence.accounts.find(({ email }) => email.toLowerCase() === address.toLowerCase())
    if (!holder) wrong.push(`the address is ${account.email}, not ${address}, which nobody has`)
    else if (account.email.endsWith('.invalid')) wrong.push(`the address is still parked: ${account.email}`)
  }
  const roles = rolesAllowed(evidence, account)
  if (!roles.some((one) => one.join() === account.roles.join()))
    wrong.push(`the roles are [${account.roles.join()}], not ${roles.map((one) => `[${one.join()}]`).join(' or ')}`)
  return wrong
}

/** Null where it is right that somebody who belongs has no account, else what is wrong. */
function whyWithout(evidence: Evidence, { person, address }: Verdict, link: SeenLink | undefined): string | null {
  if (address === null) return null
  const deleted = evidence.hands.some((edit) => edit.kind === 'delete' && wasOwned(evidence, edit.account, person.id))
  if (deleted) return null
  const holder = evidence.accounts.find(({ email }) => email.toLowerCase() === address.toLowerCase())
  if (!holder)
    return `belongs and has no account (refused ${link?.refused ?? 'nothing'}), though nobody else has ${address}`
  if (ownersOf(evidence.rows.Links).has(holder.id)) return null
  const free = !isGuest(person) && !holder.roles.includes('administrator') && holder.login !== evidence.heir
  return free ? `belongs and should have adopted account ${holder.id} (${holder.login})` : null
}

function wasOwned(evidence: Evidence, account: number, objectId: string): boolean {
  return ownersOf(evidence.rows.Links).get(account) === objectId
}

function left(
  evidence: Evidence,
  { reason }: Verdict,
  link: SeenLink | undefined,
  account: SiteAccount | undefined,
  removal: SeenRemoval | undefined,
): string[] {
  if (!link?.wordpressId || !account || reason === null) return []
  const { action, deleteAfterDays } = choiceFor(evidence, reason)
  if (action === 'leave' || account.roles.includes('administrator')) return []
  if (removal && (removal.state === 'held' || removal.state === 'rejected')) return []
  if (action === 'delete' || deleteAfterDays !== null)
    return [`is ${reason} and should have been deleted, but account ${account.id} is there (link ${link.state})`]
  const roleByHand = evidence.hands.some((edit) => edit.kind === 'role' && edit.account === account.id)
  if (account.roles.length > 0 && !roleByHand)
    return [`is ${reason} and should be suspended, but has the roles [${account.roles.join()}] (link ${link.state})`]
  return link.state === 'suspended' || roleByHand ? [] : [`is ${reason}, but the link is ${link.state}`]
}

/** Nobody repairs what hands changed before the next verify pass, or before the directory says something else. */
function isByHand({ hands, verified }: Evidence, account: SiteAccount, field: keyof SiteAccount): boolean {
  if (verified) return false
  return hands.some(
    (edit) =>
      edit.kind === 'field' && edit.account === account.id && edit.field === field && edit.value === account[field],
  )
}

function rolesAllowed({ hands }: Evidence, { id }: SiteAccount): string[][] {
  const before = hands.flatMap((edit) =>
    edit.kind === 'stranger' && edit.account.id === id ? [edit.account.roles] : [],
  )
  const given = hands.flatMap((edit) => (edit.kind === 'role' && edit.account === id ? [[edit.role]] : []))
  return [...(before.length > 0 ? before : [['subscriber']]), ...given]
}
