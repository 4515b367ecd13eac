import type { ProxyFault } from '../../dev/wordpress/proxy.ts'
import type { Draw, Step } from './draw.ts'
import { queueNames, type KillPlan } from './schedule.ts'

/** What can come together in a run: each adds what it is about to the stream. */
export const motifs: Record<string, (draw: Draw) => void> = {
  joiners,
  changes,
  swaps,
  flapping,
  exodus,
  strangers,
  hands,
  kills,
  readers,
  storms,
  graph,
  lag,
  outage,
  vandal,
  days,
  clocks,
  groups,
  twins,
}

/** New people, one after the other and many at once, and the process dies while their accounts are made. */
function joiners(draw: Draw): void {
  const start = draw.between(0, draw.length / 2)
  for (let count = draw.between(2, 6); count > 0; count--) draw.newcomer(start + draw.between(0, 1500))
  const point = draw.pick(['site.write', 'links.write', 'audit.write', 'links.read'] as const)
  killAt(draw, start, { point, nth: draw.between(1, 3), when: draw.pick(['before', 'after'] as const) })
}

function changes(draw: Draw): void {
  for (const who of draw.some(draw.people, draw.between(3, 6)))
    for (let count = draw.between(1, 3); count > 0; count--) draw.add(draw.between(0, draw.length), change(draw, who))
}

/** Two who swap addresses, three who pass them on, one who wants an address that somebody keeps. */
function swaps(draw: Draw): void {
  const [a, b, c, d, e] = draw.some(draw.people, 5)
  const at = draw.between(0, draw.length)
  if (a && b) draw.add(at, { kind: 'swap', who: a, other: b })
  if (c && d && draw.chance(2)) {
    draw.add(at, { kind: 'swap', who: c, other: d })
    if (e) draw.add(at + draw.between(0, 400), { kind: 'swap', who: d, other: e })
  }
  if (c && e && draw.chance(3)) draw.add(draw.between(0, draw.length), { kind: 'address', who: c, mail: e })
  killAt(draw, at, { point: draw.pick(['site.write', 'links.write'] as const), nth: draw.between(1, 4), when: 'after' })
}

/** People who leave and are back before anybody has looked, or just afterwards. */
function flapping(draw: Draw): void {
  const pairs = [
    ['disable', 'enable'],
    ['soft-delete', 'restore'],
    ['guest', 'member'],
  ] as const
  for (const who of draw.some(draw.people, draw.between(2, 4))) {
    let at = draw.between(0, draw.length / 2)
    for (let count = draw.between(1, 3); count > 0; count--) {
      const [out, back] = draw.pick(pairs)
      draw.add(at, { kind: out, who })
      at += draw.pick([50, 300, 1500, 3000] as const)
      draw.add(at, { kind: back, who })
      at += draw.pick([50, 300, 1500] as const)
    }
    if (draw.chance(3)) draw.add(at + 100, { kind: draw.pick(['disable', 'soft-delete', 'purge'] as const), who })
  }
}

/** More people leave than the guard lets go, all at once or a few at a time; the operator may decide in the middle of it. */
function exodus(draw: Draw): void {
  let at = draw.between(500, 2000)
  const leavers = draw.some(draw.people, draw.between(4, 8))
  const step = draw.pick([0, 0, 700, 1800] as const)
  for (const who of leavers) {
    const kind = draw.pick(['disable', 'disable', 'soft-delete', 'purge', 'quit'] as const)
    draw.add(at, { kind, who })
    at += step
  }
  if (draw.chance(3)) {
    const decision = draw.pick(['approve', 'reject'] as const)
    draw.add(at + draw.between(3000, 6000), { kind: 'decide', decision, all: draw.chance(2) })
  }
  // Once it has tripped, one more is held too.
  const late = draw.some(
    draw.people.filter((who) => !leavers.includes(who)),
    2,
  )
  for (const who of late) draw.add(at + draw.between(4000, 7000), { kind: 'disable', who })
  for (const who of draw.some(leavers, 2)) if (draw.chance(2)) draw.add(at + 3000, { kind: 'enable', who })
  killAt(draw, at, {
    point: 'links.writeGuarded',
    nth: draw.between(1, 2),
    when: draw.pick(['before', 'after'] as const),
  })
}

