import type { LookUp } from './directory-user.ts'
import type { MapResult } from './mapping.ts'
import type { AccountField, FieldValues, SiteUser } from './site-user.ts'
import type { Change, FieldHashes, Intent, Link } from './link.ts'
import { sameField } from './canonical-field.ts'
import { hashField, hashFields } from './field-hash.ts'

/**
 * Why a user is refused. `directory` reasons hold until the person changes; `site` reasons can
 * end by what somebody does on the site, so they are looked at daily.
 */
export const refusals = {
  disabled: 'directory',
  deleted: 'directory',
  absent: 'directory',
  'no-email': 'directory',
  'email-taken': 'site',
  'username-taken': 'site',
  'protected-account': 'site',
  'account-missing': 'site',
  'login-mismatch': 'site',
} as const satisfies Record<string, 'directory' | 'site'>

export type Refusal = keyof typeof refusals

/** A plan that an intent announces and the site is written for. */
export type WritePlan = {
  verb: 'create' | 'adopt' | 'update'
  /** The account to write to; null = it must be made. A create that was found to be done already has its account. */
  account: SiteUser | null
  username: string
  email: string
  /** What is sent. Empty = there is nothing left to write. */
  values: FieldValues
  changes: Change[]
  /** Hashes of all mapped fields as they will be afterwards. */
  hashes: FieldHashes
}

export type Plan =
  | WritePlan
  | { verb: 'nothing'; hashes: FieldHashes }
  /** Not on the site and nothing to do there: no row, no telling. */
  | { verb: 'none' }
  | { verb: 'refuse'; reason: Refusal; leaving: NonNullable<Link['leaving']>['reason'] | null }
  | { verb: 'fail'; code: string; message: string }

export type PlanInput = {
  lookUp: LookUp
  /** What the directory user should look like; null where there is no user to map. */
  desired: MapResult | null
  link: Link
  /** The account as read in this attempt: null = the site doesn't have it, undefined = it wasn't read. */
  account: SiteUser | null | undefined
  /** The intent was open when the link was read: the stored hashes prove nothing. */
  takeOver: boolean
  /** The login that a new account gets. */
  username: string
}

/** What to do for one user. Pure: the same reading gives the same plan. */
export function planUser(input: PlanInput): Plan {
  const { lookUp, desired, link, account, takeOver } = input
  const linked = link.wordpressId !== null
  if (lookUp.kind !== 'found')
    return linked ? { verb: 'refuse', reason: lookUp.kind, leaving: lookUp.kind } : { verb: 'none' }
  if (lookUp.user.accountEnabled === false)
    return { verb: 'refuse', reason: 'disabled', leaving: linked ? 'disabled' : null }
  if (desired === null) throw new Error('planUser: a user who was found must be mapped')
  if (!desired.ok) return { verb: 'fail', code: `mapping-failed: ${desired.field}`, message: desired.message }

  const values = desiredValues(desired)
  if (!linked) return planNew(values, link.intent, input)
  if (!takeOver && account === undefined) return { verb: 'nothing', hashes: { ...link.hashes, ...hashFields(values) } }
  if (!account) return { verb: 'refuse', reason: 'account-missing', leaving: null }
  if (account.username.toLowerCase() !== link.login?.toLowerCase())
    return { verb: 'refuse', reason: 'login-mismatch', leaving: null }

  const candidates = takeOver ? values : changedSince(link.hashes, values)
  const plan = writePlan('update', account, account.username, candidates, { ...link.hashes, ...hashFields(values) })
  return plan.changes.length > 0 ? plan : { verb: 'nothing', hashes: plan.hashes }
}

/** True when the stored hashes can't tell that nothing has to be written, so that the account must be read. */
export function needsAccount(link: Link, desired: MapResult | null): boolean {
  if (link.wordpressId === null || !desired?.ok) return false
  return link.intent !== null || Object.keys(changedSince(link.hashes, desiredValues(desired))).length > 0
}

/** The plan that makes an account that is there already this user's own: an adoption, or a create whose answer never came. */
export function planExisting(
  verb: 'create' | 'adopt',
  account: SiteUser,
  desired: MapResult & { ok: true },
): WritePlan {
  const values = desiredValues(desired)
  return writePlan(verb, account, account.username, values, hashFields(values))
}

/** An address that nobody has, for one of two people who hold each other's: `.invalid` never resolves (RFC 2606). */
export function planParking(account: SiteUser, link: Link, objectId: string): WritePlan {
  const email = `parked-${objectId.toLowerCase().replace(/[^a-z0-9-]/g, '')}@parked.invalid`
  const hashes = { ...link.hashes, email: hashField('email', email) }
  return writePlan('update', account, account.username, { email }, hashes)
}

/** True when the account shows what the intent said it would: then the write that nobody heard of did happen. */
export function effectVisible(intent: Intent, before: FieldHashes, account: SiteUser): boolean {
  const fields = Object.keys(intent.hashes) as AccountField[]
  const written = fields.filter((field) => intent.hashes[field] !== before[field])
  return (
    written.length > 0 && written.every((field) => hashField(field, account.fields[field]) === intent.hashes[field])
  )
}

function planNew(values: FieldValues, intent: Intent | null, input: PlanInput): Plan {
  // The first try may still be running on the site: only the same login and address make it collide with this one.
  const first = intent?.verb === 'create' ? intent : null
  const email = first?.email ?? values.email
  if (!email) return { verb: 'refuse', reason: 'no-email', leaving: null }
  const username = first?.username ?? input.username
  const wanted = { ...values, email }
  const sent = withoutEmpty(wanted)
  const hashes = hashFields(wanted)
  return { verb: 'create', account: null, username, email, values: sent, changes: asChanges(sent, null), hashes }
}

function writePlan(
  verb: WritePlan['verb'],
  account: SiteUser,
  username: string,
  candidates: FieldValues,
  hashes: FieldHashes,
): WritePlan {
  const values: FieldValues = {}
  for (const [field, value] of entries(candidates))
    if (!sameField(field, account.fields[field], value)) values[field] = value
  return {
    verb,
    account,
    username,
    email: values.email ?? account.fields.email,
    values,
    changes: asChanges(values, account),
    hashes,
  }
}

function changedSince(hashes: FieldHashes, values: FieldValues): FieldValues {
  return Object.fromEntries(entries(values).filter(([field, value]) => hashField(field, value) !== hashes[field]))
}

function desiredValues(desired: MapResult & { ok: true }): FieldValues {
  const values: FieldValues = {}
  for (const [field, value] of Object.entries(desired.fields) as [AccountField, string | null | undefined][])
    if (value !== undefined) values[field] = value ?? ''
  // An address is never cleared: WordPress has no account without one.
  if (desired.email !== null) values.email = desired.email
  return values
}

/** A new account is empty: sending `''` would say nothing. */
function withoutEmpty(values: FieldValues): FieldValues {
  return Object.fromEntries(entries(values).filter(([, value]) => value !== ''))
}

function asChanges(values: FieldValues, account: SiteUser | null): Change[] {
  return entries(values).map(([field, to]) => ({ field, from: account ? account.fields[field] : null, to }))
}

function entries(values: FieldValues): [AccountField, string][] {
  return Object.entries(values) as [AccountField, string][]
}
