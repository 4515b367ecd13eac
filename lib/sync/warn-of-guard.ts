import type { Connection } from '../domain/connection.ts'
import type { Removal, RemovalAction } from '../domain/leaving.ts'
import type { SyncContext } from './context.ts'
import { countPeople, readGuardState } from './guard-state.ts'

const decisions: Record<Exclude<Removal['state'], 'released'>, string> = {
  candidate: 'This removal waits for the end of a cycle, to be judged with the others.',
  held: 'The deletion guard holds this removal until an operator approves or rejects it.',
  rejected: 'An operator has rejected this removal: the account would stay as it is.',
  approved: 'An operator has approved this removal.',
}

/** What the deletion guard would say to a removal that a dry run tells, where it would not just let it pass. */
export async function warnOfGuard(
  context: SyncContext,
  connection: Connection,
  objectId: string,
  action: RemovalAction,
  reason: string | null,
): Promise<string[]> {
  const { links } = context.stores
  const { site, id } = connection
  const waiting = (await links.readRemovals(site.id, id, [objectId])).get(objectId)?.removal
  if (
    waiting?.action === action &&
    waiting.reason === reason &&
    waiting.state !== 'released' &&
    !lapsed(waiting, context)
  )
    return [decisions[waiting.state]]
  if ((await links.readGuard(site.id, id))?.guard.tripped)
    return ['The deletion guard has tripped: this removal would be held until an operator decides.']
  const { room } = await readGuardState(context, connection, await countPeople(context, connection))
  return room > 0 ? [] : ['The deletion guard has no room left: this removal would be held, and trip it.']
}

function lapsed({ state, decidedAt }: Removal, { now, timings }: SyncContext): boolean {
  return state === 'approved' && (decidedAt === null || now() - decidedAt >= timings.approvalLapses)
}
