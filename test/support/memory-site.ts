import { noFields, type SiteUser } from '../../lib/domain/site-user.ts'
import type { Site, SiteAnswer, SiteWrite } from '../../lib/sync/ports/site.ts'

/**
 * A site in memory, for tests of how many people flow where the accounts themselves don't matter: everything the real one would refuse but a
 * taken login or address is done.
 */
export function createMemorySite(): Site & { accounts: Map<number, SiteUser>; writes: SiteWrite[] } {
  const accounts = new Map<number, SiteUser>()
  const writes: SiteWrite[] = []
  let lastId = 0
  const find = (fits: (user: SiteUser) => boolean) => [...accounts.values()].find(fits) ?? null
  const byEmail = (email: string) => find(({ fields }) => fields.email.toLowerCase() === email.toLowerCase())
  const byUsername = (name: string) => find(({ username }) => username.toLowerCase() === name.toLowerCase())
  const gone: SiteAnswer = { ok: false, fault: { kind: 'gone', status: 404, code: 'rest_user_invalid_id', params: [] } }
  const taken = (kind: 'username-taken' | 'email-taken'): SiteAnswer => ({
    ok: false,
    fault: { kind, status: 500, code: `existing_user_${kind === 'email-taken' ? 'email' : 'login'}`, params: [] },
  })

  function apply(write: SiteWrite): SiteAnswer {
    writes.push(write)
    if (write.kind === 'create') {
      if (byUsername(write.username)) return taken('username-taken')
      if (byEmail(write.fields.email ?? '')) return taken('email-taken')
      const user: SiteUser = {
        id: ++lastId,
        username: write.username,
        fields: { ...noFields, ...write.fields },
        roles: write.roles ?? ['subscriber'],
        registeredAt: Date.now(),
        suspended: null,
        markedFor: null,
      }
      accounts.set(user.id, user)
      return { ok: true, user }
    }
    const before = accounts.get(write.id)
    if (!before || write.kind === 'join') return gone
    if (write.kind === 'delete') {
      accounts.delete(write.id)
      return { ok: true, user: before }
    }
    const owner = write.fields.email === undefined ? null : byEmail(write.fields.email)
    if (owner && owner.id !== write.id) return taken('email-taken')
    const user = { ...before, fields: { ...before.fields, ...write.fields }, roles: write.roles ?? before.roles }
    accounts.set(user.id, user)
    return { ok: true, user }
  }

  return {
    accounts,
    writes,
    discover: async () => ({
      version: '7.1',
      batch: true,
      multisite: false,
      locales: ['en_US'],
      roles: [],
      namespaces: [],
      photoTargets: [],
      companion: null,
      meta: [],
      acf: [],
      ownUserId: 0,
    }),
    probe: async () => {},
    readUsers: async (ids) => new Map(ids.flatMap((id) => (accounts.has(id) ? [[id, accounts.get(id)!]] : []))),
    findByEmail: async (email) => byEmail(email),
    findByUsername: async (username) => byUsername(username),
    batchSize: () => 25,
    write: async (asked) => asked.map(apply),
    writePhoto: async () => ({ ok: true }),
    removePhoto: async () => ({ ok: true }),
    writeSettings: async () => true,
    postTypes: async () => ({ found: new Map(), known: [] }),
    readPosts: async () => new Map(),
    findPosts: async () => new Map(),
    writePosts: async () => [],
    clockOffset: () => 0,
  }
}
