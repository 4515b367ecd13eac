import type { Action, Schedule } from './schedule.ts'

/** A schedule as a person reads it, a line an action. */
export function describeSchedule(schedule: Schedule): string[] {
  const { policy, hosts, calmStart, people, accounts, actions } = schedule
  return [
    `policy ${JSON.stringify(policy)}`,
    `${hosts} host${hosts > 1 ? 's' : ''}, ${calmStart ? 'the first cycle undisturbed' : 'disturbed from the start'}, ${schedule.pageSize} entries a page`,
    `people ${people.map(({ key, mail, guest, enabled }) => `${key}${mail === key ? '' : ` (${mail})`}${guest ? ' guest' : ''}${enabled ? '' : ' disabled'}`).join(', ')}`,
    ...accounts.map(({ login, mail, role }) => `account ${login} (${mail}), ${role}`),
    ...actions.map((action) => `${String(action.at).padStart(6)} ms  ${describeAction(action)}`),
    ...(schedule.finally === 'nothing' ? [] : [`   then  ${schedule.finally} what is held`]),
  ]
}

function describeAction({ at: _at, kind, ...rest }: Action): string {
  const details = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  )
  return [kind, ...details].join(', ')
}
