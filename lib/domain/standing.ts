import type { LookUp } from './directory-user.ts'
import type { LeavingReason } from './leaving.ts'
import type { ScopeResult } from './scope.ts'

/** Whether somebody belongs on the site now. `unknown`: the filter failed, so nobody can say. */
export type Standing =
  { kind: 'here' } | { kind: 'leaving'; reason: LeavingReason } | { kind: 'unknown'; message: string }

/**
 * @param scope null where nobody was found whom it could be asked of
 * @param linked whether they have an account: of whoever has none and is out of scope nobody expects anything, disabled or not
 */
export function standingOf(lookUp: LookUp, scope: ScopeResult | null, enabledOnly: boolean, linked = true): Standing {
  if (lookUp.kind !== 'found') return { kind: 'leaving', reason: lookUp.kind }
  if (!linked && scope?.ok && !scope.inScope) return { kind: 'leaving', reason: 'out-of-scope' }
  if (enabledOnly && lookUp.user.accountEnabled === false) return { kind: 'leaving', reason: 'disabled' }
  if (scope === null) throw new Error('standingOf: somebody who was found must be in scope or not')
  if (!scope.ok) return { kind: 'unknown', message: scope.message }
  return scope.inScope ? { kind: 'here' } : { kind: 'leaving', reason: 'out-of-scope' }
}