/** Accounts that are on the site before their people come, some of whom nobody may take. */
function strangers(draw: Draw): void {
  for (let count = draw.between(1, 3); count > 0; count--) {
    const at = draw.between(0, draw.length)
    const login = `veteran${draw.people.length}`
    const role = draw.pick(['author', 'editor', 'subscriber', 'administrator'] as const)
    draw.add(at, { kind: 'stranger', account: { login, mail: login, role, name: login, posts: 1 } })
    draw.newcomer(at + draw.pick([0, 200, 1500] as const), { mail: login, guest: draw.chance(5) })
  }
  killAt(draw, draw.between(0, draw.length), { point: 'site.write', nth: draw.between(1, 3), when: 'after' })
}

function hands(draw: Draw): void {
  for (const who of draw.some(draw.people, draw.between(1, 3))) {
    const at = draw.between(1500, draw.length)
    const kind = draw.pick(['hand-field', 'hand-field', 'hand-role', 'hand-delete'] as const)
    if (kind === 'hand-field')
      draw.add(at, { kind, who, field: draw.pick(['first_name', 'description'] as const), value: 'by hand' })
    else if (kind === 'hand-role') draw.add(at, { kind, who, role: draw.pick(['editor', 'administrator'] as const) })
    else draw.add(at, { kind, who })
  }
}

/** SIGKILL at any moment, and before or after some I/O. */
function kills(draw: Draw): void {
  for (let count = draw.between(2, 4); count > 0; count--) {
    const at = draw.between(0, draw.length)
    if (draw.chance(4)) draw.add(at, { kind: 'deploy', host: draw.below(draw.hosts) })
    else if (draw.chance(2)) draw.add(at, { kind: 'kill', host: draw.below(draw.hosts), down: draw.between(0, 1500) })
    else killAt(draw, at, { point: null, nth: draw.between(1, 120), when: draw.pick(['before', 'after'] as const) })
  }
}

/** Deaths before and after these kinds of I/O in their turn, wherever a process first comes by them: many runs have them all. */
export function killAtPoints(draw: Draw, { own, any }: { own: readonly string[]; any: readonly string[] }): void {
  for (const plan of killsInTurn(any, draw.run, 5)) killAt(draw, 0, plan)
  for (const plan of killsInTurn(own, draw.run, 5)) {
    const at = draw.chance(2) ? 0 : draw.between(0, draw.length / 2)
    killAt(draw, at, { ...plan, nth: draw.chance(3) ? 2 : 1 })
  }
}

/** The `turn`th few of all deaths that there are: before each of the points, then after each. */
export function killsInTurn(points: readonly string[], turn: number, few: number): KillPlan[] {
  const kills = (['before', 'after'] as const).flatMap((when) => points.map((point) => ({ point, nth: 1, when })))
  return Array.from({ length: Math.min(few, kills.length) }, (_, part) => kills[(turn * few + part) % kills.length]!)
}

/** Changes that are looked at while something else goes wrong. */
function stir(draw: Draw, at: number): void {
  for (const who of draw.some(draw.people, 2)) {
    draw.add(at + draw.between(0, 400), change(draw, who))
    draw.add(at + draw.between(400, 700), { kind: 'look', who })
  }
}

/** Two readers of one stream: both begin at once, or the first one's page takes longer than its lease; cycles are asked for in between. */
function readers(draw: Draw): void {
  for (let count = 3; count > 0; count--) {
    const point = draw.pick(['cycles.put', 'cycles.put', 'cycles.add', 'directory.deltaPage'] as const)
    const plan = { point, nth: 1, when: draw.pick(['before', 'after', 'after'] as const) }
    const victim = draw.pick(['first', 'second'] as const)
    draw.add(draw.between(0, draw.length), { kind: 'two-readers', victim, plan, down: draw.between(0, 1500) })
  }
  for (let count = draw.between(1, 3); count > 0; count--) {
    const at = draw.between(500, draw.length)
    draw.add(at, {
      kind: 'graph-fault',
      fault: { route: 'users/delta', delay: draw.between(1000, 4000), times: draw.between(1, 2) },
      lasts: 4000,
    })
    draw.add(at + 50, {
      kind: 'detail',
      who: draw.pick(draw.people),
      jobTitle: `Slow ${count}`,
      department: null,
      language: null,
    })
    for (const cycle of ['incremental', draw.pick(['incremental', 'full'] as const)] as const)
      draw.add(at + draw.between(0, 300), { kind: 'ask', cycle })
    const point = draw.pick([
      'checkpoints.write',
      'cycles.put',
      'directory.deltaPage',
      'checkpoints.putMessage',
    ] as const)
    killAt(draw, at, { point, nth: draw.between(1, 2), when: draw.pick(['before', 'after'] as const) })
  }
}

