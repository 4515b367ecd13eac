import { setTimeout as wait } from 'node:timers/promises'
import { decideRemovals } from '../../lib/sync/decide-removals.ts'
import { readState } from './chaos-tables.ts'
import type { Company } from './play.ts'
import type { Scene } from './scene.ts'
import type { Action } from './schedule.ts'

/** Does what the schedule says. What has an end (a fault that lasts) ends by itself, or with `heal`. */
export type Performer = {
  /** Resolves with whether it happened: some can't, by what happened before. */
  perform(action: Action): Promise<boolean>
  /** Ends every fault, puts back what was kept, and waits for what is under way. */
  heal(): Promise<void>
}

export function createPerformer(scene: Scene, { hosts, meetings, operator }: Company): Performer {
  const { cast, site, directory, proxy, gate, queues, clock, id, hands } = scene
  const lasting = new Set<{ end(): Promise<unknown>; timer: NodeJS.Timeout }>()
  const pending = new Set<Promise<unknown>>()

  /** Ends after `lasts`, or when everything is healed. */
  const until = (lasts: number, end: () => Promise<unknown>): true => {
    const entry = {
      end,
      timer: setTimeout(() => {
        lasting.delete(entry)
        track(end())
      }, lasts),
    }
    lasting.add(entry)
    return true
  }
  const track = (work: Promise<unknown>): void => {
    const tracked = work.catch((error: unknown) => void scene.errors.push(error)).finally(() => pending.delete(tracked))
    pending.add(tracked)
  }
  const accountOf = async (who: string): Promise<number | null> => {
    const objectId = cast.idOf(who)
    if (objectId === undefined) return null
    const rows = await readState(scene.storage, id)
    const link = rows.Links.find((row) => row.rowKey === `u|${id}|${objectId}`)
    return link?.['wordpressId'] === undefined ? null : Number(link['wordpressId'])
  }
  const send = (queue: 'read-directory' | 'now' | 'drain', message: object): Promise<true> =>
    queues.put(queue, JSON.stringify(message)).then(() => true)

  async function byHand(action: Action): Promise<boolean> {
    if (action.kind === 'stranger') {
      const before = hands.length
      await scene.createAccounts([action.account])
      return hands.length > before
    }
    const account = 'who' in action ? await accountOf(action.who) : null
    if (account === null) return false
    const at = Date.now()
    switch (action.kind) {
      case 'hand-field':
        if (!(await site.change(account, { [action.field]: action.value }))) return false
        hands.push({ kind: 'field', account, field: action.field, value: action.value, at })
        return true
      case 'hand-role':
        if (!(await site.change(account, { role: action.role }))) return false
        hands.push({ kind: 'role', account, role: action.role, at })
        return true
      case 'hand-delete':
        if (!(await site.delete(account))) return false
        hands.push({ kind: 'delete', account, at })
        return true
      default:
        return false
    }
  }

  async function look(who: string): Promise<boolean> {
    const objectId = cast.idOf(who)
    if (objectId === undefined) return false
    const signal = { trigger: 'notification', signal: clock.now(), cycle: null, number: null }
    await send('now', { connection: id, ids: [objectId], ...signal })
    return await send('drain', { site: id })
  }

  /**
   * Two lanes are at the same I/O at the same time: the first waits until the other host, whose clock is ahead by more than a lease, has
   * come as far with the other person.
   */
  async function rivals({ point, who, other }: Action & { kind: 'rivals' }): Promise<boolean> {
    if (!meetings) return false
    const first = meetings.arrange(point, 1500)
    if (!(await look(who))) return false
    const host = await first
    if (host === null) return false
    hosts.skew(host + 1, 8000)
    return (await look(other)) && until(1500, async () => hosts.skew(host + 1, 0))
  }

  /** Two processes are about to take the same row: the first waits until the other has come as far. Then one of them dies. */
  async function twoReaders({ victim, plan, down }: Action & { kind: 'two-readers' }): Promise<boolean> {
    if (!meetings) return false
    const first = meetings.arrange('checkpoints.write', 1500)
    await send('read-directory', { connection: id, start: 'incremental' })
    const host = await first
    if (host === null) return false
    hosts.arm(victim === 'first' ? host : host + 1, plan, down)
    return await send('read-directory', { connection: id, start: 'incremental' })
  }

  async function decide(action: Action & { kind: 'decide' }): Promise<boolean> {
    const connection = operator.connections[0]!
    const rows = await readState(scene.storage, id)
    const held = rows.Links.filter((row) => row.rowKey.startsWith('h|') && row['state'] === 'held')
    const ids = held.map((row) => String(row['objectId']))
    if (ids.length === 0) return false
    if (action.decision === 'approve') scene.approved.push(...(action.all ? ids : ids.slice(0, 1)))
    scene.decisions.push(clock.now())
    await decideRemovals(operator, connection, action.decision, action.all ? 'all' : ids.slice(0, 1))
    return true
  }

  async function perform(action: Action): Promise<boolean> {
    switch (action.kind) {
      case 'stranger':
      case 'hand-field':
      case 'hand-role':
      case 'hand-delete':
        return await byHand(action)
      case 'decide':
        return await decide(action)
      case 'ask':
        return await send('read-directory', { connection: id, start: action.cycle })
      case 'dry-run':
        return await send('read-directory', { connection: id, start: 'full', dryRun: true })
      case 'look':
        return await look(action.who)
      case 'kill':
        hosts.kill(action.host, action.down)
        return true
      case 'kill-at':
        hosts.arm(action.host, action.plan, action.down)
        return true
      case 'two-readers':
        return await twoReaders(action)
      case 'rivals':
        return await rivals(action)
      case 'deploy':
        await hosts.deploy(action.host)
        return true
      case 'site-fault':
        await proxy.setFault(action.fault)
        return until(action.lasts, () => proxy.setFault(null))
      case 'graph-fault':
        await directory.admin.setFault(action.fault)
        return until(action.lasts, directory.admin.clearFaults)
      case 'graph-reset':
        await directory.admin.expireLinks({ links: action.links, as: action.as })
        return true
      case 'graph-lag':
        await directory.admin.setLag(action.milliseconds)
        return until(action.lasts, () => directory.admin.setLag(0))
      case 'graph-traps': {
        const { replay, omitEvery, repeatEvery } = action
        await directory.admin.setTraps({ replay, omitEvery, repeatEvery })
        return true
      }
      case 'graph-units':
        await directory.admin.setUnitLimit(action.units)
        return until(action.lasts, () => directory.admin.setUnitLimit('documented'))
      case 'graph-empty':
        await directory.admin.setEmpty(true, action.what)
        return until(action.lasts, () => directory.admin.setEmpty(false, action.what))
      case 'graph-foreign':
        await directory.admin.setForeignTenant(true)
        return until(action.lasts, () => directory.admin.setForeignTenant(false))
      case 'token-expiry':
        await directory.admin.expireTokens()
        return true
      case 'storage-outage':
        gate.set(action.how)
        return until(action.lasts, async () => gate.set(null))
      case 'duplicate':
        return (await queues.duplicate(action.queue)) > 0
      case 'late': {
        const { putBack } = await queues.keep(action.queue)
        return until(action.delay, putBack)
      }
      case 'vanish':
        return await queues.vanish(action.queue)
      case 'garbage':
        await queues.put(action.queue, action.text)
        return true
      case 'clock-step':
        clock.step(action.milliseconds)
        return true
      case 'clock-skew':
        hosts.skew(action.host, action.milliseconds)
        return until(action.lasts, async () => hosts.skew(action.host, 0))
      case 'day':
        await hosts.endAll(action.how)
        clock.step(action.hours * 3_600_000)
        await hosts.startAll()
        return true
      default:
        return await cast.perform(action)
    }
  }
  return {
    perform,
    async heal() {
      for (const { end, timer } of [...lasting]) {
        clearTimeout(timer)
        await end()
      }
      lasting.clear()
      // Once more by name: faults that overlap end each other too early or too late.
      gate.set(null)
      await proxy.setFault(null)
      await directory.admin.clearFaults()
      while (pending.size > 0) await Promise.all(pending)
      await wait(0)
    },
  }
}
