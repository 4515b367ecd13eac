import type { Connection } from '../../domain/connection.ts'
import type { UserFault } from '../ports/site.ts'
import type { WriteCase } from './case.ts'
import type { Lane } from './lane.ts'
import { outcomeOf, type Outcome } from './outcome.ts'
import { refusedRole } from './unknown-roles.ts'

/** The outcome of what the site would not write. A role that the site doesn't have or give is told by name, with where it was said. */
export function refusedOutcome(lane: Lane, connection: Connection, one: WriteCase, fault: UserFault): Outcome {
  const role = refusedRole(lane, connection, one, fault)
  if (!role) return outcomeOf(one, lane.context, fault)
  return { ...outcomeOf({ ...one, plan: { verb: 'fail', ...role } }, lane.context), case: one }
}