function storms(draw: Draw): void {
  for (let count = draw.between(2, 4); count > 0; count--) {
    const fault = draw.pick<ProxyFault>([
      { kind: 'refuse' },
      { kind: 'cut-before', probability: 0.5 },
      { kind: 'cut-after', only: 'writes', requests: 3 },
      { kind: 'cut-after', only: 'writes', probability: 0.5 },
      { kind: 'status', status: 429, retryAfter: '1' },
      { kind: 'status', status: 503, probability: 0.5 },
      { kind: 'status', status: 500, only: 'writes', requests: 2 },
      { kind: 'status', status: 504, only: 'writes' },
      { kind: 'delay', milliseconds: 600 },
      // Longer than a request may take: the site applies what nobody waits for any more.
      { kind: 'delay', milliseconds: 3300, requests: 2, only: 'writes' },
      { kind: 'html' },
      { kind: 'redirect', location: 'https://example.invalid/' },
      { kind: 'strip-authorization' },
    ])
    const at = draw.between(0, draw.length)
    draw.add(at, { kind: 'site-fault', fault, lasts: draw.between(500, 3000) })
    stir(draw, at)
  }
}

function graph(draw: Draw): void {
  for (let count = draw.between(2, 5); count > 0; count--) {
    const at = draw.between(0, draw.length)
    stir(draw, at)
    const lasts = draw.between(500, 2500)
    const hit = draw.below(9)
    if (hit === 7) draw.add(at, { kind: 'graph-empty', what: draw.pick(['users', 'groups'] as const), lasts })
    else if (hit === 8) draw.add(at, { kind: 'graph-foreign', lasts })
    else if (hit === 0) draw.add(at, { kind: 'token-expiry' })
    else if (hit === 1) draw.add(at, { kind: 'graph-units', units: draw.between(3, 12), lasts })
    else if (hit === 2)
      draw.add(at, { kind: 'graph-reset', links: 'next', as: draw.pick(['gone', 'syncStateNotFound-400'] as const) })
    else if (hit === 3)
      draw.add(at, { kind: 'graph-reset', links: 'delta', as: draw.pick(['gone', 'syncStateNotFound-404'] as const) })
    else if (hit === 4)
      draw.add(at, {
        kind: 'graph-fault',
        fault: { breaks: draw.pick(['disconnect', 'truncate', 'html'] as const), times: draw.between(1, 4) },
        lasts,
      })
    else
      draw.add(at, {
        kind: 'graph-fault',
        fault: {
          status: draw.pick([429, 500, 503] as const),
          headers: draw.chance(2) ? { 'Retry-After': '1' } : {},
          ...(draw.chance(2) ? { inside: 'item' as const } : {}),
          times: draw.between(1, 6),
        },
        lasts,
      })
  }
}

/** Replicas that show a change late, and pages that repeat, leave out and replay. */
function lag(draw: Draw): void {
  draw.add(0, {
    kind: 'graph-traps',
    replay: draw.between(0, 6),
    omitEvery: draw.pick([0, 2, 3] as const),
    repeatEvery: draw.between(1, 3),
  })
  const at = draw.between(0, draw.length / 2)
  draw.add(at, { kind: 'graph-lag', milliseconds: draw.between(300, 1500), lasts: draw.between(1500, 4000) })
  for (const who of draw.some(draw.people, 3)) draw.add(at + draw.between(100, 2000), change(draw, who))
  draw.newcomer(at + draw.between(100, 2000))
}

function outage(draw: Draw): void {
  for (let count = draw.between(1, 3); count > 0; count--) {
    const at = draw.between(0, draw.length)
    const lasts = draw.pick([200, 800, 2500, 5000] as const)
    draw.add(at, { kind: 'storage-outage', how: draw.pick(['refuse', 'lose'] as const), lasts })
    stir(draw, at - 200)
  }
}

/** Messages that come twice, late, or never, and some that nobody can read. */
function vandal(draw: Draw): void {
  for (let count = draw.between(4, 8); count > 0; count--) {
    const at = draw.between(0, draw.length)
    const queue = draw.pick(queueNames)
    const hit = draw.below(8)
    if (hit < 2) draw.add(at, { kind: 'duplicate', queue })
    else if (hit < 4) draw.add(at, { kind: 'late', queue, delay: draw.between(500, 4000) })
    else if (hit < 6) draw.add(at, { kind: 'vanish', queue: draw.pick(['soon', 'bulk'] as const) })
    else {
      draw.add(at, {
        kind: 'garbage',
        queue,
        text: draw.pick(['', '{', '{"ids":[]}', 'null', '{"site":"nobody"}'] as const),
      })
      const plan = { point: `queue ${queue}-poison.send`, nth: 1, when: draw.pick(['before', 'after'] as const) }
      for (let host = 0; host < draw.hosts; host++) killAt(draw, at, plan, host)
    }
  }
}

