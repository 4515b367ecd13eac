import { describe, expect, test } from 'vitest'
import { deriveUsername } from '../../lib/domain/derive-username.ts'
import { hashFields } from '../../lib/domain/field-hash.ts'
import { emptyLink } from '../../lib/domain/link.ts'
import { newAttempt } from '../../lib/domain/attempt.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { useLaneServers } from '../support/use-servers.ts'

/** Who gets which account: adoption, names, addresses. */

const servers = useLaneServers()
let scenes = 0
const scene = (options: Parameters<typeof createLaneScene>[2] = {}) =>
  createLaneScene(servers, `lane${++scenes}`, options)

describe('an account that is there already', () => {
  test('but that the site doesn’t show, as a user of its network, is refused and told, not asked for ever', async () => {
    const lane = scene()
    await lane.stranger(`veteran.${lane.id}`, lane.address('anna'))
    const anna = await lane.person('anna')
    const real = lane.context.site(lane.connection.site)
    lane.context.site = () => ({ ...real, findByEmail: () => Promise.resolve(null) })
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['skipped email-taken'])
    expect(await lane.link(anna)).toMatchObject({ state: 'unlinked', refused: 'email-taken', intent: null })
    expect(await lane.accounts()).toEqual([`veteran.${lane.id}`])
    expect(await lane.waiting('now')).toBe(0)
  })
  test('with a member’s address is adopted: its login and role stay, its fields follow, and only once', async () => {
    const lane = scene()
    const veteran = await lane.stranger(`veteran.${lane.id}`, lane.address('anna'))
    const anna = await lane.person('anna')
    await lane.settle(anna)
    expect(await lane.link(anna)).toMatchObject({ state: 'active', wordpressId: veteran, intent: null, failure: null })
    expect(await lane.accountOf(anna)).toMatchObject({
      username: `veteran.${lane.id}`,
      roles: ['author'],
      fields: { first_name: 'anna', name: `anna ${lane.id}` },
    })
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['adopted'])
    expect(await lane.accounts()).toEqual([`veteran.${lane.id}`])
  })

  test('is a guest’s only where that is configured', async () => {
    const lane = scene()
    const veteran = await lane.stranger(`veteran.${lane.id}`, lane.address('guest'))
    const guests = [
      await lane.person('guest', { userType: 'Guest' }),
      // userType can be Member for externals.
      await lane.person('guest', { userPrincipalName: `guest.${lane.id}_home#EXT#@contoso.onmicrosoft.com` }),
    ]
    await lane.settle(...guests)
    for (const guest of guests) {
      expect(await lane.told(guest)).toEqual(['skipped email-taken'])
      expect(await lane.link(guest)).toMatchObject({ state: 'unlinked', wordpressId: null, refused: 'email-taken' })
    }
    expect((await lane.account(veteran))?.fields.first_name).toBe('')

    Object.assign(lane.connection, { adoption: { members: [], guests: ['email'] } })
    await lane.settle(guests[0]!)
    expect(await lane.link(guests[0]!)).toMatchObject({ state: 'active', wordpressId: veteran, refused: null })
    expect(await lane.told(guests[0]!)).toEqual(['skipped email-taken', 'adopted'])
  })

  test('is never adopted when it is protected, by role, by name, or the sync’s own', async () => {
    const lane = scene()
    const own = await servers.site.php(`echo get_user_by('login', '${servers.site.username}')->user_email;`)
    const boss = await lane.stranger(`boss.${lane.id}`, lane.address('boss'), 'administrator')
    await lane.stranger(`named.${lane.id}`, lane.address('named'), 'editor')
    const people = [await lane.person('boss'), await lane.person('own', { mail: own }), await lane.person('named')]
    Object.assign(lane.connection.site, { protectedUsers: [`NAMED.${lane.id}`] })
    await lane.settle(...people)
    for (const person of people) expect(await lane.told(person)).toEqual(['skipped protected-account'])
    expect(await lane.account(boss)).toMatchObject({ roles: ['administrator'], fields: { first_name: '' } })

    // Its own account is safe without any role to protect it.
    Object.assign(lane.connection.site, { protectedRoles: [], protectedUsers: [] })
    await lane.settle(people[1]!)
    expect(await lane.told(people[1]!)).toEqual(['skipped protected-account'])
    expect(await lane.link(people[1]!)).toMatchObject({ wordpressId: null, refused: 'protected-account' })
  })

  test('is never adopted by somebody else once it is linked, whatever state the link is in', async () => {
    const lane = scene()
    const owner = await lane.person('owner')
    await lane.settle(owner)
    const rival = await lane.person('rival', { mail: lane.address('owner') })
    await lane.settle(rival)
    expect(await lane.told(rival)).toEqual(['skipped email-taken'])
    // The owner leaves the directory; the account is still theirs.
    await servers.directory.admin.softDelete(owner)
    await lane.settle(owner, rival)
    expect(await lane.link(rival)).toMatchObject({ wordpressId: null, refused: 'email-taken' })
    expect(await lane.told(owner)).toEqual(['created', 'suspended deleted'])
    expect(await lane.link(owner)).toMatchObject({ leaving: { reason: 'deleted' } })
  })

  test('of the same name is adopted only where that is configured', async () => {
    const lane = scene({ adoption: { members: ['email', 'username'], guests: [] } })
    const veteran = await lane.stranger(`anna.${lane.id}`, `old-anna.${lane.id}@contoso.example`)
    const anna = await lane.person('anna')
    await lane.settle(anna)
    expect(await lane.link(anna)).toMatchObject({ wordpressId: veteran })
    expect((await lane.accountOf(anna))?.fields.email).toBe(lane.address('anna'))
    expect(await lane.told(anna)).toEqual(['adopted'])
  })

  test('that was promoted between intent and write is looked at with the rules again', async () => {
    const lane = scene()
    const veteran = await lane.stranger(`veteran.${lane.id}`, lane.address('anna'))
    const anna = await lane.person('anna')
    // A process died behind its intent; meanwhile somebody made the account an administrator.
    const hashes = hashFields({ email: lane.address('anna'), name: `anna ${lane.id}` })
    const intent = {
      roles: null,
      reason: null,
      ...({ verb: 'adopt', attempt: newAttempt(Date.now(), '0123456789ab'), epoch: 1, wordpressId: veteran } as const),
      ...{ username: `veteran.${lane.id}`, email: lane.address('anna'), siteTime: Date.now(), hashes },
    }
    await lane.context.stores.links.write(lane.id, [{ link: { ...emptyLink(lane.id, anna), intent }, etag: null }])
    await servers.site.php(`get_user_by('id', ${veteran})->set_role('administrator');`)
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['skipped protected-account'])
    expect(await lane.link(anna)).toMatchObject({ wordpressId: null, intent: null, refused: 'protected-account' })
    expect((await lane.account(veteran))?.fields.first_name).toBe('')
  })
})

