import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { laneQueues, type Look } from '../../lib/domain/look.ts'
import { createInbox, type Inbox } from '../../lib/sync/lane/inbox.ts'
import { inboxContext } from '../support/inbox-context.ts'

const done = { kind: 'done', status: 'updated' } as const
const tracked = { cycle: 'c1', number: 3, signal: 77 }
const names = (looks: readonly Look[]) => looks.map(({ objectId }) => objectId)

async function finishAll(inbox: Inbox, looks: readonly Look[]): Promise<void> {
  for (const look of looks) await inbox.finish(look, done)
}

describe('the order', () => {
  test('is now, soon, bulk; what comes to now later is still first', async () => {
    const { context, send } = inboxContext()
    await send('bulk', ['b1', 'b2', 'b3'])
    await send('soon', ['s1'])
    const inbox = createInbox(context, 'test')
    const first = await inbox.take(2)
    expect(names(first)).toEqual(['s1', 'b1'])
    await send('now', ['n1'])
    expect(names(await inbox.take(2))).toEqual(['n1', 'b2'])
  })

  test('is nobody’s while they are in flight', async () => {
    const { context, send, idsIn } = inboxContext()
    await send('soon', ['a'])
    const inbox = createInbox(context, 'test')
    const [look] = await inbox.take(10)
    await send('now', ['a'])
    expect(await inbox.take(10)).toEqual([])
    await inbox.finish(look!, done)
    // A signal that came while its user was looked at may tell of something newer.
    const again = await inbox.take(10)
    expect(names(again)).toEqual(['a'])
    await finishAll(inbox, again)
    expect([...idsIn('now'), ...idsIn('soon')]).toEqual([])
  })
})

describe('equal ids', () => {
  test('of several messages and queues are one look, as urgent as the most urgent, and each message is deleted', async () => {
    const { context, send, idsIn, removedRows } = inboxContext()
    await send('bulk', ['a', 'b'], tracked)
    await send('soon', ['a'])
    await send('now', ['b', 'a'])
    const inbox = createInbox(context, 'test')
    const looks = await inbox.take(10)
    expect(names(looks).toSorted()).toEqual(['a', 'b'])
    await inbox.finish(looks[0]!, done)
    expect(removedRows).toEqual([])
    await inbox.finish(looks[1]!, done)
    expect([...idsIn('now'), ...idsIn('soon'), ...idsIn('bulk')]).toEqual([])
    expect(removedRows).toEqual(['c1|3|77'])
    expect([...inbox.cycles.keys()]).toEqual(['c1'])
  })
})

test('a look that waits becomes the cycle’s where the cycle asks for the same person', async () => {
  const { context, send } = inboxContext()
  await send('soon', ['a'], { trigger: 'second-look' })
  await send('bulk', ['a'], { ...tracked, trigger: 'cycle' })
  const inbox = createInbox(context, 'test')
  // 400 are asked for, so that both queues are received from.
  expect(await inbox.take(400)).toMatchObject([{ objectId: 'a', trigger: 'second-look', queue: 'soon', cycle: 'c1' }])
})

