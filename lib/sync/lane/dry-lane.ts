import type { AccountField, FieldValues, SiteUser } from '../../domain/site-user.ts'
import type { Site, SiteAnswer, SiteWrite, UserFault } from '../ports/site.ts'
import type { LinkStore, LinkWrite } from '../ports/store.ts'
import type { LookResult } from './case.ts'
import type { Lane } from './lane.ts'

/**
 * The lane for a dry run: the same steps, but links, guard and site can only be read. It is here that nothing is written, not in ifs
 * around each write. The audit is real; its rows lie apart.
 */
export function dryLane(lane: Lane): Lane {
  const { context } = lane
  const stores = { ...context.stores, links: readOnlyLinks(context.stores.links) }
  return { ...lane, context: { ...context, stores }, site: readOnlySite(lane.site), reserved: new Set() }
}

/** A look that writes nothing has nothing to wait for: a retry or a due time is the real one's. */
export function dryResult(result: LookResult): LookResult {
  if (result.kind === 'later') return { kind: 'done', status: result.status }
  return result.kind === 'again' && result.status !== null ? { kind: 'done', status: result.status } : result
}

function readOnlyLinks(links: LinkStore): LinkStore {
  const kept = (writes: readonly LinkWrite[]) =>
    Promise.resolve({
      etags: new Map(writes.map(({ link, etag }) => [link.objectId, etag ?? 'dry'])),
      lost: new Set<string>(),
    })
  return {
    ...links,
    write: (_site, writes) => kept(writes),
    writeGuarded: (_site, writes) => kept(writes),
    writeGuard: () => Promise.resolve(),
    decide: () => Promise.resolve({ lost: new Set<string>() }),
    scheduleLook: () => Promise.resolve(),
    removeLooks: () => Promise.resolve(),
  }
}

/** Answers writes as the site would: whose login or address exists there is looked up instead of tried. */
function readOnlySite(site: Site): Site {
  const answer = async (write: SiteWrite): Promise<SiteAnswer> => {
    if (write.kind === 'delete') return { ok: true, user: shown(write.id, '', {}) }
    const { email } = write.fields
    const owner = email === undefined ? null : await site.findByEmail(email)
    if (owner && (write.kind === 'create' || owner.id !== write.id)) return taken('email-taken', 'existing_user_email')
    if (write.kind === 'update') return { ok: true, user: shown(write.id, '', write.fields) }
    if (await site.findByUsername(write.username)) return taken('username-taken', 'existing_user_login')
    return { ok: true, user: shown(0, write.username, write.fields) }
  }
  return { ...site, write: (writes) => Promise.all(writes.map(answer)) }
}

function taken(kind: UserFault['kind'], code: string): SiteAnswer {
  return { ok: false, fault: { kind, status: 500, code, params: [] } }
}

function shown(id: number, username: string, values: FieldValues): SiteUser {
  const none = {
    email: '',
    first_name: '',
    last_name: '',
    name: '',
    nickname: '',
    url: '',
    description: '',
    locale: '',
  }
  const fields: Record<AccountField, string> = { ...none, ...values }
  return { id, username, fields, roles: [], registeredAt: 0 }
}
