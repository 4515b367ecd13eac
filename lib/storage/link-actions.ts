import type { LinkWrite } from '../sync/ports/store.ts'
import { inParallel } from './in-parallel.ts'
import { toLinkRow } from './link-row.ts'
import { removalKey, toRemovalRow } from './removal-row.ts'
import { ownerOf, reverseRow } from './reverse-row.ts'
import { keyPart } from './row-key.ts'
import type { Action, Table } from './table.ts'
import type { PersonActions, Written } from './write-people.ts'

const parallelReads = 16

/** How many operations a write takes: up to 4. */
export function operationsOf({ reverse, removal, handover }: LinkWrite): number {
  return 1 + (reverse ? 1 : 0) + (removal ? 1 : 0) + (handover ? 2 : 0)
}

/**
 * The writes as operations, the link's own first. Reads the reverse rows that change hands; who hands over an account that isn't
 * theirs loses the person who would get it.
 */
export async function linkActions(
  table: Table,
  site: string,
  writes: readonly LinkWrite[],
  { lost }: Written,
): Promise<PersonActions[]> {
  const prepared = await inParallel(writes, parallelReads, async (write): Promise<PersonActions[]> => {
    const { objectId } = write.link
    const handedOver = await handoverActions(table, site, write)
    if (handedOver === null) lost.add(objectId)
    return handedOver === null ? [] : [{ objectId, actions: [...ownActions(site, write), ...handedOver] }]
  })
  return prepared.flat()
}

function ownActions(site: string, { link, etag, reverse, removal, handover }: LinkWrite): Action[] {
  const row = toLinkRow(site, link)
  const actions: Action[] = [etag === null ? ['create', row] : ['update', row, 'Replace', { etag }]]
  if (reverse && handover) throw new TypeError('An account that is handed over has its reverse row already')
  if (reverse) actions.push(['create', reverseRow(site, link)])
  if (removal && 'drop' in removal) {
    const key = { partitionKey: keyPart(site), rowKey: removalKey(link.connection, link.objectId) }
    actions.push(['delete', key, { etag: removal.drop }])
  } else if (removal) actions.push(['upsert', toRemovalRow(site, removal), 'Replace'])
  return actions
}

/** The giver's link and the reverse row; null where that names somebody else, or is gone. */
async function handoverActions(table: Table, site: string, { link, handover }: LinkWrite): Promise<Action[] | null> {
  if (!handover) return []
  const { from, etag } = handover
  const reverse = reverseRow(site, link)
  const stored = await table.get(reverse.partitionKey, reverse.rowKey)
  if (stored === null) return null
  const owner = ownerOf(stored)
  if (owner.connection !== from.connection || owner.objectId !== from.objectId) return null
  return [
    ['update', toLinkRow(site, from), 'Replace', { etag }],
    ['update', reverse, 'Replace', { etag: stored.etag }],
  ]
}
