import { hasCompanion } from '../../domain/companion.ts'
import { SiteFault } from '../../domain/faults.ts'
import { isLeavingPlan, type LeavingPlan } from '../../domain/plan.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import type { SiteAnswer, SiteWrite, UserFault } from '../ports/site.ts'
import type { WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

export type WriteAnswer =
  /** `account` null = it is gone, as it should be. */
  | { kind: 'written'; account: SiteUser | null }
  | { kind: 'refused'; fault: UserFault }
  /** The request failed as a whole though the site is well. `batch`: how many users shared it. */
  | { kind: 'unknown'; batch: number; code: string }

/**
 * Hashing a password is a twentieth of a second of PHP even on a fast machine: a request of 25 creates on a small host would come near
 * the time that a request may take, while the start of PHP that a larger one saves is nothing beside it. With the companion plugin it costs
 * next to nothing, and requests are as large as others.
 */
const createsPerRequest = 10

/** Faults that one request can cause by itself; any other is the whole site's. */
const blamable = new Set(['server-error', 'timeout', 'not-json', 'unreachable'])

/** Step 6. Cases without an answer were not written, or nobody knows: their intents stay open. `fault`: the site can't be worked with. */
export async function writeAccounts(
  lane: Lane,
  cases: readonly WriteCase[],
): Promise<{ answers: Map<WriteCase, WriteAnswer>; fault: SiteFault | null }> {
  const answers = new Map<WriteCase, WriteAnswer>()
  let fault: SiteFault | null = null
  const others: unknown[] = []
  const size = lane.site.batchSize()
  const creates = hasCompanion(await lane.capabilities()) ? size : createsPerRequest
  await Promise.all(
    requestsOf(cases, size, creates).map(async (request) => {
      if (fault || others.length > 0) return
      try {
        for (const [index, answer] of (await lane.site.write(request.map(asWrite))).entries())
          answers.set(request[index]!, read(request[index]!, answer))
      } catch (error) {
        if (!(error instanceof SiteFault)) others.push(error)
        else if (!(await isWell(lane, error))) fault ??= error
        else for (const one of request) answers.set(one, { kind: 'unknown', batch: request.length, code: error.reason })
      }
    }),
  )
  // Only now: no request may outlive the lane that sent it.
  if (others.length > 0) throw others[0]
  for (const one of cases) if (isDone(one)) answers.set(one, { kind: 'written', account: one.plan.account })
  return { answers, fault }
}

/** Groups of at most `size`, or `creates` of those, smaller ones for users whose last request failed as a whole. */
function requestsOf(cases: readonly WriteCase[], size: number, creates: number): WriteCase[][] {
  const requests: WriteCase[][] = []
  const open = new Map<number, WriteCase[]>()
  for (const one of cases) {
    if (isDone(one)) continue
    const most = Math.min(size, one.look.batch, one.plan.account ? size : creates)
    const request = open.get(most)
    if (request && request.length < most) request.push(one)
    else {
      const begun = [one]
      open.set(most, begun)
      requests.push(begun)
    }
  }
  return requests
}

function asWrite(one: WriteCase): SiteWrite {
  const { plan, attempt } = one
  if (isLeavingPlan(plan)) return asRemoval(plan, one.heir, attempt)
  if (plan.account?.outside) return { kind: 'join', attempt, id: plan.account.id }
  const roles = plan.roles === null ? {} : { roles: plan.roles }
  const companion = 'companion' in plan && plan.companion ? { companion: plan.companion } : {}
  return plan.account
    ? { kind: 'update', attempt, id: plan.account.id, fields: plan.values, ...roles, ...companion }
    : { kind: 'create', attempt, username: plan.username, fields: plan.values, ...roles, ...companion }
}

function asRemoval(plan: LeavingPlan, heir: number | null, attempt: string): SiteWrite {
  if (!plan.account) throw new Error('a removal of nobody needs no request')
  const { id } = plan.account
  // One request: whoever loses the roles is locked out in the same moment.
  const roles = plan.account.roles.length > 0 ? { roles: [] } : {}
  const companion = plan.flag ? { companion: { suspended: true } } : {}
  if (plan.verb === 'suspend') return { kind: 'update', attempt, id, fields: {}, ...roles, ...companion }
  if (heir === null) throw new Error('a deletion without an heir')
  return { kind: 'delete', attempt, id, reassign: heir }
}

function read({ plan }: WriteCase, answer: SiteAnswer): WriteAnswer {
  if (answer.ok) return { kind: 'written', account: plan.verb === 'delete' ? null : answer.user }
  // Gone under our own deletion means deleted.
  if (plan.verb === 'delete' && answer.fault.kind === 'gone') return { kind: 'written', account: null }
  return { kind: 'refused', fault: answer.fault }
}

/** A site that answers `users/me` is well: then the request was the trouble. */
export async function isWell(lane: Lane, fault: SiteFault): Promise<boolean> {
  if (!blamable.has(fault.reason)) return false
  try {
    await lane.site.probe()
    return true
  } catch {
    return false
  }
}

/** The account is as it should be already: there is nothing to send. */
function isDone({ plan }: WriteCase): boolean {
  if (isLeavingPlan(plan)) {
    if (plan.account === null) return true
    return plan.verb === 'suspend' && plan.account.roles.length === 0 && !plan.flag
  }
  if (plan.account === null || plan.account.outside) return false
  const told = 'companion' in plan && plan.companion !== undefined
  return plan.roles === null && Object.keys(plan.values).length === 0 && !told
}