function days(draw: Draw): void {
  for (let count = draw.between(1, 3); count > 0; count--)
    draw.add(draw.between(draw.length / 4, draw.length), {
      kind: 'day',
      hours: draw.pick([13, 25, 170] as const),
      how: draw.pick(['kill', 'deploy'] as const),
    })
}

/** Clocks that are set, and two hosts whose clocks differ, both less than a lease is long. */
function clocks(draw: Draw): void {
  for (let count = draw.between(1, 4); count > 0; count--) {
    const at = draw.between(0, draw.length)
    if (draw.hosts > 1 && draw.chance(2))
      draw.add(at, {
        kind: 'clock-skew',
        host: draw.below(draw.hosts),
        milliseconds: draw.between(-2000, 2000),
        lasts: draw.between(1000, 4000),
      })
    else draw.add(at, { kind: 'clock-step', milliseconds: draw.between(-2000, 2000) })
  }
}

/** People who join and quit the groups of the scope, one by one and a nested group as a whole. */
function groups(draw: Draw): void {
  for (const who of draw.some(draw.people, draw.between(3, 6))) {
    const at = draw.between(0, draw.length)
    draw.add(
      at,
      draw.chance(2) ? { kind: 'quit', who } : { kind: 'join', who, group: draw.pick(['staff', 'team'] as const) },
    )
    if (draw.chance(2))
      draw.add(at + draw.between(0, 3000), { kind: 'join', who, group: draw.pick(['staff', 'team'] as const) })
  }
  if (!draw.chance(2)) return
  const at = draw.between(0, draw.length)
  if (draw.chance(3)) return draw.add(at, { kind: 'drop-team' })
  draw.add(at, { kind: 'unnest' })
  if (draw.chance(2)) draw.add(at + draw.between(100, 3000), { kind: 'nest' })
}

/**
 * Two entries of one person, and one account that either may adopt, while two lanes are at work: the clock of one host is ahead by more
 * than a lease. That is more than the design has to stand, so nobody's data changes meanwhile, and both would write the same.
 */
function twins(draw: Draw): void {
  for (let count = 0; count < 5; count++) {
    const login = `twin${draw.people.length}`
    const alike = { givenName: 'Twin', surname: login, displayName: `Twin ${login}`, mail: login }
    const more = { ...alike, jobTitle: null, department: null, language: null, group: 'staff' as const }
    draw.add(0, { kind: 'stranger', account: { login, mail: login, role: 'author', name: login, posts: 1 } })
    const born = 500 + count * 3000
    const [who, other] = [draw.newcomer(born, more), draw.newcomer(born, more)]
    // What is asked last before an account is taken.
    draw.add(born + 10, { kind: 'rivals', point: 'links.fingerprints', who, other })
  }
  // And two who leave, where the guard lets one go.
  const [who, other] = draw.some(draw.people.slice(0, 5), 2)
  if (!who || !other) return
  const at = 500 + 5 * 3000
  draw.add(at, { kind: 'disable', who })
  draw.add(at, { kind: 'disable', who: other })
  draw.add(at + 10, { kind: 'rivals', point: 'links.writeGuarded', who, other })
}

/** A change of what the mapping reads. */
export function change(draw: Draw, who: string): Step {
  const hit = draw.below(3)
  const number = draw.below(1000)
  if (hit === 0)
    return { kind: 'rename', who, givenName: `New${number}`, surname: 'Name', displayName: `New${number} Name` }
  if (hit === 1) return { kind: 'address', who, mail: `${who}-${number}` }
  return {
    kind: 'detail',
    who,
    jobTitle: draw.pick(['Manager', null] as const),
    department: `Team ${number}`,
    language: draw.pick(['de-DE', 'en-US', null] as const),
  }
}

export function killAt(draw: Draw, at: number, plan: KillPlan, host = draw.below(draw.hosts)): void {
  draw.add(at, { kind: 'kill-at', host, plan, down: draw.between(0, 1500) })
}
