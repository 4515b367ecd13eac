import type { HistoryItem } from '../../dev/directory/admin-schemas.ts'
import type { Evidence } from './evidence.ts'

/** A time in which somebody didn't belong on the site, by the machine's clock; `to` = Infinity while it lasts. */
export type Absence = { from: number; to: number }

/** `foreign`: the principal name is a guest's, whatever the type says. */
type Standing = { enabled: boolean; foreign: boolean; guest: boolean; there: boolean }

/** When each person didn't belong, by what the directory wrote down of every change. */
export function absencesOf(evidence: Evidence): Map<string, Absence[]> {
  const { history, scopeGroup, schedule } = evidence
  const state = new Map<string, Standing>()
  const members = new Map<string, Set<string>>()
  const absences = new Map<string, Absence[]>()

  const inScopeGroup = (): Set<string> => {
    const found = new Set<string>()
    const open = scopeGroup === null ? [] : [scopeGroup]
    for (const id of open)
      for (const member of members.get(id) ?? [])
        if (!found.has(member)) {
          found.add(member)
          open.push(member)
        }
    return found
  }
  const note = (at: number): void => {
    const scoped = scopeGroup === null ? null : inScopeGroup()
    for (const [id, { enabled, guest, there }] of state) {
      const belongs = there && enabled && (scoped?.has(id) ?? true) && (schedule.policy.guests || !guest)
      const own = absences.get(id) ?? []
      const last = own.at(-1)
      const away = last !== undefined && last.to === Infinity
      if (belongs && away) last.to = at
      if (!belongs && !away) own.push({ from: at, to: Infinity })
      absences.set(id, own)
    }
  }
  for (const item of history) {
    apply(item, state, members)
    note(item.at)
  }
  return absences
}

function apply(
  { kind, id, group, values }: HistoryItem,
  state: Map<string, Standing>,
  members: Map<string, Set<string>>,
): void {
  const now = state.get(id)
  switch (kind) {
    case 'created':
    case 'updated': {
      const foreign = now?.foreign ?? String(values['userPrincipalName']).includes('#EXT#')
      const enabled = values['accountEnabled'] !== false
      state.set(id, { enabled, foreign, guest: foreign || values['userType'] === 'Guest', there: now?.there ?? true })
      return
    }
    case 'soft-deleted':
    case 'purged':
    case 'restored':
      if (now) state.set(id, { ...now, there: kind === 'restored' })
      return
    case 'member-added':
      members.set(group ?? '', (members.get(group ?? '') ?? new Set()).add(id))
      return
    case 'member-removed':
      members.get(group ?? '')?.delete(id)
      return
    case 'group-deleted':
      members.delete(group ?? '')
      return
    case 'group-created':
    case 'group-updated':
    case 'group-restored':
      return
  }
}
