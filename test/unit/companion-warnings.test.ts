import { expect, test } from 'vitest'
import { companionWarnings } from '../../lib/domain/companion-warnings.ts'
import { policies, remove, suspend, suspendThenDelete, day } from '../support/plan-input.ts'

const plugin = { version: '0.1.0', contract: 1, settingsHash: null }
const single = { companion: plugin, multisite: false, namespaces: ['wp/v2', 'entra-sync/v1'] }
const bare = { companion: null, multisite: false, namespaces: ['wp/v2'] }
const suspends = { leaving: policies(suspend) }
const deletes = { leaving: policies(remove, 'deleted', suspend) }

test('a plugin that fits, or none that is needed, is nothing to tell of', () => {
  expect(companionWarnings(deletes, single)).toEqual([])
  expect(companionWarnings(deletes, bare)).toEqual([])
  expect(companionWarnings(deletes, { ...single, multisite: true })).toEqual([])
  expect(companionWarnings(suspends, { ...bare, multisite: true })).toEqual([])
})

test('a plugin of another contract is told with what is to be updated', () => {
  const told = (contract: number) => companionWarnings(suspends, { ...single, companion: { ...plugin, contract } })
  expect(told(2)).toEqual([expect.stringMatching(/too new .*update the app/)])
  expect(told(0)).toEqual([expect.stringMatching(/too old .*update the plugin/)])
})

test('a plugin that refuses the account is told with the role that it needs', () => {
  expect(companionWarnings(suspends, { ...single, companion: null })).toEqual([
    expect.stringMatching(/refuses .*role Entra Sync/),
  ])
})

test('deletions on a multisite need it, at once or later', () => {
  const network = { ...bare, multisite: true }
  const later = { leaving: policies(suspendThenDelete(90 * day), 'absent', suspend) }
  for (const connection of [deletes, later])
    expect(companionWarnings(connection, network)).toEqual([expect.stringMatching(/multisite.*install the companion/)])
  const foreign = { ...single, multisite: true, companion: { ...plugin, contract: 2 } }
  expect(companionWarnings(deletes, foreign)).toHaveLength(2)
})
