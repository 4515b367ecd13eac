import type { Connection } from '../../domain/connection.ts'
import { RetryLater } from '../../domain/faults.ts'
import { inScope } from '../../domain/scope.ts'
import { standingOf } from '../../domain/standing.ts'
import { membershipsOf } from '../memberships.ts'
import type { Lane } from './lane.ts'

/** The account that gets the content of deleted ones, or why nothing may be deleted. */
export type Heir = { ok: true; id: number } | { ok: false; code: string; message: string }

const known = new WeakMap<Lane, Map<string, Promise<Heir>>>()

/** Asked once a run, and only where somebody is to be deleted: an heir who is missing or leaves too is a fault of the configuration. */
export function findHeir(lane: Lane, connection: Connection): Promise<Heir> {
  const heirs = known.get(lane) ?? new Map<string, Promise<Heir>>()
  known.set(lane, heirs)
  const asked = heirs.get(connection.id)
  if (asked) return asked
  const heir = look(lane, connection)
  heirs.set(connection.id, heir)
  // Whoever couldn't be asked for now is asked again.
  heir.catch(() => heirs.delete(connection.id))
  return heir
}

async function look(lane: Lane, connection: Connection): Promise<Heir> {
  const { reassignTo } = connection
  if (reassignTo === null)
    return fault('heir-not-named', 'leaving.reassignTo names nobody who gets the content of deleted accounts.')
  const account = await lane.site.findByUsername(reassignTo)
  if (account === null)
    return fault(
      'heir-missing',
      'leaving.reassignTo names an account that the site does not have. Create it or name another; nothing is deleted until then.',
    )
  const owner = await lane.context.stores.links.ownerOf(lane.settings.id, account.id)
  if (owner && (await isLeaving(lane, connection, owner)))
    return fault(
      'heir-leaving',
      'leaving.reassignTo names the account of somebody who leaves too. Name another; nothing is deleted until then.',
    )
  return { ok: true, id: account.id }
}

/**
 * Asked of the directory, for the link of somebody who leaves in the same moment doesn't say so yet. Only of this connection's own: a
 * directory that fails delays nobody of another.
 */
async function isLeaving(
  { context, settings }: Lane,
  connection: Connection,
  owner: { connection: string; objectId: string },
): Promise<boolean> {
  const { objectId } = owner
  if (owner.connection !== connection.id) {
    const links = await context.stores.links.read(settings.id, owner.connection, [objectId])
    return Boolean(links.get(objectId)?.link.leaving)
  }
  const { found, later } = await context.directory(connection).usersById([objectId], connection.select)
  const lookUp = found.get(objectId)
  const memberships = await membershipsOf(context, connection, lookUp?.kind === 'found' ? [objectId] : [])
  const wait = later.get(objectId) ?? memberships.later.get(objectId)
  if (!lookUp || wait !== undefined)
    throw new RetryLater('The heir of deleted accounts could not be read', wait ?? null)
  const { scope } = connection
  const scoped =
    lookUp.kind === 'found' ? await inScope(scope, lookUp.user, memberships.found.get(objectId) ?? []) : null
  return standingOf(lookUp, scoped, scope.enabledOnly).kind === 'leaving'
}

function fault(code: string, message: string): Heir {
  return { ok: false, code, message }
}
