import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startRecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { canonicalField } from '../../lib/domain/canonical-field.ts'
import { SiteFault } from '../../lib/domain/faults.ts'
import type { FieldValues, SiteUser } from '../../lib/domain/site-user.ts'
import type { Site, SiteAnswer, SiteWrite } from '../../lib/sync/ports/site.ts'
import { createSite, type SiteOptions } from '../../lib/wordpress/site.ts'
import { leavingContract } from './site-leaving.contract.ts'
import { awkwardTexts, savedValues, urlValues } from './saved-values.ts'

/**
 * What `lib/sync` relies on, against a real WordPress.
 *
 * @param expected.batch whether this WordPress takes users in batches (6.6 and later)
 */
export function siteContract(name: string, start: () => Promise<WordPressSite>, expected: { batch: boolean }): void {
  describe(`the site port on ${name}`, () => {
    let wordpress: WordPressSite
    let site: Site
    let made = 0

    const connect = (options: Partial<SiteOptions> = {}): Site =>
      createSite({
        url: wordpress.url,
        username: wordpress.username,
        applicationPassword: wordpress.applicationPassword,
        requestTimeout: 60_000,
        concurrency: 4,
        ...options,
      })
    const create = (fields: FieldValues = {}, username = `person-${++made}`): SiteWrite => {
      return { kind: 'create', attempt: 'a', username, fields: { email: `${username}@people.test`, ...fields } }
    }
    const update = (id: number, fields: FieldValues): SiteWrite => ({ kind: 'update', attempt: 'a', id, fields })
    /** As many requests as the site needs. */
    const write = async (writes: SiteWrite[]): Promise<SiteAnswer[]> => {
      const size = site.batchSize()
      const answers: SiteAnswer[] = []
      for (let from = 0; from < writes.length; from += size)
        answers.push(...(await site.write(writes.slice(from, from + size))))
      return answers
    }
    const written = async (one: SiteWrite): Promise<SiteUser> => userOf((await write([one]))[0])
    const json = async (code: string): Promise<unknown> =>
      JSON.parse(await wordpress.php(`echo json_encode( ${code} );`))

    beforeAll(async () => {
      wordpress = await start()
      site = connect()
      await site.discover()
    }, 600_000)
    afterEach(() => wordpress.setConditions([]))
    afterAll(() => wordpress?.stop(), 60_000)

    describe('discovery', () => {
      it('tells version, batch, namespaces, locales and the own account', async () => {
        const own = await json(`get_user_by( 'login', '${wordpress.username}' )->ID`)
        const found = await connect().discover()
        expect(found).toMatchObject({ version: wordpress.version, batch: expected.batch, multisite: false, roles: [] })
        expect(found.ownUserId).toBe(own)
        expect(found.namespaces).toContain('wp/v2')
        expect(found.locales).toContain('en_US')
        expect(found.locales).not.toContain('')
        expect(new Set(found.locales)).toEqual(
          new Set(['en_US', ...((await json('get_available_languages()')) as string[])]),
        )
        expect(site.batchSize()).toBe(expected.batch ? 25 : 1)
      })

      it.each(['/', '//', '/wp-json', '/wp-json/', '/?x=1#y'])(
        'takes the address with %s behind it',
        async (behind) => {
          await expect(connect({ url: wordpress.url + behind }).probe()).resolves.toBeUndefined()
        },
      )

      it('works with plain permalinks, and after they changed', async () => {
        const before = await json(`get_option( 'permalink_structure' )`)
        const permalinks = (structure: string) =>
          wordpress.php(`$GLOBALS['wp_rewrite']->set_permalink_structure( '${structure}' ); flush_rewrite_rules();`)
        try {
          await permalinks('')
          // A root that was found earlier is gone: told once, then looked for anew.
          await expect(site.probe()).rejects.toThrow(SiteFault)
          await expect(site.probe()).resolves.toBeUndefined()
          const plain = connect()
          expect(await plain.discover()).toMatchObject({ batch: expected.batch })
          const user = userOf((await plain.write([create({ first_name: 'Plain' })]))[0])
          expect((await plain.readUsers([user.id])).get(user.id)).toEqual(user)
        } finally {
          await permalinks(String(before))
        }
        await expect(site.probe()).resolves.toBeUndefined()
      })

      it('knows the site’s clock', () => {
        expect(Math.abs(site.clockOffset())).toBeLessThan(5000)
      })
    })

    describe('a credential or a site that doesn’t work', () => {
      const reasonOf = async (faulty: Site): Promise<string[]> => {
        const reasons: string[] = []
        for (const ask of [
          () => faulty.discover(),
          () => faulty.probe(),
          () => faulty.readUsers([1]),
          () => faulty.write([create()]),
        ]) {
          const fault: unknown = await ask().catch((error: unknown) => error)
          expect(fault).toBeInstanceOf(SiteFault)
          // vitest can't narrow; the line above failed otherwise.
          if (!(fault instanceof SiteFault)) continue
          reasons.push(fault.reason)
          const told = inspect(fault, { depth: 20, showHidden: true })
          expect(told).not.toContain(wordpress.applicationPassword)
          expect(told).not.toMatch(/Basic [A-Za-z0-9+/=]{8}/)
          expect(told).not.toContain('people.test')
        }
        return [...new Set(reasons)]
      }
      const accounts = () => json(`(int) $GLOBALS['wpdb']->get_var( "SELECT COUNT(*) FROM {$GLOBALS['wpdb']->users}" )`)

      it('is told as wrong credentials for a wrong password or username', async () => {
        expect(await reasonOf(connect({ applicationPassword: 'abcd efgh ijkl mnop qrst uvwx' }))).toEqual([
          'wrong-credentials',
        ])
        expect(await reasonOf(connect({ username: 'nobody' }))).toEqual(['wrong-credentials'])
      })

      it('is told as wrong credentials, with the other cause, where the header is stripped', async () => {
        await wordpress.setConditions(['authorization-stripped'])
        expect(await reasonOf(connect())).toEqual(['wrong-credentials'])
        await expect(site.probe()).rejects.toThrow(/drop the Authorization header/)
      })

      it('is the site’s fault, not the users’, where the credential stops working between two writes', async () => {
        const user = await written(create())
        await wordpress.setConditions(['authorization-stripped'])
        const before = await accounts()
        const writes = [create(), update(user.id, { first_name: 'No' }), update(4_000_000, { first_name: 'No' })]
        const some = writes.slice(0, site.batchSize())
        await expect(site.write(some)).rejects.toMatchObject({ reason: 'wrong-credentials', status: 401 })
        expect(await accounts()).toBe(before)
      })

      it('is told as application passwords being off', async () => {
        const asked = connect()
        await asked.discover()
        await wordpress.setConditions(['application-passwords-off'])
        expect(await reasonOf(connect())).toEqual(['application-passwords-off'])
        // Also by a site that was asked before: its REST API was found then.
        expect(await reasonOf(asked)).toEqual(['application-passwords-off'])
      })

      it('is told as a closed REST API', async () => {
        await wordpress.setConditions(['rest-closed'])
        expect(await reasonOf(connect())).toEqual(['rest-closed'])
      })

      it('is told as missing capabilities, by name', async () => {
        const password = await json(`( function () {
          $id = wp_insert_user( array( 'user_login' => 'mere-editor', 'user_email' => 'mere-editor@people.test', 'user_pass' => wp_generate_password( 40 ), 'role' => 'editor' ) );
          return WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'test' ) )[0];
        } )()`)
        const editor = connect({ username: 'mere-editor', applicationPassword: String(password) })
        await expect(editor.discover()).rejects.toMatchObject({ reason: 'missing-capabilities' })
        await expect(editor.discover()).rejects.toThrow('list_users, create_users, edit_users')
        await expect(editor.readUsers([1])).rejects.toMatchObject({ reason: 'missing-capabilities', status: 403 })
        await expect(editor.findByEmail('a@people.test')).rejects.toMatchObject({ reason: 'missing-capabilities' })
        await expect(editor.write([create()])).rejects.toMatchObject({ reason: 'missing-capabilities' })
      })

      it('is unreachable while it is down and works again afterwards', async () => {
        await wordpress.pause()
        try {
          await expect(site.probe()).rejects.toMatchObject({ reason: 'unreachable', status: null })
        } finally {
          await wordpress.resume()
        }
        await expect(site.probe()).resolves.toBeUndefined()
      })
    })

    describe('writing', () => {
      it('creates an account with every field', async () => {
        const before = Date.now() + site.clockOffset()
        const fields: FieldValues = {
          email: 'all@people.test',
          first_name: 'Zoë',
          last_name: 'Łukasiewicz',
          name: 'Zoë Ł.',
          nickname: 'zoe',
          url: 'https://people.test/zoe',
          description: 'Line 1\nLine 2',
          locale: 'en_US',
        }
        const user = await written(create(fields, 'all.fields'))
        expect(user).toMatchObject({ username: 'all.fields', fields, roles: ['subscriber'] })
        expect(Math.abs(user.registeredAt - before)).toBeLessThan(30_000)
        expect(user.registeredAt % 1000).toBe(0)
        expect((await site.readUsers([user.id])).get(user.id)).toEqual(user)
      })

      it('tells the registration in UTC, whatever the site’s timezone', async () => {
        await wordpress.php(`update_option( 'timezone_string', 'Asia/Tokyo' );`)
        const user = await written(create())
        await wordpress.php(`update_option( 'timezone_string', '' );`)
        expect(Math.abs(user.registeredAt - (Date.now() + site.clockOffset()))).toBeLessThan(60_000)
      })

      it('changes what is given and nothing else', async () => {
        const user = await written(create({ first_name: 'Ann', last_name: 'Other', description: 'R&D' }))
        const changed = await written(update(user.id, { last_name: 'Smith', email: 'ann.smith@people.test' }))
        expect(changed).toEqual({
          ...user,
          fields: { ...user.fields, last_name: 'Smith', email: 'ann.smith@people.test' },
        })
        expect(await written(update(user.id, { first_name: '', description: '' }))).toMatchObject({
          fields: { first_name: '', description: '', last_name: 'Smith' },
        })
      })

      it('gives every new account a password of its own that nobody sees', async () => {
        const users = [await written(create()), await written(create())]
        const hashes = (await json(
          `array_map( static fn( $id ) => get_userdata( $id )->user_pass, array( ${users.map((user) => user.id).join()} ) )`,
        )) as string[]
        expect(new Set(hashes).size).toBe(2)
        for (const hash of hashes) expect(hash).toMatch(/^\$/)
      })

      it('answers each write in order, faults of one not touching another', async () => {
        const [owner, other] = [await written(create()), await written(create())]
        const email = owner.fields.email
        const answers = await write([
          create({}, owner.username.toUpperCase()),
          create({ email: email.toUpperCase() }),
          create({ first_name: 'Fine' }, 'in-between'),
          update(other.id, { email }),
          update(4_000_000, { first_name: 'Gone' }),
          create({ email: 'no address' }),
          create({ locale: 'xx_XX' }),
          create({ email: 'umlaut@people.test' }, 'müller+x'),
          create({}, 'x'.repeat(61)),
          update(other.id, { url: `https://people.test/${'x'.repeat(100)}` }),
          update(other.id, { first_name: 'Changed' }),
        ])
        const told = answers.map((answer) =>
          answer.ok ? answer.user.fields.first_name : [answer.fault.kind, answer.fault.code, ...answer.fault.params],
        )
        expect(told).toEqual([
          ['username-taken', 'existing_user_login'],
          ['email-taken', 'existing_user_email'],
          'Fine',
          ['email-taken', 'rest_user_invalid_email'],
          ['gone', 'rest_user_invalid_id'],
          ['invalid', 'rest_invalid_param', 'email'],
          ['invalid', 'rest_invalid_param', 'locale'],
          ['invalid', 'rest_invalid_param', 'username'],
          ['invalid', 'user_login_too_long', 'username'],
          ['invalid', 'user_url_too_long', 'url'],
          'Changed',
        ])
      })

      it('takes no more than one request’s worth, and nothing at all', async () => {
        const tooMany = Array.from({ length: site.batchSize() + 1 }, () => create())
        await expect(site.write(tooMany)).rejects.toThrow(RangeError)
        expect(await site.write([])).toEqual([])
      })

      it('keeps back what the database would refuse: it would take the batch along, or be ignored', async () => {
        const user = await written(create({ name: 'Before' }))
        const answers = await write([
          create({ name: 'n'.repeat(251) }),
          create({ first_name: 'f'.repeat(130), last_name: 'l'.repeat(120) }),
          create({ name: '&'.repeat(51) }),
          update(user.id, { name: 'n'.repeat(251) }),
          create({ email: `${'e'.repeat(60)}@${'p'.repeat(60)}.test` }),
          create({ name: 'ä'.repeat(250) }),
          create({ name: '&'.repeat(50) }),
          create({ name: '🎉'.repeat(250) }),
          create({ email: `${'e'.repeat(60)}@${'p'.repeat(34)}.test` }),
          update(user.id, { first_name: 'f'.repeat(300) }),
        ])
        const told = answers.map((answer) => (answer.ok ? 'written' : answer.fault.code))
        const [long, mail] = ['user_name_too_long', 'user_email_too_long']
        expect(told).toEqual([long, long, long, long, mail, 'written', 'written', 'written', 'written', 'written'])
        expect(userOf(answers[5]).fields.name).toBe('ä'.repeat(250))
        expect(userOf(answers[6]).fields.name).toBe('&'.repeat(50))
        expect(userOf(answers[7]).fields.name).toBe('🎉'.repeat(250))
        expect(userOf(answers[8]).fields.email).toHaveLength(100)
        expect(userOf(answers[9]).fields.name).toBe('Before')
      })

      it('is one request for a batch, each write with its attempt', async () => {
        const proxy = await startRecordingProxy(wordpress.url)
        try {
          const proxied = connect({ url: proxy.url })
          await proxied.discover()
          const writes = [create(), create(), create()].slice(0, proxied.batchSize())
          proxy.requests.length = 0
          await proxied.write(writes.map((one, index) => ({ ...one, attempt: `attempt-${index}` })))
          expect(proxy.requests).toMatchObject([{ method: 'POST', items: writes.length, write: true }])
          expect(proxy.requests[0]?.attempts).toEqual(writes.map((_, index) => `attempt-${index}`))
        } finally {
          await proxy.stop()
        }
      })

      it.runIf(expected.batch)('may name the fields of its answer in the path of a batch’s item', async () => {
        const user = await written(create())
        const path = `/wp/v2/users/${user.id}?_fields=id,email`
        const answer = await fetch(`${wordpress.url}/wp-json/batch/v1`, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            Authorization: `Basic ${btoa(`${wordpress.username}:${wordpress.applicationPassword}`)}`,
          },
          body: JSON.stringify({ requests: [{ method: 'POST', path, body: { first_name: 'Small' } }] }),
        })
        const { responses } = (await answer.json()) as { responses: { body: unknown }[] }
        expect(responses.map(({ body }) => body)).toEqual([{ id: user.id, email: user.fields.email }])
      })

      it('takes a full request', async () => {
        const ids = await seedAccounts('full', 25)
        const answers = await write(ids.map((id) => update(id, { first_name: `First ${id}` })))
        expect(answers.map((answer) => userOf(answer).fields.first_name)).toEqual(ids.map((id) => `First ${id}`))
      })
    })

    leavingContract(() => ({ wordpress, connect, write, json }))

    describe('values as WordPress keeps them', () => {
      it('names lose tags, octets, control characters and outer space; descriptions only what is unsafe', async () => {
        const answers = await write(
          savedValues.map(({ given }) =>
            create({ first_name: given, last_name: given, name: given, nickname: given, description: given }),
          ),
        )
        const kept = answers.map((answer, index) => {
          const { username, fields } = userOf(answer)
          const names = [fields.first_name, fields.last_name, fields.name, fields.nickname]
          const orLogin = (value: string) => (value === username ? '' : value)
          expect(new Set(names.map(orLogin)).size).toBe(1)
          return { given: savedValues[index]?.given, name: fields.first_name, description: fields.description }
        })
        expect(kept).toEqual(savedValues)
      })

      it('a canonical value comes back as it was sent', async () => {
        const user = await written(create())
        const fields = ['first_name', 'name', 'nickname', 'description'] as const
        const sent = awkwardTexts(wordpress.kind === 'native' ? 300 : 25).map((text): FieldValues =>
          Object.fromEntries(fields.map((field) => [field, canonicalField(field, text)])),
        )
        const answers = await write(sent.map((values) => update(user.id, values)))
        // PHP's empty() takes "0" for nothing.
        const nothing = (value: string) => value === '' || value === '0'
        const kept = sent.map((values): FieldValues =>
          Object.fromEntries(
            fields.map((field) => {
              const value = values[field] ?? ''
              const orLogin = field === 'name' || field === 'nickname' ? user.username : ''
              return [field, nothing(value) ? orLogin : value]
            }),
          ),
        )
        const came = answers.map((answer): FieldValues => {
          const values = userOf(answer).fields
          return Object.fromEntries(fields.map((field) => [field, values[field]]))
        })
        expect(came).toEqual(kept)
      })

      it('URLs get a scheme and are escaped', async () => {
        const user = await written(create())
        const kept = await write(urlValues.map(({ given }) => update(user.id, { url: given })))
        expect(
          kept.map((answer, index) => ({ given: urlValues[index]?.given, kept: userOf(answer).fields.url })),
        ).toEqual(urlValues)
      })

      it('an empty display name or nickname becomes the login on update; on create the name is composed', async () => {
        const user = await written(create({ name: 'A', nickname: 'B', first_name: 'F', last_name: 'L' }))
        const emptied = await written(update(user.id, { name: '', nickname: '' }))
        expect(emptied.fields).toMatchObject({ name: user.username, nickname: user.username })
        const composed = await written(create({ first_name: 'F', last_name: 'L' }))
        expect(composed.fields).toMatchObject({ name: 'F L', nickname: composed.username })
        expect((await written(create({ last_name: 'L' }))).fields.name).toBe('L')
      })

      it('an empty locale is answered as the site’s own', async () => {
        const user = await written(create({ locale: 'de_DE' }))
        expect(user.fields.locale).toBe('de_DE')
        expect((await written(update(user.id, { locale: '' }))).fields.locale).toBe('en_US')
      })

      it('addresses keep their case and their odd characters, and can be found', async () => {
        const email = "O'Neil&Co+tag@people.test"
        const user = await written(create({ email }))
        expect(user.fields.email).toBe(email)
        expect((await site.findByEmail(email.toLowerCase()))?.id).toBe(user.id)
        // A change of case only is a change.
        expect((await written(update(user.id, { email: email.toLowerCase() }))).fields.email).toBe(email.toLowerCase())
      })
    })

    describe('reading', () => {
      it('reads any number by id and leaves out those that aren’t there', async () => {
        const ids = await seedAccounts('read', 120)
        const users = await site.readUsers([...ids, ...ids, 4_000_000])
        expect(users.size).toBe(120)
        for (const id of ids) expect(users.get(id)?.username).toMatch(/^read-\d+$/)
        expect(await site.readUsers([])).toEqual(new Map())
      })

      it('finds an address exactly, without case', async () => {
        const user = await written(create({ email: 'ann@find.test' }))
        await written(create({ email: 'joann@find.test' }))
        await written(create({ email: 'ann@find.test.example.test' }))
        expect((await site.findByEmail('ANN@find.test'))?.id).toBe(user.id)
        expect(await site.findByEmail('nn@find.test')).toBeNull()
        expect(await site.findByEmail('%@find.test')).toBeNull()
      })

      it('finds a login exactly, among more hits than a page holds', async () => {
        await seedAccounts('many', 120)
        const user = await written(create({}, 'any'))
        for (const login of ['any', 'ANY', 'many-1', 'many-119'])
          expect((await site.findByUsername(login))?.username).toBe(login.toLowerCase())
        expect((await site.findByUsername('any'))?.id).toBe(user.id)
        expect(await site.findByUsername('man')).toBeNull()
      })

      it('finds a login that looks like an address, or whose nicename went to somebody else', async () => {
        const [dotted, dashed] = [await written(create({}, 'k.miller')), await written(create({}, 'k-miller'))]
        expect((await site.findByUsername('k-miller'))?.id).toBe(dashed.id)
        expect((await site.findByUsername('K.Miller'))?.id).toBe(dotted.id)
        const upn = await written(create({ email: 'other@people.test' }, 'ann@corp.test'))
        await wordpress.php(
          `global $wpdb; $wpdb->update( $wpdb->users, array( 'user_nicename' => 'changed' ), array( 'ID' => ${upn.id} ) );`,
        )
        expect((await site.findByUsername('ann@corp.test'))?.id).toBe(upn.id)
        expect(await site.findByUsername('other@people.test')).toBeNull()
      })
    })

    /** Accounts made in the database directly: hashing a password for each would take the suite's time. */
    async function seedAccounts(prefix: string, count: number): Promise<number[]> {
      const ids = await json(`( function () {
        global $wpdb;
        $ids = array();
        for ( $n = 0; $n < ${count}; $n++ ) {
          $login = '${prefix}-' . $n;
          $wpdb->insert( $wpdb->users, array( 'user_login' => $login, 'user_nicename' => $login, 'display_name' => $login,
            'user_email' => $login . '@seed.test', 'user_registered' => '2020-01-01 00:00:00', 'user_pass' => 'x' ) );
          $ids[] = (int) $wpdb->insert_id;
        }
        return $ids;
      } )()`)
      return ids as number[]
    }
  })
}

function userOf(answer: SiteAnswer | undefined): SiteUser {
  if (answer?.ok) return answer.user
  throw new Error(`not written: ${JSON.stringify(answer)}`)
}
