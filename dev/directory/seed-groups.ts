import { coprimeStep } from './coprime-step.ts'
import { type Entry, type GroupEntry, newGroupEntry } from './entries.ts'
import type { SeededGroup } from './options.ts'
import { createRandom } from './random.ts'
import { addMembership, memberFault } from './memberships.ts'

/** Groups by seed, each with people of its own choice: spread over all of them, and others for each group. */
export function seedGroups(wanted: readonly SeededGroup[], people: readonly Entry[], seed: number): GroupEntry[] {
  // A generator of their own: the same people come, whatever groups are asked for.
  const random = createRandom(seed ^ 0x6709)
  const groups = wanted.map(({ name, kind }, position) =>
    newGroupEntry(
      {
        id: random.guid(),
        displayName: name,
        kind,
        visibility: null,
        rule: null,
        createdDateTime: '2024-01-15T08:30:00Z',
      },
      position,
    ),
  )
  for (const [index, entry] of groups.entries()) {
    const { members = 0, nestedIn } = wanted[index] ?? {}
    const count = members === 'all' ? people.length : Math.min(members, people.length)
    const start = random.below(Math.max(1, people.length))
    const step = coprimeStep(people.length, random.below(Math.max(1, people.length)))
    for (let taken = 0; taken < count; taken++) {
      const person = people[(start + taken * step) % people.length]
      if (person) addMembership(entry, person)
    }
    if (nestedIn === undefined) continue
    const parent = groups.find(({ group }) => group.displayName === nestedIn)
    if (!parent)
      throw new Error(`The group ${entry.group.displayName} is to be nested in ${nestedIn}, which there isn't.`)
    const fault = memberFault(parent, entry)
    if (fault !== null) throw new Error(fault)
    addMembership(parent, entry)
  }
  return groups
}