describe('a name that is taken', () => {
  test('gets a suffix that depends on the person only', async () => {
    const lane = scene()
    await lane.stranger(`anna.${lane.id}`, `somebody-else.${lane.id}@contoso.example`)
    const anna = await lane.person('anna')
    await lane.settle(anna)
    const account = await lane.accountOf(anna)
    expect(account?.username).toBe(deriveUsername(`anna.${lane.id}`, anna, { multisite: false }, true))
    expect(account?.username).toMatch(new RegExp(`^anna\\.${lane.id}-[0-9a-f]{8}$`))
    expect(await lane.told(anna)).toEqual(['created'])
  })

  test('is shared by newcomers who come at once: one has it, the others suffixes', async () => {
    const lane = scene()
    const people = []
    for (let number = 0; number < 3; number++)
      people.push(await lane.person(`p${number}`, { userPrincipalName: `same.${lane.id}@branch${number}.example` }))
    await lane.settle(...people)
    const names = await Promise.all(people.map(async (person) => (await lane.accountOf(person))?.username))
    expect(new Set(names).size).toBe(3)
    expect(names.filter((name) => name === `same.${lane.id}`)).toHaveLength(1)
    for (const person of people) expect(await lane.told(person)).toEqual(['created'])
  })
})

describe('an address that is taken', () => {
  test('by several newcomers at once: one is created, each of the others is told once', async () => {
    const lane = scene()
    const people = []
    for (const name of ['a', 'b', 'c']) people.push(await lane.person(name, { mail: lane.address('shared') }))
    await lane.settle(...people)
    await lane.settle(...people)
    const told = await Promise.all(people.map((person) => lane.told(person)))
    expect(told.flat().toSorted()).toEqual(['created', 'skipped email-taken', 'skipped email-taken'])
    expect(await lane.accounts()).toHaveLength(1)
  })

  test('by an account that nobody is linked with: everything else follows, and it is told', async () => {
    const lane = scene()
    const anna = await lane.person('anna')
    await lane.settle(anna)
    const stranger = await lane.stranger(`stranger.${lane.id}`, lane.address('new'))
    await servers.directory.admin.updateUser(anna, { mail: lane.address('new'), displayName: 'New Name' })
    await lane.settle(anna)
    expect((await lane.accountOf(anna))?.fields).toMatchObject({ email: lane.address('anna'), name: 'New Name' })
    expect(await lane.told(anna)).toEqual(['created', 'updated email-taken'])
    expect(await lane.link(anna)).toMatchObject({ refused: 'email-taken', failure: { attempts: 0 } })
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['created', 'updated email-taken'])

    // The next daily look finds it free.
    await servers.site.php(`wp_update_user(['ID' => ${stranger}, 'user_email' => '${lane.address('moved')}']);`)
    await lane.settle(anna)
    expect((await lane.accountOf(anna))?.fields.email).toBe(lane.address('new'))
    expect(await lane.link(anna)).toMatchObject({ refused: null, failure: null })
  })

  test('is looked at daily, by one row, however often the person is looked at', async () => {
    const lane = scene()
    await lane.stranger(`stranger.${lane.id}`, lane.address('guest'))
    const guest = await lane.person('guest', { userType: 'Guest' })
    for (let time = 0; time < 3; time++) {
      await servers.directory.admin.updateUser(guest, { department: `Department ${time}` })
      await lane.settle(guest)
    }
    const twoDays = 2 * lane.context.timings.failedUserSecondChance
    const due = await lane.context.stores.links.dueLooks(lane.id, Date.now() + twoDays)
    expect(due).toMatchObject([{ objectId: guest, due: (await lane.link(guest))?.failure?.retryAt }])
  })

  test('by a linked owner who keeps it: everything else follows', async () => {
    const lane = scene()
    const [anna, owner] = [await lane.person('anna'), await lane.person('owner')]
    await lane.settle(anna, owner)
    await servers.directory.admin.updateUser(anna, { mail: lane.address('owner'), displayName: 'New Name' })
    await lane.settle(anna)
    expect((await lane.accountOf(anna))?.fields).toMatchObject({ email: lane.address('anna'), name: 'New Name' })
    expect(await lane.told(anna)).toEqual(['created', 'updated email-taken'])
    expect((await lane.accountOf(owner))?.fields.email).toBe(lane.address('owner'))
  })

  test('by a linked owner who moves away: the owner first, though nobody asked for it', async () => {
    const lane = scene()
    const [anna, owner] = [await lane.person('anna'), await lane.person('owner')]
    await lane.settle(anna, owner)
    await servers.directory.admin.updateUser(owner, { mail: lane.address('elsewhere') })
    await servers.directory.admin.updateUser(anna, { mail: lane.address('owner') })
    await lane.settle(anna)
    expect((await lane.accountOf(anna))?.fields.email).toBe(lane.address('owner'))
    expect((await lane.accountOf(owner))?.fields.email).toBe(lane.address('elsewhere'))
    expect(await lane.told(anna)).toEqual(['created', 'updated'])
    expect(await lane.told(owner)).toEqual(['created', 'updated'])
  })

  test('by a linked owner who can’t move away: nobody is parked in vain', async () => {
    const lane = scene()
    const [anna, owner] = [await lane.person('anna'), await lane.person('owner')]
    await lane.settle(anna, owner)
    await servers.site.php(`wp_create_user('kept.${lane.id}', 'x', '${lane.address('kept')}');`)
    await servers.directory.admin.updateUser(owner, { mail: lane.address('kept') })
    await servers.directory.admin.updateUser(anna, { mail: lane.address('owner') })
    await lane.settle(anna, owner)
    expect((await lane.accountOf(anna))?.fields.email).toBe(lane.address('anna'))
    expect((await lane.accountOf(owner))?.fields.email).toBe(lane.address('owner'))
    expect(await lane.told(anna)).toEqual(['created', 'skipped email-taken'])
    expect(await lane.told(owner)).toEqual(['created', 'skipped email-taken'])
  })

  test('by a linked owner who leaves the site: they keep it, and nobody is parked in vain', async () => {
    const lane = scene()
    Object.assign(lane.connection, { scope: { ...lane.connection.scope, guests: false } })
    const [anna, owner] = [await lane.person('anna'), await lane.person('owner')]
    await lane.settle(anna, owner)
    await servers.directory.admin.updateUser(owner, { mail: lane.address('anna'), userType: 'Guest' })
    await servers.directory.admin.updateUser(anna, { mail: lane.address('owner') })
    await lane.settle(anna)
    expect((await lane.accountOf(anna))?.fields.email).toBe(lane.address('anna'))
    expect(await lane.told(anna)).toEqual(['created', 'skipped email-taken'])
  })

  test.each([2, 3])('in a ring of %i: each ends with the next one’s, and nobody stays parked', async (size) => {
    const lane = scene()
    const names = ['ann', 'bea', 'cid'].slice(0, size)
    const people: string[] = []
    for (const name of names) people.push(await lane.person(name))
    await lane.settle(...people)
    const next = (index: number) => lane.address(names[(index + 1) % size]!)
    for (const [index, person] of people.entries())
      await servers.directory.admin.updateUser(person, { mail: next(index) })
    await lane.settle(...people)
    await lane.quiet()
    for (const [index, person] of people.entries()) {
      expect((await lane.accountOf(person))?.fields.email).toBe(next(index))
      expect(await lane.link(person)).toMatchObject({ intent: null, failure: null, refused: null })
    }
  })
})

