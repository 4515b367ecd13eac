import type { DirectoryUser, LookUp } from '../../domain/directory-user.ts'
import type { Photo, PhotoSize } from '../../domain/photo.ts'

/** One page of the users stream. A page can be empty and still have a nextLink; an id can repeat on any page. */
export type DeltaPage = {
  users: DirectoryUser[]
  removed: { id: string; reason: 'changed' | 'deleted' }[]
  /** Exactly one of the two is a string. Opaque. */
  nextLink: string | null
  deltaLink: string | null
}

/** One page of the groups stream: members that were added to or removed from a group, each with what it is. */
export type GroupsPage = {
  /** A group can repeat on any page with other members. `removed`: the group itself is gone. */
  changes: { group: string; removed: boolean; users: string[]; groups: string[] }[]
  /** Exactly one of the two is a string. Opaque. */
  nextLink: string | null
  deltaLink: string | null
}

/** Somebody, or a group, is assigned the app role of this value. */
export type AppRoleAssignment = { kind: 'user' | 'group'; id: string; value: string }

/** The delta token is no longer good (410, `resyncRequired`, `syncStateNotFound`, an expired nextLink): enumerate again in full. */
export class DirectoryReset extends Error {
  override readonly name = 'DirectoryReset'
}

/** Reading one tenant. Throws `RetryLater` (throttled, network, 5xx) and `Terminal` (credentials, permissions, delta not supported). */
export type Directory = {
  /** `organization.id`: the tenant that the credential really belongs to. */
  organizationId(): Promise<string>
  /** Number of users in the tenant, or null where it can't be had cheaply. For progress only. */
  countUsers(): Promise<number | null>
  /** The object id of whoever has this user principal name now; null = nobody, or somebody soft-deleted. */
  idOf(userPrincipalName: string): Promise<string | null>
  /** The page behind `link`; `null` starts an enumeration of all users with `select` as the properties. */
  deltaPage(link: string | null, select: readonly string[]): Promise<DeltaPage>
  /**
   * The same for tenants without delta queries (`deltaPage` throws Terminal `delta-not-supported`): people as they are, 999 a page.
   * deltaLink is always null, and nextLink on the last page.
   */
  listPage(link: string | null, select: readonly string[]): Promise<DeltaPage>
  /** Which of these ids are objects of the directory now (soft-deleted ones are not): 1,000 a request. Existence only. */
  existing(ids: readonly string[]): Promise<Set<string>>
  /**
   * Which of `groups` (any number) each person is in, nested memberships too. Ids whose own item failed are in `later` with the
   * milliseconds to wait. A group that doesn't exist is in nobody's answer: ask `checkGroups` before believing that somebody is in none.
   */
  memberships(
    ids: readonly string[],
    groups: readonly string[],
  ): Promise<{ found: Map<string, string[]>; later: Map<string, number> }>
  /**
   * The tag of each person's photo now, null = they have none. Ids whose own answer failed are in `later` with the milliseconds to wait;
   * who is in neither can't be told of (the directory doesn't know them, or shows them to nobody), and nothing follows from it.
   * @throws Terminal `photos-not-supported`, `permission-missing`: of nobody can anything be told
   */
  photoTags(ids: readonly string[]): Promise<{ found: Map<string, string | null>; later: Map<string, number> }>
  /** The photos themselves in this size, or in the largest that there is where all are smaller. As {@link photoTags} in everything else. */
  photos(
    ids: readonly string[],
    size: PhotoSize,
  ): Promise<{ found: Map<string, Photo | null>; later: Map<string, number> }>
  /** @throws Terminal `group-missing` naming the groups that the tenant doesn't have */
  checkGroups(groups: readonly string[]): Promise<void>
  /**
   * Object ids of the users in a group, nested ones too or direct ones only, a page (999) at a time.
   * @throws Terminal `group-missing`
   */
  groupMembers(group: string, depth?: 'direct' | 'transitive'): AsyncIterable<string[]>
  /**
   * Users and groups that are assigned app roles with these values of an application, a page (999) at a time; of a group only direct
   * members have the role. It may lag behind for a while.
   * @throws Terminal `application-missing`; `app-role-missing` where the application has no app role with one of these values
   */
  appRoleAssignments(app: { clientId: string; values: readonly string[] }): AsyncIterable<AppRoleAssignment[]>
  /** Object ids of the groups in a group, nested ones too. @throws Terminal `group-missing` */
  nestedGroups(group: string): Promise<string[]>
  /** The page of groups/delta with members behind `link`; `null` asks for a deltaLink from now on, without data. @throws DirectoryReset */
  groupsPage(link: string | null): Promise<GroupsPage>
  /** Object ids of those whose manager is one of these people. @throws RetryLater */
  directReports(ids: readonly string[]): Promise<string[]>
  /**
   * Reads people by id, any number. What was selected is there, if only as null; `manager` as lib/domain/manager.ts says. Ids whose own item failed (throttled, 5xx) are in `later` with the milliseconds to wait;
   * every other id is in `found`: present, soft-deleted or absent, each established by a complete and successful answer.
   */
  usersById(
    ids: readonly string[],
    select: readonly string[],
  ): Promise<{ found: Map<string, LookUp>; later: Map<string, number> }>
}
