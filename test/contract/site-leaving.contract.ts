import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import type { SiteUser } from '../../lib/domain/site-user.ts'
import type { Site, SiteAnswer, SiteWrite } from '../../lib/sync/ports/site.ts'
import type { SiteOptions } from '../../lib/wordpress/site.ts'

/** What the port's tests share: one running WordPress and ways to ask it. */
type Scene = {
  wordpress: WordPressSite
  connect(options: Partial<SiteOptions>): Site
  /** As many requests as the site needs. */
  write(writes: SiteWrite[]): Promise<SiteAnswer[]>
  json(code: string): Promise<unknown>
}

/** Roles and deletions, as `lib/sync` relies on them. */
export function leavingContract(scene: () => Scene): void {
  let made = 0
  const create = (roles?: string[]): SiteWrite => {
    const username = `leaver-${++made}`
    const fields = { email: `${username}@people.test`, first_name: 'Ann' }
    return { kind: 'create', attempt: 'a', username, fields, ...(roles === undefined ? {} : { roles }) }
  }
  const update = (id: number, roles?: string[], first_name = 'Bob'): SiteWrite => ({
    ...{ kind: 'update', attempt: 'a', id, fields: { first_name } },
    ...(roles === undefined ? {} : { roles }),
  })
  const remove = (id: number, reassign: number): SiteWrite => ({ kind: 'delete', attempt: 'a', id, reassign })
  const written = async (one: SiteWrite): Promise<SiteUser> => {
    const [answer] = await scene().write([one])
    if (answer?.ok) return answer.user
    throw new Error(`not written: ${JSON.stringify(answer)}`)
  }
  const told = (answers: SiteAnswer[]) =>
    answers.map((answer) =>
      answer.ok ? answer.user.username : [answer.fault.kind, answer.fault.code, ...answer.fault.params],
    )
  const rolesNow = (id: number) => scene().json(`array_values( get_userdata( ${id} )->roles )`)

  describe('roles', () => {
    it('are the given ones on a create, none for none, else the site’s default', async () => {
      expect(await written(create(['editor', 'author']))).toMatchObject({ roles: ['editor', 'author'] })
      const without = await written(create([]))
      expect([without.roles, await rolesNow(without.id)]).toEqual([[], []])
      expect(await written(create())).toMatchObject({ roles: ['subscriber'] })
    })

    it('are replaced, taken, given back, or left alone on an update', async () => {
      const user = await written(create(['editor', 'author']))
      expect((await written(update(user.id))).roles).toEqual(['editor', 'author'])
      expect((await written(update(user.id, ['contributor']))).roles).toEqual(['contributor'])
      expect(await written(update(user.id, [], 'Gone'))).toMatchObject({ roles: [], fields: { first_name: 'Gone' } })
      expect(await rolesNow(user.id)).toEqual([])
      expect(await written({ kind: 'update', attempt: 'a', id: user.id, fields: {}, roles: ['editor'] })).toEqual({
        ...user,
        fields: { ...user.fields, first_name: 'Gone' },
        roles: ['editor'],
      })
    })

    it('that the site doesn’t have, or that the credential may not give, are refused with nothing written', async () => {
      const user = await written(create(['author']))
      const own = await scene().json(`get_user_by( 'login', '${scene().wordpress.username}' )->ID`)
      const answers = await scene().write([
        create(['no-such-role']),
        update(user.id, ['author', 'no-such-role']),
        // Nobody may take the administrator's rights from themselves: core's own case of a role that may not be given.
        update(Number(own), ['subscriber']),
        update(user.id, ['editor']),
      ])
      const refused = ['invalid', 'rest_user_invalid_role', 'roles']
      expect(told(answers)).toEqual([refused, refused, refused, user.username])
      expect(answers.map((answer) => (answer.ok ? 200 : answer.fault.status))).toEqual([400, 400, 403, 200])
      expect(await rolesNow(Number(own))).toEqual(['administrator'])
      expect(await scene().json(`username_exists( 'leaver-${made}' )`)).toBe(false)
    })
  })

  describe('deleting', () => {
    it('answers the account as it was, gives its content to another and leaves nothing', async () => {
      const [heir, user] = [await written(create()), await written(create(['editor', 'author']))]
      const post = Number(
        await scene().json(
          `wp_insert_post( array( 'post_title' => 'Kept', 'post_status' => 'publish', 'post_author' => ${user.id} ) )`,
        ),
      )
      expect(await scene().write([remove(user.id, heir.id)])).toEqual([{ ok: true, user }])
      expect(await scene().json(`get_userdata( ${user.id} )`)).toBe(false)
      expect(await scene().json(`array( get_post_status( ${post} ), (int) get_post( ${post} )->post_author )`)).toEqual(
        ['publish', heir.id],
      )
    })

    it('of an account that is gone, or to one that isn’t there, is a fault of that account', async () => {
      const [heir, user] = [await written(create()), await written(create())]
      const answers = await scene().write([
        remove(4_000_000, heir.id),
        remove(user.id, 4_000_000),
        remove(user.id, user.id),
        remove(user.id, 0),
        remove(user.id, heir.id),
        remove(user.id, heir.id),
      ])
      const gone = ['gone', 'rest_user_invalid_id']
      const nobody = ['invalid', 'rest_user_invalid_reassign', 'reassign']
      expect(told(answers)).toEqual([gone, nobody, nobody, nobody, user.username, gone])
    })

    it('mixed with creates and updates keeps the order of the answers', async () => {
      const [heir, first, second] = [await written(create()), await written(create()), await written(create())]
      const added = create(['author'])
      const answers = await scene().write([
        remove(first.id, heir.id),
        added,
        update(first.id),
        update(second.id, []),
        remove(second.id, heir.id),
        update(heir.id, ['editor']),
      ])
      expect(told(answers)).toEqual([
        first.username,
        `leaver-${made}`,
        ['gone', 'rest_user_invalid_id'],
        second.username,
        second.username,
        heir.username,
      ])
      // As it was when it went: the update before it in the same request had been applied.
      expect(answers[4]).toMatchObject({ user: { roles: [], fields: { first_name: 'Bob' } } })
    })

    it('that the credential may not do tells WordPress’ code', async () => {
      const [heir, user] = [await written(create()), await written(create())]
      const applicationPassword = await scene().json(`( function () {
        $may = array_diff_key( get_role( 'administrator' )->capabilities, array( 'delete_users' => true ) );
        add_role( 'no_deleter', 'No deleter', $may );
        $id = wp_insert_user( array( 'user_login' => 'no-deleter', 'user_email' => 'no-deleter@people.test', 'user_pass' => wp_generate_password( 40 ), 'role' => 'no_deleter' ) );
        return WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'test' ) )[0];
      } )()`)
      const site = scene().connect({ username: 'no-deleter', applicationPassword: String(applicationPassword) })
      await site.discover()
      expect(told(await site.write([remove(user.id, heir.id)]))).toEqual([['forbidden', 'rest_user_cannot_delete']])
      expect(told(await site.write([update(user.id)]))).toEqual([user.username])
    })

    it('is the site’s fault where the credential stopped working', async () => {
      const { wordpress, connect } = scene()
      const [heir, user] = [await written(create()), await written(create())]
      const site = connect({})
      await site.discover()
      await wordpress.setConditions(['authorization-stripped'])
      try {
        const writing = site.write([remove(user.id, heir.id)])
        await expect(writing).rejects.toMatchObject({ reason: 'wrong-credentials', status: 401 })
      } finally {
        await wordpress.setConditions([])
      }
      expect(await scene().json(`get_userdata( ${user.id} )->user_login`)).toBe(user.username)
    })
  })

  describe('the journal of a proxy', () => {
    let proxy: RecordingProxy
    beforeAll(async () => {
      proxy = await startRecordingProxy(scene().wordpress.url)
    })
    afterAll(() => proxy?.stop())

    it('holds every write with its attempt and the site’s own answer to it, cut connections too', async () => {
      const [heir, user] = [await written(create()), await written(create())]
      const site = scene().connect({ url: proxy.url })
      await site.discover()
      await proxy.reset()
      const writes = [create(), update(user.id, []), remove(user.id, heir.id), remove(user.id, heir.id)].map(
        (one, index) => ({ ...one, attempt: `attempt-${index}` }),
      )
      const requests = site.batchSize() > 1 ? [writes] : writes.map((one) => [one])
      for (const request of requests) {
        await proxy.setFault({ kind: 'cut-after', requests: 1 })
        await expect(site.write(request)).rejects.toMatchObject({ reason: 'unreachable' })
      }
      expect(proxy.requests.flatMap((recorded) => recorded.writes)).toEqual([
        { attempt: 'attempt-0', method: 'POST', path: '/wp/v2/users', status: 201 },
        { attempt: 'attempt-1', method: 'POST', path: `/wp/v2/users/${user.id}`, status: 200 },
        { attempt: 'attempt-2', method: 'DELETE', path: `/wp/v2/users/${user.id}`, status: 200 },
        { attempt: 'attempt-3', method: 'DELETE', path: `/wp/v2/users/${user.id}`, status: 404 },
      ])
      expect(proxy.requests.map(({ status }) => status)).toEqual(requests.map(() => 0))
    })
  })
}
