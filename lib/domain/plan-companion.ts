import { hashMarks, marksDiffer, type CompanionValues, type SignOnMarks } from './companion.ts'
import type { Change } from './link.ts'
import type { LeavingPlan, Plan, PlanInput } from './plan.ts'
import type { SiteUser } from './site-user.ts'
import { writePlan, type WritePlan } from './write-plan.ts'

type Input = Pick<PlanInput, 'link' | 'account' | 'takeOver' | 'standing' | 'isProtected' | 'marks'>

/**
 * The plan with what goes to the companion plugin in the same request: the suspension, and the marks for single sign-on. Without the
 * plugin (`suspended` null, `marks` null) it is the plan as it was.
 */
export function withCompanion(plan: Plan, input: Input): Plan {
  switch (plan.verb) {
    case 'create':
    case 'adopt':
    case 'update':
    case 'restore':
      return plan.account?.outside ? plan : withCompanionValues(plan, input)
    case 'nothing': {
      const { account } = input
      if (!account || input.standing.kind !== 'here') return plan
      const update = withCompanionValues(
        writePlan('update', account, account.username, {}, account.roles, plan.hashes),
        input,
      )
      return update.changes.length > 0 ? update : { ...plan, hashes: update.hashes }
    }
    case 'suspend':
      return plan.account?.suspended === false ? withFlag(plan, plan.account) : plan
    case 'refuse':
      return flagAlone(plan, input) ?? plan
    default:
      return plan
  }
}

/** The same of a plan that writes to somebody who belongs on the site. */
export function withCompanionValues(plan: WritePlan, input: Pick<Input, 'link' | 'marks' | 'takeOver'>): WritePlan {
  const { marks, link } = input
  const { account } = plan
  const companion: CompanionValues = { ...plan.companion }
  const changes: Change[] = []
  // Whoever belongs on the site is locked out by nobody: not by a suspension of ours either that half came true.
  if (account?.suspended === true) {
    companion.suspended = false
    changes.push({ field: 'suspended', from: 'true', to: 'false' })
  }
  if (marks && (marksDiffer(link, marks) || (input.takeOver && mayLackMarks(input, account, marks)))) {
    Object.assign(companion, marks)
    changes.push({ field: 'singleSignOn', from: null, to: marks.userPrincipalName })
  }
  const hashes = marks ? { ...plan.hashes, singleSignOn: hashMarks(marks) } : plan.hashes
  if (changes.length === 0) return { ...plan, hashes }
  return { ...plan, companion, changes: [...plan.changes, ...changes], hashes }
}

/** An open intent may have written other marks, and of the three only one can be seen. */
function mayLackMarks({ link }: Pick<Input, 'link'>, account: SiteUser | null, marks: SignOnMarks): boolean {
  const intended = link.intent?.hashes.singleSignOn
  return (intended !== undefined && intended !== hashMarks(marks)) || account?.markedFor !== marks.objectId
}

function withFlag(plan: LeavingPlan, account: SiteUser): LeavingPlan {
  const change: Change = { field: 'suspended', from: String(account.suspended), to: 'true' }
  return { ...plan, flag: true, changes: [...plan.changes, change] }
}

/**
 * Somebody whose suspension is carried out, but not marked: it is older than the plugin, or somebody took the mark away. It takes nothing
 * that the deletion guard hasn't counted already. With roles in a hand's gift the account is what drift is about.
 */
function flagAlone(plan: Plan & { verb: 'refuse' }, input: Input): LeavingPlan | null {
  const { link, account, standing, isProtected } = input
  if (link.state !== 'suspended' || standing.kind !== 'leaving' || plan.leaving === null || !account) return null
  if (account.suspended !== false || account.roles.length > 0 || isProtected(account)) return null
  if (account.username.toLowerCase() !== link.login?.toLowerCase()) return null
  const { username, fields } = account
  const common = { account, username, email: fields.email, ...plan.leaving, changes: [], taken: link.roles ?? [] }
  return { ...withFlag({ verb: 'suspend', ...common }, account), again: true }
}

/** The first half of an adoption: a user of the network becomes one of the site. All else is the next look's. */
export function planJoin(verb: 'create' | 'adopt', account: SiteUser): WritePlan {
  const { username, fields } = account
  const nothing = { values: {}, roles: null, changes: [], hashes: {} }
  return { verb, account, username, email: fields.email, ...nothing, unfinished: true }
}
