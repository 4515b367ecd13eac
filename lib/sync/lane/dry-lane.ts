import { noFields, type FieldValues, type SiteUser } from '../../domain/site-user.ts'
import type { Site, SiteAnswer, SiteWrite, UserFault } from '../ports/site.ts'
import type { AuditStore, LinkStore, LinkWrite } from '../ports/store.ts'
import type { LookResult } from './case.ts'
import { imaginedPost } from './imagined-post.ts'
import { imaginedIn, type Imagined } from './imagined.ts'
import type { Lane } from './lane.ts'

/**
 * The lane for a dry run: the same steps, but links, guard and site can only be read. It is here that nothing is written, not in ifs
 * around each write. The audit is real; its rows lie apart.
 * @param cycle the dry run, so that its chunks know of each other; null = a look that is alone
 */
export function dryLane(lane: Lane, cycle: string | null = null): Lane {
  const { context } = lane
  const imagined = cycle === null ? null : imaginedIn(lane, cycle)
  const { links, audit } = context.stores
  const stores = { ...context.stores, links: readOnlyLinks(links, imagined), audit: withoutImagined(audit) }
  const site = readOnlySite(lane.site, imagined)
  return { ...lane, context: { ...context, stores }, site, reserved: imagined?.reserved ?? new Set() }
}

/** A look that writes nothing has nothing to wait for: a retry or a due time is the real one's. */
export function dryResult(result: LookResult): LookResult {
  if (result.kind === 'later') return { kind: 'done', status: result.status }
  return result.kind === 'again' && result.status !== null ? { kind: 'done', status: result.status } : result
}

function readOnlyLinks(links: LinkStore, imagined: Imagined | null): LinkStore {
  const kept = (writes: readonly LinkWrite[]) => {
    for (const { link, reverse, handover } of writes)
      if (link.wordpressId !== null && (reverse || handover)) imagined?.owners.set(link.wordpressId, link)
    return Promise.resolve({
      etags: new Map(writes.map(({ link, etag }) => [link.objectId, etag ?? 'dry'])),
      lost: new Set<string>(),
    })
  }
  return {
    ...links,
    ownerOf: async (site, id) => imagined?.owners.get(id) ?? (await links.ownerOf(site, id)),
    write: (_site, writes) => kept(writes),
    writeGuarded: (_site, writes) => kept(writes),
    writeGuard: () => Promise.resolve(),
    decide: () => Promise.resolve({ lost: new Set<string>() }),
    scheduleLook: () => Promise.resolve(),
    removeLooks: () => Promise.resolve(),
  }
}

/** Nobody is told the id of an account that there isn't. */
function withoutImagined(audit: AuditStore): AuditStore {
  return {
    ...audit,
    write: (rows) =>
      audit.write(rows.map((row) => ({ ...row, wordpressId: (row.wordpressId ?? 0) < 0 ? null : row.wordpressId }))),
  }
}

/** Answers writes as the site would: whose login or address exists there is looked up instead of tried. */
function readOnlySite(site: Site, imagined: Imagined | null): Site {
  const findByEmail = async (email: string) => {
    const onSite = await site.findByEmail(email)
    return imagined ? imagined.byEmail(email, onSite) : onSite
  }
  const findByUsername = async (username: string) =>
    imagined?.byUsername(username) ?? (await site.findByUsername(username))
  const answer = async (write: SiteWrite): Promise<SiteAnswer> => {
    if (write.kind === 'delete' || write.kind === 'join') return { ok: true, user: shown(write.id, '', {}) }
    const { email } = write.fields
    const owner = email === undefined ? null : await findByEmail(email)
    if (owner && (write.kind === 'create' || owner.id !== write.id)) return taken('email-taken', 'existing_user_email')
    if (write.kind === 'update') {
      if (email !== undefined) imagined?.move(write.id, email)
      return { ok: true, user: shown(write.id, '', write.fields) }
    }
    const { username, fields, roles = [] } = write
    if (await findByUsername(username)) return taken('username-taken', 'existing_user_login')
    const user = shown(0, username, fields)
    return { ok: true, user: { ...(imagined?.add(username, user.fields) ?? user), roles } }
  }
  const untouched = () => Promise.resolve({ ok: true } as const)
  return {
    ...site,
    findByEmail,
    findByUsername,
    write: (writes) => Promise.all(writes.map(answer)),
    writePhoto: untouched,
    removePhoto: untouched,
    writeSettings: () => Promise.resolve(true),
    writePosts: (writes) => Promise.resolve(writes.map(imaginedPost)),
  }
}

function taken(kind: UserFault['kind'], code: string): SiteAnswer {
  return { ok: false, fault: { kind, status: 500, code, params: [] } }
}

function shown(id: number, username: string, values: FieldValues): SiteUser {
  const fields = { ...noFields, ...values }
  return { id, username, fields, roles: [], registeredAt: 0, suspended: null, markedFor: null }
}
