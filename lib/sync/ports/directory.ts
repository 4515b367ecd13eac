import type { DirectoryUser, LookUp } from '../../domain/directory-user.ts'

/** One page of the users stream. A page can be empty and still have a nextLink; an id can repeat on any page. */
export type DeltaPage = {
  users: DirectoryUser[]
  removed: { id: string; reason: 'changed' | 'deleted' }[]
  /** Exactly one of the two is a string. Opaque. */
  nextLink: string | null
  deltaLink: string | null
}

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
  /** The page behind `link`; `null` starts an enumeration of all users with `select` as the properties. */
  deltaPage(link: string | null, select: readonly string[]): Promise<DeltaPage>
  /**
   * Reads people by id, any number. Ids whose own item failed (throttled, 5xx) are in `later` with the milliseconds to wait;
   * every other id is in `found`: present, soft-deleted or absent, each established by a complete and successful answer.
   */
  usersById(
    ids: readonly string[],
    select: readonly string[],
  ): Promise<{ found: Map<string, LookUp>; later: Map<string, number> }>
}
