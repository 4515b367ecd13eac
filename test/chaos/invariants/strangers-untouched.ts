import type { Evidence } from '../evidence.ts'
import { ownersOf } from '../links.ts'

/** 3: accounts that nobody was ever linked to are as hands made them, and no others are there. */
export function strangersUntouched(evidence: Evidence): string[] {
  const owners = ownersOf(evidence.rows.Links)
  const accounts = new Map(evidence.accounts.map((account) => [account.id, account]))
  const found: string[] = []
  const strangers = new Set<number>()
  for (const edit of evidence.hands) {
    if (edit.kind !== 'stranger') continue
    strangers.add(edit.account.id)
    if (owners.has(edit.account.id)) continue
    const now = accounts.get(edit.account.id)
    // Content of deleted accounts goes to the heir.
    const same = JSON.stringify({ ...now, posts: 0 }) === JSON.stringify({ ...edit.account, posts: 0 })
    const posts = edit.account.login === evidence.heir || now?.posts === edit.account.posts
    if (!same || !posts)
      found.push(
        `${edit.account.login} belongs to nobody and was changed: ${JSON.stringify(edit.account)} is now ${JSON.stringify(now)}`,
      )
  }
  for (const { id, login } of evidence.accounts)
    if (!strangers.has(id) && !owners.has(id)) found.push(`account ${id} (${login}) is there, and nobody knows of it`)
  for (const { account, kind, login } of evidence.writes)
    if (strangers.has(account) && !owners.has(account)) found.push(`${login} belongs to nobody and was ${kind}`)
  return found
}

/** 3, too: what deleted people have written is all there, save what hands deleted with its author. */
export function contentKept({ hands, accounts }: Evidence): string[] {
  const byHand = new Set(hands.flatMap((edit) => (edit.kind === 'delete' ? [edit.account] : [])))
  const written = hands.flatMap((edit) => (edit.kind === 'stranger' ? [edit.account] : []))
  if (written.some(({ id }) => byHand.has(id))) return []
  const before = written.reduce((sum, { posts }) => sum + posts, 0)
  const after = accounts.reduce((sum, { posts }) => sum + posts, 0)
  return before === after ? [] : [`${before} posts were written, ${after} are there`]
}