describe('a link', () => {
  test('whose account is gone is told and nothing is made in its place', async () => {
    const lane = scene()
    const anna = await lane.person('anna')
    await lane.settle(anna)
    await servers.site.php(
      `require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user(${(await lane.link(anna))?.wordpressId});`,
    )
    await servers.directory.admin.updateUser(anna, { displayName: 'New Name' })
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['created', 'skipped account-missing'])
    expect(await lane.accounts()).toEqual([])
  })

  test('whose id shows another login is refused, and the stranger is not touched', async () => {
    const lane = scene()
    const anna = await lane.person('anna')
    await lane.settle(anna)
    const id = (await lane.link(anna))?.wordpressId
    await servers.site.php(
      `global $wpdb; $wpdb->update($wpdb->users, ['user_login' => 'other.${lane.id}'], ['ID' => ${id}]); clean_user_cache(${id});`,
    )
    await servers.directory.admin.updateUser(anna, { displayName: 'New Name' })
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['created', 'skipped login-mismatch'])
    expect((await lane.account(id))?.fields.name).toBe(`anna ${lane.id}`)
  })

  test('of somebody who is back and can’t be mapped no longer says that they are leaving', async () => {
    const lane = scene({ mapping: { description: 'jobTitle = "bad" ? $number("x") : jobTitle' } })
    const anna = await lane.person('anna')
    await lane.settle(anna)
    await servers.directory.admin.updateUser(anna, { accountEnabled: false })
    await lane.settle(anna)
    expect(await lane.link(anna)).toMatchObject({ leaving: { reason: 'disabled' } })
    await servers.directory.admin.updateUser(anna, { accountEnabled: true, jobTitle: 'bad' })
    await lane.settle(anna)
    expect(await lane.link(anna)).toMatchObject({ leaving: null, failure: { code: 'mapping-failed: description' } })
  })

  test('says nothing of leaving when the directory that answers is another tenant’s', async () => {
    const lane = scene()
    const anna = await lane.person('anna')
    await lane.settle(anna)
    await servers.directory.admin.purge(anna)
    const real = lane.context.directory(lane.connection)
    const wrong = async () => '00000000-0000-0000-0000-00000000dead'
    Object.assign(lane.context, { directory: () => ({ ...real, organizationId: wrong }) })
    await lane.settle(anna)
    expect(await lane.link(anna)).toMatchObject({ leaving: null })
    expect(await lane.told(anna)).toEqual(['created'])
    expect(await lane.waiting('now')).toBe(1)
  })
})
