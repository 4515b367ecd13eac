import type { SiteWrite } from '../chaos-site.ts'
import type { Evidence } from '../evidence.ts'
import { outcomesOf, timeOf } from '../links.ts'
import { absencesOf } from '../timeline.ts'

/** What may lie between reading the directory and the site's clock after the write, with a busy machine and late answers. */
const slack = 12_000

/** 4: whenever an account was taken away, the directory had just said so. */
export function removalsJustified(evidence: Evidence): string[] {
  const absences = absencesOf(evidence)
  const who = new Map(outcomesOf(evidence.rows.Audit).map(({ attempt, objectId }) => [attempt, objectId]))
  const found: string[] = []
  for (const write of evidence.writes.filter(isRemoval)) {
    const objectId = who.get(write.attempt)
    // Untold: that is another rule's.
    if (objectId === undefined) continue
    const away = absences.get(objectId)?.some(({ from, to }) => from <= write.at && to >= write.at - slack)
    if (!away)
      found.push(
        `${objectId} lost account ${write.account} (${write.kind}) at ${new Date(write.at).toISOString()} while belonging`,
      )
  }
  return found
}

export function isRemoval({ kind, fields, roles }: SiteWrite): boolean {
  return kind === 'deleted' || (kind === 'updated' && roles.length === 0 && fields.split(',').includes('roles'))
}

const day = 24 * 3_600_000

/** 5: no day sees more removals than the limit without an operator; an approval counts once; and tripped, the guard stays so. */
export function guardHeld(evidence: Evidence): string[] {
  const limit = evidence.schedule.policy.guardLimit
  const outcomes = outcomesOf(evidence.rows.Audit)
  const removed = outcomes.filter(({ status }) => status === 'suspended' || status === 'deleted')
  const approved = removed.filter(({ reason }) => reason?.endsWith(', approved'))
  const found: string[] = []
  for (const [objectId, own] of Map.groupBy(approved, ({ objectId }) => objectId)) {
    const given = evidence.approved.filter((id) => id === objectId).length
    if (own.length > given)
      found.push(`${objectId} was approved ${given} times and removed ${own.length} times on approval`)
  }
  const alone = removed
    .filter((outcome) => !approved.includes(outcome))
    .map(({ attempt }) => timeOf(attempt))
    .sort((a, b) => a - b)
  for (const [index, first] of alone.entries()) {
    const within = alone.slice(index).filter((time) => time < first + day - 60_000).length
    if (within > limit) {
      found.push(`${within} removals within 24 hours, ${limit} are allowed`)
      break
    }
  }
  // Attempts begin before the guard is asked, and clocks of hosts may differ.
  const tripSlack = evidence.schedule.actions.some(({ kind }) => kind.startsWith('clock-') || kind === 'rivals')
    ? 5000
    : 1500
  const held = outcomes.filter(({ status }) => status === 'held').map(({ at }) => at)
  for (const time of alone) {
    const trips = held.filter((at) => at < time - tripSlack)
    const last = Math.max(...trips)
    if (
      trips.length > 0 &&
      !evidence.decisions.some((decision) => decision > last - tripSlack && decision < time + tripSlack)
    )
      found.push(
        `a removal went at ${new Date(time).toISOString()}, though removals were held since ${new Date(last).toISOString()} and nobody had decided`,
      )
  }
  return found
}