describe('a message', () => {
  test('goes back with the ids that were put back, as a new one, and its row stays', async () => {
    const { context, send, idsIn, messagesIn, removedRows, now } = inboxContext()
    await send('soon', ['a', 'b', 'c'], tracked)
    const inbox = createInbox(context, 'test')
    const [a, b, c] = await inbox.take(10)
    await inbox.finish(a!, { kind: 'put-back', after: 500 })
    await inbox.finish(b!, done)
    await inbox.finish(c!, { kind: 'put-back', after: 2000 })
    expect(idsIn('soon')).toEqual([['a', 'c']])
    expect(messagesIn('soon')).toMatchObject([{ dequeueCount: 0, visibleAt: now() + 2000 }])
    expect(JSON.parse(messagesIn('soon')[0]!.text!)).toMatchObject(tracked)
    expect(removedRows).toEqual([])
  })

  test('is done with once its ids are handed on to a retry', async () => {
    const { context, send, idsIn, messagesIn, removedRows, scheduled, now } = inboxContext()
    await send('bulk', ['a', 'b'], tracked)
    const inbox = createInbox(context, 'test')
    const [a, b] = await inbox.take(10)
    await inbox.finish(a!, { kind: 'later', status: 'failed', at: now() + 1000 })
    await inbox.finish(b!, { kind: 'later', status: 'failed', at: now() + 3_600_000 })
    expect(idsIn('bulk')).toEqual([])
    expect(removedRows).toEqual(['c1|3|77'])
    expect(idsIn('soon')).toEqual([['a']])
    expect(messagesIn('soon')).toMatchObject([{ visibleAt: now() + 1000 }])
    expect(JSON.parse(messagesIn('soon')[0]!.text!)).toMatchObject({ trigger: 'retry', cycle: null })
    expect(scheduled).toEqual([{ objectId: 'b', due: now() + 3_600_000 }])
  })

  test('that the run could not finish goes back without blame', async () => {
    const { context, send, idsIn, messagesIn } = inboxContext()
    await send('bulk', ['a', 'b', 'c'], tracked)
    const inbox = createInbox(context, 'test')
    const [a, b] = await inbox.take(2)
    await inbox.finish(a!, done)
    inbox.leave([b!])
    await inbox.close(0)
    expect(idsIn('bulk').map((ids) => ids.toSorted())).toEqual([['b', 'c']])
    expect(messagesIn('bulk')).toMatchObject([{ dequeueCount: 0 }])
  })

  test('that met an unexpected fault stays, with its dequeue count', async () => {
    const { context, send, messagesIn, pass } = inboxContext()
    await send('bulk', ['a', 'b'], tracked)
    const inbox = createInbox(context, 'test')
    inbox.blame(await inbox.take(10))
    await inbox.close(0)
    expect(messagesIn('bulk')).toMatchObject([{ dequeueCount: 1 }])
    pass(context.timings.laneVisibility)
    expect(await createInbox(context, 'test').take(10)).toHaveLength(2)
    expect(messagesIn('bulk')).toMatchObject([{ dequeueCount: 2 }])
  })

  test('that is received for the fourth time is split into single users', async () => {
    const { context, send, idsIn, messagesIn, pass, removedRows } = inboxContext()
    await send('bulk', ['a', 'b', 'c'], tracked)
    for (let time = 1; time < 4; time++) {
      expect(await createInbox(context, 'test').take(10)).toHaveLength(3)
      pass(context.timings.laneVisibility)
    }
    const inbox = createInbox(context, 'test')
    expect(await inbox.take(10)).toEqual([])
    expect(idsIn('bulk')).toEqual([['a'], ['b'], ['c']])
    expect(messagesIn('bulk').map(({ dequeueCount }) => dequeueCount)).toEqual([0, 0, 0])
    expect(removedRows).toEqual(['c1|3|77'])
    expect(names(await inbox.take(10))).toEqual(expect.arrayContaining(['a', 'b']))
  })

  test('with a single user waits a day when it is received for the eighth time', async () => {
    const { context, send, idsIn, pass, scheduled, now, log } = inboxContext()
    await send('soon', ['a'])
    for (let time = 1; time < 8; time++) {
      expect(await createInbox(context, 'test').take(10)).toHaveLength(1)
      pass(context.timings.laneVisibility)
    }
    expect(await createInbox(context, 'test').take(10)).toEqual([])
    expect(idsIn('soon')).toEqual([])
    expect(scheduled).toEqual([{ objectId: 'a', due: now() + context.timings.suspectUser }])
    expect(log).toHaveBeenCalledWith('error', expect.any(String), expect.objectContaining({ queue: 'soon' }))
  })

  test('that can’t be read goes to poison, as it is, and stops nobody', async () => {
    const { context, queues, send } = inboxContext()
    await queues.queue('soon-test').send('{"ids": "garbage"}')
    await queues.queue('soon-test').send('no JSON')
    await send('soon', ['a'])
    const inbox = createInbox(context, 'test')
    expect(names(await inbox.take(10))).toEqual(['a'])
    expect(queues.held('soon-test-poison').map(({ text }) => text)).toEqual(['{"ids": "garbage"}', 'no JSON'])
  })
})

describe('somebody to look at again', () => {
  test('comes after the one who is in the way', async () => {
    const { context, send, idsIn } = inboxContext()
    await send('soon', ['follower'])
    const inbox = createInbox(context, 'test')
    const [follower] = await inbox.take(10)
    await inbox.finish(follower!, {
      kind: 'again',
      status: null,
      first: { connection: 'test', objectId: 'owner' },
    })
    const looks = await inbox.take(10)
    expect(names(looks)).toEqual(['owner', 'follower'])
    expect(looks[1]).toMatchObject({ tries: 1 })
    await finishAll(inbox, looks)
    expect(idsIn('soon')).toEqual([])
  })

  test('again and again goes back to the queue, so that a run ends', async () => {
    const { context, send, idsIn, messagesIn, now } = inboxContext()
    await send('now', ['a'])
    const inbox = createInbox(context, 'test')
    let looks = await inbox.take(10)
    let tries = 0
    for (; looks.length > 0; tries++) {
      await inbox.finish(looks[0]!, { kind: 'again', status: null })
      looks = await inbox.take(10)
    }
    expect(tries).toBe(7)
    expect(idsIn('now')).toEqual([['a']])
    expect(messagesIn('now')).toMatchObject([{ visibleAt: now() + context.timings.userRetryFirst }])
  })
})

