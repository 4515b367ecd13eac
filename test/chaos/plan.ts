import { createDraw, type Draw } from './draw.ts'
import { dayPoints, pointsOf } from './io-points.ts'
import { change, killAtPoints, killsInTurn, motifs } from './motifs.ts'
import type { LeavingChoice, Policy, Schedule } from './schedule.ts'

/** Every so many runs one takes the built app in processes of its own. */
const hostEvery = 20

/**
 * Draws a run from its seed and number, and from nothing else: the same two give the same people, events and faults.
 * @param options.hosts false: no run with processes of its own
 */
export function planRun(seed: number, run: number, options: { hosts: boolean } = { hosts: true }): Schedule {
  const mode = options.hosts && run % hostEvery === hostEvery - 1 ? 'host' : 'in-process'
  const { draw, actions, initial } = createDraw(seed, run, mode === 'host' ? 12_000 : 7000)
  const chosen = chooseMotifs(draw, mode)
  draw.hosts = chosen.includes('twins') || chosen.includes('readers') || draw.chance(2) ? 2 : 1
  const policy = drawPolicy(draw, chosen, mode)

  const most = chosen.includes('exodus') ? 14 : 10
  for (let count = draw.between(most - 4, most); count > 0; count--)
    draw.newcomer(null, {
      guest: draw.chance(8),
      enabled: !draw.chance(10),
      ...(draw.chance(15) ? { mail: null } : {}),
    })
  for (const name of chosen) motifs[name]?.(draw)
  background(draw, policy, chosen)
  const accounts = draw.chance(2)
    ? [
        {
          login: 'known',
          mail: draw.pick(draw.people),
          role: draw.pick(['author', 'administrator'] as const),
          name: 'Known',
          posts: 2,
        },
      ]
    : []
  return {
    seed,
    run,
    mode,
    motifs: chosen,
    policy,
    hosts: draw.hosts,
    pageSize: draw.between(3, 8),
    // Nobody can leave, or be changed by hand, who never had an account.
    calmStart: ['exodus', 'hands', 'twins'].some((name) => chosen.includes(name)) || draw.chance(2),
    people: initial,
    accounts,
    actions: actions.filter((action) => suits(action, mode, policy)).sort((a, b) => a.at - b.at),
    late: chosen.includes('exodus') ? draw.some(draw.people, 2) : [],
    dayKills: daysAtTheEnd.map((day) => killsInTurn(dayPoints, daysAtTheEnd.length * run + day, 3)),
    finally: draw.pick(['nothing', 'approve', 'reject'] as const),
  }
}

/** The last one is that of the verify pass. */
const daysAtTheEnd = [0, 1, 2, 3]

function chooseMotifs(draw: Draw, mode: Schedule['mode']): string[] {
  const possible = Object.keys(motifs).filter((name) => mode === 'in-process' || !onlyInProcess.has(name))
  // Each in its turn, so that a few runs have them all; the rest at random.
  const turn = possible[draw.run % possible.length] ?? 'kills'
  const chosen = new Set([turn, ...draw.some(possible, draw.between(1, 3)), ...(draw.chance(3) ? [] : ['kills'])])
  // Two lanes at once are excused from the rest only where nothing else goes on.
  if (chosen.has('twins')) return ['twins']
  return [...chosen]
}

/** What needs I/O or a clock in hand, or days to pass before it has an end. */
const onlyInProcess = new Set(['days', 'clocks', 'twins', 'readers', 'exodus', 'swaps', 'strangers'])

function drawPolicy(draw: Draw, chosen: readonly string[], mode: Schedule['mode']): Policy {
  const choice = (): LeavingChoice =>
    draw.pick<LeavingChoice>([
      ...(['suspend', 'suspend', 'suspend', 'delete', 'leave'] as const),
      // Processes of their own wait for no day.
      mode === 'host' ? 'suspend' : { action: 'suspend', deleteAfterDays: 1 },
    ])
  const exodus = chosen.includes('exodus') || chosen.includes('twins')
  const delta = chosen.includes('twins') || chosen.includes('readers') || !draw.chance(10)
  return {
    leaving: {
      disabled: exodus ? draw.pick(['suspend', 'delete'] as const) : choice(),
      softDeleted: choice(),
      purged: choice(),
      outOfScope: choice(),
    },
    guardLimit: chosen.includes('twins') ? 1 : exodus ? draw.between(2, 4) : 100,
    adoption: draw.chance(3) ? ['email', 'username'] : ['email'],
    guests: !draw.chance(4),
    delta,
    fulls: !delta || draw.chance(2),
    whenAccountMissing: draw.pick(['leave', 'recreate'] as const),
    group: chosen.includes('groups') || draw.chance(4) ? 'staff' : null,
  }
}

/** A few events of everyday, and deaths, whatever the run is about. */
function background(draw: Draw, policy: Policy, chosen: readonly string[]): void {
  if (chosen.includes('twins')) return
  for (const who of draw.some(draw.people, 4)) {
    const at = draw.between(0, draw.length)
    draw.add(at, change(draw, who))
    if (draw.chance(2)) draw.add(at + draw.between(0, 300), { kind: 'look', who })
  }
  killAtPoints(draw, pointsOf(policy, chosen))
  if (policy.fulls && draw.chance(2)) draw.add(draw.between(0, draw.length), { kind: 'ask', cycle: 'full' })
  if (draw.chance(6)) draw.add(draw.between(0, draw.length), { kind: 'dry-run' })
}

function suits(action: Schedule['actions'][number], mode: Schedule['mode'], policy: Policy): boolean {
  // A reset of the delta link enumerates everybody: so does a full cycle.
  if (
    !policy.fulls &&
    (action.kind === 'graph-reset' ? action.links === 'delta' : action.kind === 'ask' && action.cycle === 'full')
  )
    return false
  if (mode === 'in-process') return true
  return !['kill-at', 'rivals', 'two-readers', 'purge', 'clock-step', 'clock-skew', 'day'].includes(action.kind)
}
