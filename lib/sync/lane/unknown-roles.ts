import type { Connection } from '../../domain/connection.ts'
import type { ManagedRoles } from '../../domain/managed-roles.ts'
import { managedRoles } from '../../domain/role-rules.ts'
import type { UserFault } from '../ports/site.ts'
import type { Case, WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

type Fault = NonNullable<Case['fault']>

/** Roles that the site refused in this run, with what is told of them. */
const refused = new WeakMap<Lane, Map<string, Fault>>()

/** WordPress' code for a role that isn't there (400), and for one that the sync's account may not give (403). */
const code = 'rest_user_invalid_role'

/**
 * The fault of whoever is to get a role that the site doesn't have: known from the companion plugin's list, or since the site has refused it
 * in this run. They are told and looked at daily, for trying again changes nothing; no request is sent for them.
 */
export async function roleFault(lane: Lane, connection: Connection, { wanted }: ManagedRoles): Promise<Fault | null> {
  if (wanted.length === 0) return null
  const { roles: known } = await lane.capabilities()
  const faults = faultsOf(lane)
  if (known.length > 0)
    for (const role of managedRoles(connection))
      if (!known.includes(role))
        learn(lane, connection, role, `unknown-role: ${role}`, missing(connection, role, known))
  const first = wanted.find((role) => faults.has(keyOf(connection, role)))
  return first === undefined ? null : (faults.get(keyOf(connection, first)) ?? null)
}

/** What the site's answer says of a role that it would not take; null where the answer is about something else. */
export function refusedRole(lane: Lane, connection: Connection, one: WriteCase, fault: UserFault): Fault | null {
  if (fault.code !== code) return null
  const sent = ('roles' in one.plan ? one.plan.roles : null) ?? []
  const named = fault.roles ?? []
  const suspects = named.length > 0 ? named : sent.filter((role) => !one.plan.account?.roles.includes(role))
  const [role] = suspects
  if (role === undefined) return null
  const told: Fault =
    fault.status === 403
      ? { code: `role-not-allowed: ${suspects.join(', ')}`, message: notAllowed(connection, suspects) }
      : { code: `unknown-role: ${suspects.join(', ')}`, message: missing(connection, role, []) }
  // One of several: which one shows as soon as somebody is to have it alone.
  return suspects.length > 1 ? told : learn(lane, connection, role, told.code, told.message)
}

function learn(lane: Lane, connection: Connection, role: string, faultCode: string, message: string): Fault {
  const faults = faultsOf(lane)
  const key = keyOf(connection, role)
  const known = faults.get(key)
  if (known) return known
  const fault = { code: faultCode, message }
  faults.set(key, fault)
  lane.context.log('error', 'role not given', { connection: connection.id, role, reason: message })
  return fault
}

function faultsOf(lane: Lane): Map<string, Fault> {
  const faults = refused.get(lane) ?? new Map<string, Fault>()
  refused.set(lane, faults)
  return faults
}

/** Connections of one site may have different rights to a role, and name it in different places. */
function keyOf({ id }: Connection, role: string): string {
  return `${id} ${role}`
}

function missing(connection: Connection, role: string, known: readonly string[]): string {
  const list = known.length > 0 ? ` It has: ${known.join(', ')}.` : ''
  return `The site has no role "${role}", which ${settingOf(connection, role)} names.${list} Correct it there, or add the role to the site.`
}

function notAllowed(connection: Connection, roles: readonly string[]): string {
  const names = roles.map((role) => `"${role}" (${settingOf(connection, role)})`).join(' or ')
  return `The site does not let the sync’s account give the role ${names}. Give that account the right to, or take the role out of the configuration.`
}

function settingOf({ roles }: Connection, role: string): string {
  return roles.settings.get(role) ?? 'the configuration'
}
