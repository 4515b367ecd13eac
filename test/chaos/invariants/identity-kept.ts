import type { Evidence } from '../evidence.ts'
import { outcomesOf } from '../links.ts'

/** 9: once linked, account and login stay a person's, save where the account was taken away. */
export function identityKept({ rows, hands, writes }: Evidence): string[] {
  const outcomes = outcomesOf(rows.Audit)
  const byHand = new Set(hands.flatMap((edit) => (edit.kind === 'delete' ? [edit.account] : [])))
  const handedOver = new Set(
    outcomes.flatMap(({ reason, wordpressId }) => (reason === 'handed-over' ? [wordpressId] : [])),
  )
  const deleted = new Set(writes.flatMap(({ kind, account }) => (kind === 'deleted' ? [account] : [])))
  const found: string[] = []
  for (const [objectId, own] of Map.groupBy(outcomes, (outcome) => outcome.objectId)) {
    const ids = [...new Set(own.flatMap(({ wordpressId }) => wordpressId ?? []))]
    const lost = ids.filter((id) => byHand.has(id) || handedOver.has(id) || deleted.has(id))
    if (ids.length > lost.length + 1) found.push(`${objectId} was linked to accounts ${ids.join(', ')}`)
  }
  for (const [account, own] of Map.groupBy(writes, (write) => write.account)) {
    const logins = [...new Set(own.map(({ login }) => login))]
    if (logins.length > 1) found.push(`account ${account} had the logins ${logins.join(', ')}`)
  }
  return found
}
