import * as z from 'zod'
import { RetryLater, Terminal } from '../domain/faults.ts'
import type { Directory } from '../sync/ports/directory.ts'
import { checkGroups } from './check-groups.ts'
import { createGraphClient } from './client.ts'
import { createAccessTokens, createCredential, type CredentialSettings } from './credential.ts'
import { directReports } from './direct-reports.ts'
import { findExisting } from './find-existing.ts'
import { findId } from './find-id.ts'
import { listUsers } from './list-users.ts'
import { parseAnswer } from './parse-answer.ts'
import { readAppRoles } from './read-app-roles.ts'
import { readDelta } from './read-delta.ts'
import { readGroupsDelta } from './read-groups-delta.ts'
import { groupMembers, nestedGroups } from './read-members.ts'
import { readMemberships } from './read-memberships.ts'
import { readPhotoTags } from './read-photo-tags.ts'
import { readPhotos } from './read-photos.ts'
import { readUsers } from './read-users.ts'

export type DirectorySettings = CredentialSettings & {
  /** `https://graph.microsoft.com`, a national cloud's, or a simulated directory's; https only. */
  baseUrl: string
  /** Of one request, in milliseconds. */
  timeout?: number
  /** Milliseconds for an id that Graph could not answer and gave no Retry-After for. */
  defaultWait?: number
}

const organizationSchema = z.object({ value: z.tuple([z.object({ id: z.string().min(1) })]) })

/** The tenant behind Graph. Nothing is asked before the first call; throws `Terminal` for settings that can't work. */
export function createDirectory(settings: DirectorySettings): Directory {
  const { timeout = 30_000, defaultWait = 30_000 } = settings
  const url = URL.parse(settings.baseUrl)
  // The client library neither signs nor keeps an http address.
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw new Terminal(
      'invalid-setting',
      'GRAPH_BASE_URL must be an https address without a path, such as https://graph.microsoft.com.',
    )
  const tokens = createAccessTokens(() => createCredential(settings), `${url.origin}/.default`, timeout)
  const graph = createGraphClient(url.origin, tokens, timeout)
  return {
    async organizationId() {
      const asked = { what: 'organization', kind: 'read' as const, permission: 'Organization.Read.All' }
      return parseAnswer(await graph.get('/organization?$select=id'), asked, organizationSchema).value[0].id
    },
    async countUsers() {
      try {
        // An advanced query: https://learn.microsoft.com/graph/aad-advanced-queries
        const answer = await graph.get('/users/$count', { ConsistencyLevel: 'eventual' })
        return answer.status === 200 && /^\d+$/.test(answer.text.trim()) ? Number(answer.text) : null
      } catch (error) {
        if (error instanceof RetryLater) return null
        throw error
      }
    },
    idOf: (userPrincipalName) => findId(graph, userPrincipalName),
    deltaPage: (link, select) => readDelta(graph, link, select),
    listPage: (link, select) => listUsers(graph, link, select),
    existing: (ids) => findExisting(graph, ids),
    memberships: (ids, groups) => readMemberships(graph, ids, groups, defaultWait),
    checkGroups: (groups) => checkGroups(graph, groups),
    groupMembers: (group, depth) => groupMembers(graph, group, depth),
    appRoleAssignments: (app) => readAppRoles(graph, app),
    nestedGroups: (group) => nestedGroups(graph, group),
    groupsPage: (link) => readGroupsDelta(graph, link),
    photoTags: (ids) => readPhotoTags(graph, ids, defaultWait),
    photos: (ids, size) => readPhotos(graph, ids, size, defaultWait),
    directReports: (ids) => directReports(graph, ids),
    usersById: (ids, select) => readUsers(graph, ids, select, defaultWait),
  }
}
