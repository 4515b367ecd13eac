import * as z from 'zod'
import { RetryLater, Terminal } from '../domain/faults.ts'
import type { Asked } from './classify-graph-fault.ts'
import type { GraphClient } from './client.ts'
import { isObjectId } from './object-id.ts'
import { sendMany } from './send-many.ts'
import { settleAnswer } from './settle-answer.ts'

const permission = 'GroupMember.Read.All'
const groupSchema = z.object({ id: z.string(), visibility: z.string().nullish() })
const membersSchema = z.object({ value: z.array(z.unknown()) })

/** That the tenant doesn't have these groups: never the same as groups without members. */
export const groupMissing = (groups: readonly string[]): Terminal =>
  new Terminal(
    'group-missing',
    `The tenant has no ${groups.length > 1 ? 'groups' : 'group'} ${groups.join(', ')}, but SYNC_CONFIG names ${groups.length > 1 ? 'them' : 'it'} in scope.groups or roles.rules. ` +
      `Correct the ${groups.length > 1 ? 'ids' : 'id'} there, or take ${groups.length > 1 ? 'them' : 'it'} out. Until then nothing is synced, nobody is removed and nobody loses a role.`,
  )

/**
 * Every group exists, and its members can be seen.
 * @throws Terminal `group-missing`; `permission-missing` where a group hides its members from the app
 * @throws RetryLater where a group could not be asked for and no other is missing
 */
export async function checkGroups(graph: GraphClient, groups: readonly string[]): Promise<void> {
  const unique = [...new Set(groups)]
  const missing = unique.filter((group) => !isObjectId(group))
  const wanted = unique.filter(isObjectId)
  const answers = await sendMany(
    graph,
    wanted.map((group) => ({ url: `/groups/${group}?$select=id,visibility` })),
  )
  const hidden: string[] = []
  let fault: RetryLater | null = null
  for (const [index, group] of wanted.entries()) {
    const answer = settleAnswer(answers[index], { what: 'a group by id', kind: 'read', permission }, groupSchema)
    if (answer instanceof RetryLater) fault ??= answer
    else if (answer === null) missing.push(group)
    else if (answer.visibility === 'HiddenMembership') hidden.push(group)
  }
  if (missing.length > 0) throw groupMissing(missing)
  if (fault) throw fault
  await checkHidden(graph, hidden)
}

/**
 * Without Member.Read.Hidden such a group answers 200 and no members, and is in nobody's checkMemberGroups: an empty
 * answer proves nothing. https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3655
 */
async function checkHidden(graph: GraphClient, groups: readonly string[]): Promise<void> {
  const asked: Asked = { what: 'the members of a group', kind: 'read', permission: 'Member.Read.Hidden' }
  const answers = await sendMany(
    graph,
    groups.map((group) => ({ url: `/groups/${group}/members?$select=id&$top=1` })),
  )
  for (const [index, group] of groups.entries()) {
    const answer = settleAnswer(answers[index], asked, membersSchema)
    if (answer instanceof RetryLater) throw answer
    if (answer === null) throw groupMissing([group])
    if (answer.value.length === 0)
      throw new Terminal(
        'permission-missing',
        `The group ${group} hides its members, and Graph shows none: grant the app (or its managed identity) the application permission Member.Read.Hidden, or take the group out of scope.groups and roles.rules in SYNC_CONFIG. Until then nobody is removed.`,
      )
  }
}
