import { describe } from 'vitest'
import type { Stores } from '../../lib/sync/ports/store.ts'
import { auditStoreContract } from './audit-store.contract.ts'
import { checkpointStoreContract } from './checkpoint-store.contract.ts'
import { cycleStoreContract } from './cycle-store.contract.ts'
import { linkStoreContract } from './link-store.contract.ts'
import { linkStoreGuardContract } from './link-store-guard.contract.ts'
import { linkStoreHandoverContract } from './link-store-handover.contract.ts'
import { linkStoreRemovalsContract } from './link-store-removals.contract.ts'
import { siteStoreContract } from './site-store.contract.ts'

/** What every implementation of the stores' ports must do. `stores` is called in each test, and gives the same ones. */
export function storesContract(stores: () => Stores): void {
  describe('links', () => linkStoreContract(() => stores().links))
  describe('removals', () => linkStoreRemovalsContract(() => stores().links))
  describe('accounts that change hands', () => linkStoreHandoverContract(() => stores().links))
  describe('the guard', () => linkStoreGuardContract(() => stores().links))
  describe('checkpoints', () => checkpointStoreContract(() => stores().checkpoints))
  describe('cycles', () => cycleStoreContract(() => stores().cycles))
  describe('sites', () => siteStoreContract(() => stores().sites))
  describe('audit', () => auditStoreContract(() => stores().audit))
}
