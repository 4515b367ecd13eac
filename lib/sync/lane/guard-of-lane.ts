import type { Connection } from '../../domain/connection.ts'
import { countPeople, readGuardState, type GuardState } from '../guard-state.ts'
import type { Lane } from './lane.ts'

const counted = new WeakMap<Lane, Map<string, Promise<number>>>()
const turns = new WeakMap<Lane, Promise<unknown>>()

/** {@link countPeople}, once a run. */
export function peopleOf(lane: Lane, connection: Connection): Promise<number> {
  const counts = counted.get(lane) ?? new Map<string, Promise<number>>()
  counted.set(lane, counts)
  const people = counts.get(connection.id) ?? countPeople(lane.context, connection)
  counts.set(connection.id, people)
  people.catch(() => counts.delete(connection.id))
  return people
}

export async function guardOfLane(lane: Lane, connection: Connection): Promise<GuardState> {
  return await readGuardState(lane.context, connection, await peopleOf(lane, connection))
}

/** Chunks of one run take turns at the guard's row: they would only lose its ETag to each other. */
export function inTurn<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(lane) ?? Promise.resolve()).then(work, work)
  turns.set(lane, turn)
  return turn
}
