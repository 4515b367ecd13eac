import type { Evidence } from '../evidence.ts'
import { linksOf, outcomesOf, ownersOf } from '../links.ts'
import { isGuest, judgePeople } from '../model.ts'

const successes = new Set(['created', 'updated', 'suspended', 'restored', 'deleted'])

/** 8: every write has its row of the audit, one a write, and no success is told without one. */
export function writesTold({ rows, writes }: Evidence): string[] {
  const outcomes = Map.groupBy(outcomesOf(rows.Audit), ({ attempt }) => attempt)
  const found: string[] = []
  const written = Map.groupBy(writes, ({ attempt }) => attempt)
  for (const [attempt, own] of written) {
    const told = outcomes.get(attempt) ?? []
    const { kind, account, login } = own[0]!
    if (attempt === '') found.push(`account ${account} (${login}) was ${kind} without an attempt`)
    else if (told.length !== 1)
      found.push(`account ${account} (${login}) was ${kind}, which is told ${told.length} times (${attempt})`)
    else if (new Set(own.map((write) => write.account)).size > 1)
      found.push(`one attempt wrote to accounts ${own.map((write) => write.account).join(', ')}`)
    else if (kind === 'created' && told[0]!.status !== 'created')
      found.push(`account ${account} (${login}) was created, but ${told[0]!.status} is told`)
  }
  for (const [attempt, told] of outcomes)
    for (const { status, objectId, wordpressId } of told)
      if (successes.has(status) && !written.has(attempt))
        found.push(`${status} is told of ${objectId} (account ${wordpressId}), but nothing was written (${attempt})`)
  return found
}

/** 7: who is refused or has failed follows from directory, site and configuration, and was told. */
export function refusalsRight(evidence: Evidence): string[] {
  const { rows, accounts } = evidence
  const owners = ownersOf(rows.Links)
  const links = linksOf(rows.Links)
  const outcomes = outcomesOf(rows.Audit)
  const verdicts = judgePeople(evidence)
  const found: string[] = []
  for (const { objectId, refused, failure, wordpressId } of links) {
    const verdict = verdicts.get(objectId)
    if (!verdict) {
      found.push(`a link for ${objectId}, whom nobody knows`)
      continue
    }
    const say = (text: string) => found.push(`${verdict.person.userPrincipalName}: ${text}`)
    if (failure && failure.attempts > 0) say(`still failing after ${failure.attempts} attempts: ${failure.code}`)
    if (refused !== null && !outcomes.some((row) => row.objectId === objectId && row.reason?.startsWith(refused)))
      say(`refused (${refused}), which nobody was told`)
    if (verdict.reason !== null || refused === null) continue
    const { address, person } = verdict
    const holder = accounts.find(({ email }) => email.toLowerCase() === address?.toLowerCase())
    const other = holder !== undefined && holder.id !== wordpressId
    const guardedHolder = other && (holder.roles.includes('administrator') || holder.login === evidence.heir)
    const right =
      refused === 'no-email'
        ? address === null
        : refused === 'protected-account'
          ? guardedHolder
          : refused === 'email-taken'
            ? other && (owners.has(holder.id) || isGuest(person) || wordpressId !== null || guardedHolder)
            : refused === 'account-missing'
              ? evidence.hands.some((edit) => edit.kind === 'delete')
              : false
    if (!right) say(`refused (${refused}) without a reason`)
  }
  return found
}
