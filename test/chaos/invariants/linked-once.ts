import type { Evidence } from '../evidence.ts'
import { linksOf, outcomesOf, ownersOf } from '../links.ts'

/** 1: every account that was made has its way back, links and ways back match one to one, and nothing is there twice. */
export function linkedOnce(evidence: Evidence): string[] {
  const { rows, writes, accounts, hands } = evidence
  const links = linksOf(rows.Links)
  const owners = ownersOf(rows.Links)
  const found: string[] = []
  const accountsById = new Map(accounts.map((account) => [account.id, account]))

  for (const { objectId, wordpressId } of links)
    if (wordpressId !== null && owners.get(wordpressId) !== objectId)
      found.push(
        `the link of ${objectId} names account ${wordpressId}, whose way back leads to ${owners.get(wordpressId)}`,
      )
  const linked = new Map(links.map((link) => [link.objectId, link]))
  for (const [id, objectId] of owners)
    if (linked.get(objectId)?.wordpressId !== id && accountsById.has(id))
      found.push(
        `account ${id} is there, its way back leads to ${objectId}, whose link names ${linked.get(objectId)?.wordpressId}`,
      )

  const made = writes.filter(({ kind }) => kind === 'created')
  for (const { account, login } of made)
    if (!owners.has(account)) found.push(`account ${account} (${login}) was made and has no way back`)
  const foreign = new Set([
    ...hands.flatMap((edit) => (edit.kind === 'stranger' ? [edit.account.id] : [])),
    ...made.map((write) => write.account),
  ])
  for (const id of owners.keys()) if (!foreign.has(id)) found.push(`account ${id} has a way back, but nobody made it`)

  // Once a person, and once more for each time that the account was taken away: by us, by hand, or by the next owner of the address.
  const outcomes = outcomesOf(rows.Audit)
  const deletedByHand = new Set(hands.flatMap((edit) => (edit.kind === 'delete' ? [edit.account] : [])))
  const handedOver = new Set(
    outcomes.flatMap(({ reason, wordpressId }) => (reason === 'handed-over' ? [wordpressId] : [])),
  )
  const attempts = new Map(outcomes.map((outcome) => [outcome.attempt, outcome.objectId]))
  for (const [objectId, own] of Map.groupBy(made, ({ attempt }) => attempts.get(attempt))) {
    if (objectId === undefined) continue
    const gone = own.filter(
      ({ account }) => !accountsById.has(account) || handedOver.has(account) || deletedByHand.has(account),
    )
    if (own.length > gone.length + 1)
      found.push(
        `${objectId} has ${own.length} accounts: ${own.map(({ account, login }) => `${account} ${login}`).join(', ')}`,
      )
  }
  for (const field of ['login', 'email'] as const)
    for (const [value, same] of Map.groupBy(accounts, (account) => account[field].toLowerCase()))
      if (same.length > 1) found.push(`accounts ${same.map(({ id }) => id).join(', ')} share the ${field} ${value}`)
  return found
}
