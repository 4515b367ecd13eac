import * as z from 'zod'
import { RetryLater, Terminal } from '../domain/faults.ts'
import { DirectoryReset, type AppRoleAssignment } from '../sync/ports/directory.ts'
import type { Asked } from './classify-graph-fault.ts'
import type { GraphAnswer, GraphClient } from './client.ts'
import { isObjectId } from './object-id.ts'
import { ownLink } from './own-link.ts'
import { listPageSchema } from './page-schemas.ts'
import { settleAnswer } from './settle-answer.ts'

type App = { clientId: string; values: readonly string[] }

const permission = 'Application.Read.All'
const rolesSchema = z.object({ appRoles: z.array(z.object({ id: z.string(), value: z.string().nullish() })) })
const pageSchema = listPageSchema(
  z.object({ appRoleId: z.string(), principalId: z.string().min(1), principalType: z.string() }),
)
const kinds = new Map([
  ['User', 'user'],
  ['Group', 'group'],
] as const)

/**
 * Who is assigned which app role, a page at a time; it ends only after the last page, whatever fails throws. Neither a list of one
 * person's assignments, which needs Directory.Read.All, nor a filter by role, which there isn't.
 * https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto
 */
export async function* readAppRoles(
  graph: GraphClient,
  { clientId, values }: App,
): AsyncGenerator<AppRoleAssignment[]> {
  const application = `/servicePrincipals(appId='${clientId}')`
  if (!isObjectId(clientId)) throw missing(clientId)
  const wanted = await roleIds(graph, application, { clientId, values })
  const what = 'the app role assignments of an application'
  let link: string | null = null
  do {
    // Only with the largest page does the list hold everybody: https://github.com/microsoftgraph/microsoft-graph-docs/issues/12243
    const path: string = link === null ? `${application}/appRoleAssignedTo?$top=999` : ownLink(graph, link, what)
    const page: z.infer<typeof pageSchema> | null = settled(
      await graph.get(path),
      { what, kind: link === null ? 'read' : 'page', permission },
      pageSchema,
    )
    if (page === null) throw missing(clientId)
    yield page.value.flatMap(({ appRoleId, principalId, principalType }) => {
      const value = wanted.get(appRoleId.toLowerCase())
      const kind = kinds.get(principalType as 'User')
      return value === undefined || kind === undefined ? [] : [{ kind, id: principalId.toLowerCase(), value }]
    })
    link = page['@odata.nextLink'] ?? null
  } while (link !== null)
}

/** Ids of the wanted app roles. One that isn't there is nobody's: a role that was deleted, or never was, takes nothing from anybody. */
async function roleIds(
  graph: GraphClient,
  application: string,
  { clientId, values }: App,
): Promise<Map<string, string>> {
  const asked: Asked = { what: 'an application by its client id', kind: 'read', permission }
  const found = settled(await graph.get(`${application}?$select=id,appRoles`), asked, rolesSchema)
  if (found === null) throw missing(clientId)
  const there = found.appRoles.flatMap(({ id, value }) => (value ? [{ id: id.toLowerCase(), value }] : []))
  const unknown = values.filter((value) => !there.some((role) => role.value === value))
  if (unknown.length > 0) {
    const known = there.map(({ value }) => `"${value}"`).join(', ') || 'none'
    throw new Terminal(
      'app-role-missing',
      `The application ${clientId} has no app role ${unknown.map((value) => `"${value}"`).join(', ')}, but SYNC_CONFIG names it in ` +
        `roles.rules. It has: ${known}. Correct it there, or in the app registration. Until then nothing is synced and nobody loses a role.`,
    )
  }
  return new Map(there.filter(({ value }) => values.includes(value)).map(({ id, value }) => [id, value]))
}

function missing(clientId: string): Terminal {
  return new Terminal(
    'application-missing',
    `The tenant has no enterprise application with the client id ${clientId}, but SYNC_CONFIG means its app roles. Name the right one in ` +
      'roles.application. Until then nothing is synced and nobody loses a role.',
  )
}

function settled<T>(answer: GraphAnswer, asked: Asked, schema: z.ZodType<T>): T | null {
  try {
    const body = settleAnswer(answer, asked, schema)
    if (body instanceof RetryLater) throw body
    return body
  } catch (error) {
    if (!(error instanceof DirectoryReset)) throw error
    // Only this list begins again, not the directory.
    throw new RetryLater(`The pages of ${asked.what} expired before the last one.`, null, { cause: error })
  }
}
