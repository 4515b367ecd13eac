import { expect, test } from 'vitest'
import { cycleToStart, type StartInput } from '../../lib/domain/cycle-start.ts'
import type { Checkpoint } from '../../lib/domain/cycle.ts'

const hour = 3_600_000
const idle: Checkpoint = {
  phase: 'idle',
  kind: 'incremental',
  cycle: 'c1',
  nextLink: null,
  deltaLink: 'https://graph/delta',
  nextMessage: 3,
  leaseOwner: null,
  leaseUntil: 0,
  selectHash: 's',
  configurationHash: 'c',
  configurationSince: 0,
  lastFullAt: 100 * hour,
}
const input: StartInput = {
  checkpoint: idle,
  selectHash: 's',
  configurationHash: 'c',
  start: 'due',
  fullEveryMs: 24 * hour,
  now: 101 * hour,
}
const start = (more: Partial<StartInput>) => cycleToStart({ ...input, ...more })?.kind ?? null

test('a stream that was never read begins with everyone', () => expect(start({ checkpoint: null })).toBe('initial'))
test('a message to go on begins nothing', () => {
  expect(start({ start: undefined })).toBeNull()
  expect(start({ start: undefined, checkpoint: null })).toBeNull()
})
test('with a delta link the changes are enough', () => expect(start({})).toBe('incremental'))
test('a full cycle comes when it is due', () => expect(start({ now: 124 * hour })).toBe('full'))
test('but not because somebody asked for the changes', () =>
  expect(start({ now: 124 * hour, start: 'incremental' })).toBe('incremental'))
test('without a delta link everyone is read', () =>
  expect(start({ checkpoint: { ...idle, deltaLink: null } })).toBe('full'))
test('a cycle under way goes on', () => expect(start({ checkpoint: { ...idle, phase: 'reading' } })).toBeNull())
test('a full cycle that somebody asks for replaces an increment', () =>
  expect(start({ start: 'full', checkpoint: { ...idle, phase: 'reading' } })).toBe('full'))
test('a full cycle under way is not begun again', () =>
  expect(start({ start: 'full', checkpoint: { ...idle, phase: 'reading', kind: 'full' } })).toBeNull())
test.each([{ selectHash: 'other' }, { configurationHash: 'other' }])(
  'another configuration reads everyone again',
  (hash) => {
    expect(start(hash)).toBe('full')
    expect(start({ ...hash, start: undefined, checkpoint: { ...idle, phase: 'reading' } })).toBe('full')
  },
)
