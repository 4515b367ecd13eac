import { SiteFault } from '../../domain/faults.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import type { SiteAnswer, SiteWrite, UserFault } from '../ports/site.ts'
import type { WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

export type WriteAnswer =
  | { kind: 'written'; account: SiteUser }
  | { kind: 'refused'; fault: UserFault }
  /** The request failed as a whole though the site is well. `batch`: how many users shared it. */
  | { kind: 'unknown'; batch: number; code: string }

/**
 * Hashing a password is a twentieth of a second of PHP even on a fast machine: a request of 25 creates on a small host would come near
 * the time that a request may take, while the start of PHP that a larger one saves is nothing beside it.
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
  await Promise.all(
    requestsOf(cases, lane.site.batchSize()).map(async (request) => {
      if (fault || others.length > 0) return
      try {
        for (const [index, answer] of (await lane.site.write(request.map(asWrite))).entries())
          answers.set(request[index]!, read(answer))
      } catch (error) {
        if (!(error instanceof SiteFault)) others.push(error)
        else if (!(await isWell(lane, error))) fault ??= error
        else for (const one of request) answers.set(one, { kind: 'unknown', batch: request.length, code: error.reason })
      }
    }),
  )
  // Only now: no request may outlive the lane that sent it.
  if (others.length > 0) throw others[0]
  for (const one of cases)
    if (one.plan.account && !hasValues(one)) answers.set(one, { kind: 'written', account: one.plan.account })
  return { answers, fault }
}

/** Groups of at most `size`, smaller ones of creates and for users whose last request failed as a whole. */
function requestsOf(cases: readonly WriteCase[], size: number): WriteCase[][] {
  const requests: WriteCase[][] = []
  const open = new Map<number, WriteCase[]>()
  for (const one of cases) {
    if (one.plan.account && !hasValues(one)) continue
    const most = Math.min(size, one.look.batch, one.plan.account ? size : createsPerRequest)
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

function asWrite({ plan, attempt }: WriteCase): SiteWrite {
  return plan.account
    ? { kind: 'update', attempt, id: plan.account.id, fields: plan.values }
    : { kind: 'create', attempt, username: plan.username, fields: plan.values }
}

function read(answer: SiteAnswer): WriteAnswer {
  return answer.ok ? { kind: 'written', account: answer.user } : { kind: 'refused', fault: answer.fault }
}

/** A site that answers `users/me` is well: then the request was the trouble. */
async function isWell(lane: Lane, fault: SiteFault): Promise<boolean> {
  if (!blamable.has(fault.reason)) return false
  try {
    await lane.site.probe()
    return true
  } catch {
    return false
  }
}

function hasValues(one: WriteCase): boolean {
  return Object.keys(one.plan.values).length > 0
}