test('whatever becomes of looks, every id is done, handed on or still in a queue, and no message outlives its ids', async () => {
  const queue = fc.constantFrom('now', 'soon', 'bulk', 'photos')
  const kind = (name: string, id: string) => (name === 'photos' ? `photo of ${id}` : id)
  const message = fc.record({ queue, ids: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }) })
  const fate = fc.constantFrom('done', 'put-back', 'later', 'again', 'leave', 'blame')
  const results = {
    done,
    'put-back': { kind: 'put-back', after: 5 },
    later: { kind: 'later', status: null, at: 0 },
    again: { kind: 'again', status: null },
  } as const
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.array(fate, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (messages, fates, size) => {
        const { context, send, idsIn, messagesIn, pass } = inboxContext()
        for (const [number, { queue: name, ids }] of messages.entries())
          await send(name, ids, { cycle: 'c', number, signal: number })
        const inbox = createInbox(context, 'test')
        const open = new Set<string>(messages.flatMap(({ queue: name, ids }) => ids.map((id) => kind(name, id))))
        for (const fate of fates) {
          const looks = await inbox.take(size)
          if (fate === 'leave' || fate === 'blame') {
            inbox[fate](looks)
            continue
          }
          for (const look of looks) {
            if (fate === 'done' || fate === 'later') open.delete(kind(look.queue, look.objectId))
            await inbox.finish(look, results[fate])
          }
        }
        await inbox.close(0)
        const photos = idsIn('photos').map((ids) => ids.map((id) => kind('photos', id)))
        const queued = new Set([...idsIn('now'), ...idsIn('soon'), ...idsIn('bulk'), ...photos].flat())
        for (const id of open) expect(queued).toContain(id)

        // A second run, in which all goes well, leaves nothing.
        pass(context.timings.laneVisibility)
        const second = createInbox(context, 'test')
        for (let looks = await second.take(9); looks.length > 0; looks = await second.take(9))
          await finishAll(second, looks)
        expect(laneQueues.flatMap((name) => messagesIn(name))).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})

test('a photo comes after everybody, never together with its person, and never stands for them', async () => {
  const { context, send, messagesIn } = inboxContext()
  await send('photos', ['a', 'b'], { trigger: 'photo' })
  await send('bulk', ['a'])
  const inbox = createInbox(context, 'test')
  const first = await inbox.take(9)
  expect(first.map(({ objectId, queue }) => [objectId, queue])).toEqual([['a', 'bulk']])
  // Its person is in flight: the other photo goes on.
  const second = await inbox.take(9)
  expect(second.map(({ objectId, queue }) => [objectId, queue])).toEqual([['b', 'photos']])
  await send('now', ['b'])
  expect(await inbox.take(9)).toEqual([])
  await finishAll(inbox, [...first, ...second])
  expect((await inbox.take(9)).map(({ objectId, queue }) => [objectId, queue])).toEqual([['b', 'now']])
  const last = await inbox.take(9)
  expect(last.map(({ objectId, queue }) => [objectId, queue])).toEqual([['a', 'photos']])
  await inbox.finish(last[0]!, { kind: 'put-back', after: 5 })
  await inbox.close(0)
  expect(messagesIn('photos').map(({ text }) => text)).toEqual([expect.stringContaining('"ids":["a"]')])
})

test('photos are not even received while somebody waits', async () => {
  const { context, send, messagesIn } = inboxContext()
  await send('photos', ['a'], { trigger: 'photo' })
  await send('bulk', ['b', 'c'])
  const inbox = createInbox(context, 'test')
  const [first] = await inbox.take(1)
  await inbox.take(1)
  expect(messagesIn('photos').map(({ dequeueCount }) => dequeueCount)).toEqual([0])
  expect(first?.queue).toBe('bulk')
  expect((await inbox.take(1)).map(({ queue }) => queue)).toEqual(['photos'])
})
