import type { Preview } from './answers.ts'
import { columns } from './describe.ts'
import { plain } from './terminal.ts'

const outcomes: Record<string, string> = {
  failed: 'would fail',
  held: 'would be held back by the deletion guard',
  none: 'nothing: the person has no account, and none is due',
  skipped: 'refused',
  unchanged: 'nothing: the account is as it should be',
}

const standings: Record<string, string> = {
  here: 'belongs on the site',
  disabled: 'disabled in the directory',
  deleted: 'deleted in the directory',
  absent: 'not in the directory',
  'out-of-scope': 'outside the scope',
  unknown: 'unknown: the filter failed',
}

/** The dry run of one person, in lines. */
export function describePreview(who: string, preview: Preview): string[] {
  const { objectId, userPrincipalName, standing, memberships, outcome, reason, error, changes, fields, warnings } =
    preview
  const rows = [
    ['object id', objectId ?? 'none'],
    ['standing', standings[standing] ?? standing],
    ...(memberships.length > 0 ? [['groups', memberships.join(', ')]] : []),
    ['account', accountOf(preview)],
    ['outcome', [outcomes[outcome] ?? `would be ${outcome}`, reason, error].filter(Boolean).join('; ')],
    ...changes.map(({ field, from, to }) => [field, from === null ? shown(to) : `${shown(from)} → ${shown(to)}`]),
    ...warnings.map((warning) => ['warning', warning]),
  ]
  const lines = columns(rows.map((row) => row.map(plain)))
  return [
    `Dry run of ${plain(userPrincipalName ?? who)}; nothing was written:`,
    ...lines.map((line) => `  ${line}`),
    ...(fields.length > 0 ? ['What the mapping makes of them:'] : []),
    ...columns(fields.map((field) => explained(field).map(plain))).map((line) => `  ${line}`),
  ]
}

function accountOf({ username, wordpressId }: Preview): string {
  if (username === null) return 'none'
  return wordpressId === null ? `${username} (not there yet)` : `${username} (WordPress id ${wordpressId})`
}

function shown(value: string | null): string {
  return value || '(empty)'
}

/** The field, its value, and the expression that made it. */
function explained({ field, expression, value, once }: Preview['fields'][number]): string[] {
  const made = value === null ? '(no result: stays)' : value === '' ? '(cleared)' : value
  return [field, made, `${expression ?? 'derived'}${once ? '; set once' : ''}`]
}
