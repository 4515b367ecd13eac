import type { Change, CycleAnswer } from './answers.ts'
import { columns, count } from './describe.ts'
import { plain } from './terminal.ts'

/** Outcomes in the order in which they are shown. */
const headings: [status: string, heading: string][] = [
  ['created', 'would be created'],
  ['adopted', 'would be adopted'],
  ['updated', 'would be updated'],
  ['restored', 'would be restored'],
  ['suspended', 'would be suspended'],
  ['deleted', 'would be deleted'],
  ['held', 'would be held back by the deletion guard'],
]

/** What a dry run found, in lines: who, and why not. */
export function describeDryRun({ kind, counters, changes = [], truncated = false }: CycleAnswer): string[] {
  const groups = Map.groupBy(changes, headingOf)
  const order = [...headings.map(([, heading]) => heading), ambiguous]
  const rank = (heading: string) => (order.includes(heading) ? order.indexOf(heading) : order.length)
  const lines = [...groups]
    .filter(([heading]) => heading !== '')
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .flatMap(([heading, group]) => [`${count(group.length)} ${heading}`, ...table(group)])
  const quiet = counters.unchanged + counters.dropped
  if (quiet > 0 || lines.length === 0) lines.push(`${count(quiet)} unchanged`)
  if (truncated) lines.push(`These are the last ${count(changes.length)} only. In all: ${totals(counters)}.`)
  return [`Dry run, ${kind} cycle; nothing was written:`, ...lines]
}

const ambiguous = 'found ambiguous: several accounts match'

/** '' = not worth a line. */
function headingOf({ status, reason }: Change): string {
  if (status === 'unchanged') return ''
  if (status === 'skipped')
    return reason?.startsWith('ambiguous') ? ambiguous : `refused: ${plain(reason ?? 'no reason')}`
  if (status === 'failed') return `would fail: ${plain(reason ?? 'no reason')}`
  return headings.find(([name]) => name === status)?.[1] ?? plain(status)
}

function table(group: readonly Change[]): string[] {
  const rows = group.map(cells).sort(([, a = ''], [, b = '']) => a.localeCompare(b))
  return columns(rows).map((line) => `  ${line}`)
}

function cells({ objectId, who, status, reason, changes, error }: Change): string[] {
  const name = who.userPrincipalName ?? who.email ?? ''
  const fields = changes.map(({ field, from, to }) =>
    from === null && to === null ? field : `${field}: ${from ?? ''} → ${to ?? ''}`,
  )
  const why = ['suspended', 'deleted', 'held'].includes(status) ? reason : null
  const detail = status === 'created' ? '' : [why, error, ...fields].filter(Boolean).join('; ')
  return [objectId, name, who.username ?? '', detail].map(plain)
}

function totals(counters: CycleAnswer['counters']): string {
  const names = [
    'created',
    'adopted',
    'updated',
    'restored',
    'suspended',
    'deleted',
    'held',
    'skipped',
    'failed',
  ] as const
  return names
    .filter((name) => counters[name] > 0)
    .map((name) => `${count(counters[name])} ${name}`)
    .join(', ')
}
