import { describe, expect, test } from 'vitest'
import { begunPhotoPoll, isPhotoPollDue, photoSizeFor, photoTypeOf, type PhotoPoll } from '../../lib/domain/photo.ts'

describe('the size that is asked for', () => {
  test.each([
    [240, [], 240],
    [48, ['entra-sync/v1'], 48],
    [48, ['buddypress/v2'], 240],
    [120, ['buddypress/v1'], 240],
    [240, ['buddyboss/v1'], 360],
    [504, ['buddyboss/v1', 'buddypress/v1'], 504],
    [648, ['buddyboss/v1'], 648],
  ] as const)('%i with %o is %i', (wanted, namespaces, size) => {
    expect(photoSizeFor(wanted, namespaces)).toBe(size)
  })
})

test('an image is what its first bytes say', () => {
  expect(photoTypeOf(Buffer.from('ffd8ffe0', 'hex'))).toBe('image/jpeg')
  expect(photoTypeOf(Buffer.from('89504e470d0a', 'hex'))).toBe('image/png')
  expect(photoTypeOf(Buffer.from('GIF89a'))).toBeNull()
  expect(photoTypeOf(new Uint8Array())).toBeNull()
})

describe('the poll is due', () => {
  const hour = 3_600_000
  const finished: PhotoPoll = { ...begunPhotoPoll(null, 0), finishedAt: hour }
  test.each<[string, PhotoPoll | null, number, boolean]>([
    ['where there was none', null, 0, true],
    ['not before its time', finished, 24 * hour - 1, false],
    ['from its start on', finished, 24 * hour, true],
    ['where one is under way', begunPhotoPoll(null, 0), 1, true],
    ['not while somebody polls', { ...begunPhotoPoll(null, 0), leaseOwner: 'a', leaseUntil: 100 }, 99, false],
    ['where who polled is dead', { ...begunPhotoPoll(null, 0), leaseOwner: 'a', leaseUntil: 100 }, 100, true],
    ['not in a pause', { ...begunPhotoPoll(null, 0), nextAt: 50 }, 49, false],
    ['after a pause', { ...begunPhotoPoll(null, 0), nextAt: 50 }, 50, true],
    ['not again while a new one is begun', { ...finished, leaseOwner: 'a', leaseUntil: 30 * hour }, 25 * hour, false],
  ])('%s', (_, poll, now, due) => {
    expect(isPhotoPollDue(poll, 24 * hour, now)).toBe(due)
  })

  test('one that is under way goes on from where it stands; a new one begins anew, and its trouble stands till it is over', () => {
    const underWay: PhotoPoll = { ...begunPhotoPoll(null, 5), after: 'x', asked: 7 }
    expect(begunPhotoPoll(underWay, 99)).toEqual(underWay)
    const barred = { ...underWay, finishedAt: 50, error: 'no' }
    expect(begunPhotoPoll(barred, 99)).toMatchObject({
      startedAt: 99,
      finishedAt: null,
      after: null,
      asked: 0,
      error: 'no',
    })
  })
})
