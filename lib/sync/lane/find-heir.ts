import type { Connection } from '../../domain/connection.ts'
import type { Lane } from './lane.ts'

/** The account that gets the content of deleted ones, or why nothing may be deleted. */
export type Heir = { ok: true; id: number } | { ok: false; code: string; message: string }

const known = new WeakMap<Lane, Map<string, Promise<Heir>>>()

/** Asked once a run, and only where somebody is to be deleted: an heir who is missing or leaves too is a fault of the configuration. */
export function findHeir(lane: Lane, connection: Connection): Promise<Heir> {
  const heirs = known.get(lane) ?? new Map<string, Promise<Heir>>()
  known.set(lane, heirs)
  const heir = heirs.get(connection.id) ?? look(lane, connection)
  heirs.set(connection.id, heir)
  return heir
}

async function look(lane: Lane, { reassignTo }: Connection): Promise<Heir> {
  if (reassignTo === null)
    return fault('heir-not-named', 'leaving.reassignTo names nobody who gets the content of deleted accounts.')
  const account = await lane.site.findByUsername(reassignTo)
  if (account === null)
    return fault(
      'heir-missing',
      'leaving.reassignTo names an account that the site does not have. Create it or name another; nothing is deleted until then.',
    )
  const { links } = lane.context.stores
  const owner = await links.ownerOf(lane.settings.id, account.id)
  const link = owner && (await links.read(lane.settings.id, owner.connection, [owner.objectId])).get(owner.objectId)
  if (link?.link.leaving)
    return fault(
      'heir-leaving',
      'leaving.reassignTo names the account of somebody who leaves too. Name another; nothing is deleted until then.',
    )
  return { ok: true, id: account.id }
}

function fault(code: string, message: string): Heir {
  return { ok: false, code, message }
}
