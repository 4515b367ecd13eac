import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { PostSettings } from '../../lib/domain/post-mapping.ts'
import { SiteFault } from '../../lib/domain/faults.ts'
import { postSlug } from '../../lib/domain/post.ts'
import type { Site } from '../../lib/sync/ports/site.ts'
import { previewUser } from '../../lib/sync/preview-user.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { registerStaff, storedPosts } from '../support/staff-types.ts'
import type { SyncAppOptions } from '../support/sync-app.ts'
import { useLaneServers, useStops } from '../support/use-servers.ts'

/** Posts that people have: one a person and type, that goes with the account. */

const staff: PostSettings = {
  type: 'staff',
  title: 'displayName',
  content: '$join([jobTitle, department][$boolean($)], "\n\n")',
  excerpt: 'department',
  meta: {
    phone: 'businessPhones[0]',
    skills: { value: 'otherMails', type: 'array' },
    motto: { value: 'mobilePhone', once: true },
  },
}
const desk: PostSettings = { type: 'desk', title: 'displayName', meta: { room: 'officeLocation' } }

let proxy: RecordingProxy
const stops = useStops()
const servers = useLaneServers(stops)
let scenes = 0

beforeAll(async () => {
  await registerStaff(servers.site)
  proxy = await startRecordingProxy(servers.site.url)
  stops.push(proxy.stop)
})

function scene(options: Pick<SyncAppOptions, 'posts' | 'policy' | 'timings'> = {}) {
  const id = `posts${++scenes}`
  const lane = createLaneScene(servers, id, {
    ...{ posts: [staff], mapping: { description: null }, siteUrl: proxy.url },
    ...options,
  })
  const change = servers.directory.admin.updateUser
  return {
    ...lane,
    posts: (type = 'staff') => storedPosts(servers.site, type, id),
    edit: (id: number, fields: string) => servers.site.php(`wp_update_post(['ID' => ${id}, ${fields}]);`),
    async change(person: string, patch: Parameters<typeof change>[1]): Promise<void> {
      await change(person, patch)
      await lane.settle(person)
    },
    /** What was sent to the site while this ran. */
    async sent(run: () => Promise<unknown>) {
      proxy.requests.length = 0
      await run()
      return proxy.requests.map(
        ({ method, path, items }) => `${method} ${path.replace(/[?].*|\/wp-json/g, '')} ${items}`,
      )
    },
    /** Attempts of writes that the site has taken, and those that are told as done. */
    async attempts() {
      const rows = (await lane.rows()).filter(({ status }) => status !== 'skipped' && status !== 'failed')
      return rows.map(({ attempt }) => attempt).toSorted()
    },
  }
}

test('is made with the account, written with it, and costs nothing while nothing changes', async () => {
  const lane = scene()
  const person = await lane.person('anna', {
    jobTitle: 'Head of <b>R&D</b> [gallery]',
    department: 'R&D',
    businessPhones: ['+49 1'],
    otherMails: ['a@contoso.example', 'b@contoso.example'],
    mobilePhone: 'Carpe diem',
  })
  await lane.settle(person)
  const { wordpressId, posts, fingerprint } = (await lane.link(person))!
  const [post, ...others] = await lane.posts()
  expect(others).toEqual([])
  expect(post).toEqual({
    id: posts['staff']!.id,
    slug: postSlug(lane.id, person),
    status: 'publish',
    title: `anna ${lane.id}`,
    content: 'Head of R&amp;D &#091;gallery&#093;\n\nR&amp;D',
    excerpt: 'R&amp;D',
    author: wordpressId,
    meta: { phone: '+49 1', skills: ['a@contoso.example', 'b@contoso.example'], motto: 'Carpe diem' },
  })
  expect(fingerprint).not.toBeNull()
  expect(await lane.told(person)).toEqual(['created', 'updated'])
  const [row] = (await lane.rows()).filter(({ status }) => status === 'updated')
  expect(row?.changes).toContainEqual({ field: 'post.staff.status', from: null, to: 'publish' })
  expect(row?.changes).toContainEqual({ field: 'post.staff.title', from: null, to: `anna ${lane.id}` })

  expect(await lane.sent(() => lane.settle(person))).toEqual([])
  // Something that no post shows.
  expect(await lane.sent(() => lane.change(person, { givenName: 'Änne' }))).toEqual([
    'GET /wp/v2/users 1',
    'POST /batch/v1 1',
  ])
  expect(await lane.posts()).toEqual([post])

  // What isn't mapped, and what is set once, is people's own.
  await lane.edit(
    post!.id,
    `'post_name' => 'anna', 'menu_order' => 3, 'meta_input' => ['motto' => 'Mine', 'own' => 'kept']`,
  )
  expect(
    await lane.sent(() => lane.change(person, { department: 'Sales', businessPhones: [], mobilePhone: 'Other' })),
  ).toEqual(['GET /wp/v2/people 1', 'POST /batch/v1 1'])
  const [changed] = await lane.posts()
  expect(changed).toMatchObject({
    ...{ id: post!.id, slug: 'anna', excerpt: 'Sales', content: 'Head of R&amp;D &#091;gallery&#093;\n\nSales' },
    meta: { motto: 'Mine', own: 'kept', skills: ['a@contoso.example', 'b@contoso.example'] },
  })
  const [update] = await lane.rows()
  expect(update).toMatchObject({ status: 'updated', wordpressId })
  expect(update?.changes.map(({ field }) => field).toSorted()).toEqual(['post.staff.content', 'post.staff.excerpt'])
})

test('is unpublished while the account is suspended, and the same one is back with it', async () => {
  const lane = scene()
  const person = await lane.person('bert', { jobTitle: 'Cook' })
  await lane.settle(person)
  const [before] = await lane.posts()
  await lane.change(person, { accountEnabled: false, jobTitle: 'Gone' })
  expect((await lane.link(person))?.state).toBe('suspended')
  expect(await lane.posts()).toEqual([{ ...before, status: 'draft' }])
  expect(await lane.sent(() => lane.settle(person))).toEqual([])
  await lane.change(person, { accountEnabled: true, jobTitle: 'Cook' })
  expect(await lane.posts()).toEqual([before])
  expect(await lane.told(person)).toEqual([
    'created',
    'updated',
    'suspended disabled',
    'updated',
    'restored',
    'updated',
  ])
})

test('goes where the configuration says once the account is deleted, and comes back with the next one', async () => {
  const heir = await scene().stranger(`heir${scenes}`, `heir${scenes}@contoso.example`)
  expect(heir).toBeGreaterThan(0)
  const gone = { action: 'delete', deleteAfter: null } as const
  const leaving = { disabled: gone, deleted: gone, absent: gone, 'out-of-scope': gone }
  const lane = scene({
    posts: [
      { ...staff, whenDeleted: 'trash' },
      { ...desk, whenLeaving: 'private' },
    ],
    policy: { leaving, reassignTo: `heir${scenes}` },
  })
  const person = await lane.person('carl', { officeLocation: 'B 12' })
  await lane.settle(person)
  const [entry] = await lane.posts()
  const [place] = await lane.posts('desk')
  expect(place).toMatchObject({ status: 'publish', meta: { room: 'B 12' } })
  await lane.edit(entry!.id, `'post_name' => 'carl'`)
  await lane.change(person, { accountEnabled: false })
  expect((await lane.link(person))?.state).toBe('deleted')
  expect(await lane.posts()).toMatchObject([{ id: entry!.id, status: 'trash', author: heir }])
  expect(await lane.posts('desk')).toMatchObject([{ id: place!.id, status: 'private' }])
  await lane.change(person, { accountEnabled: true })
  const { wordpressId } = (await lane.link(person))!
  expect(await lane.posts()).toMatchObject([{ id: entry!.id, status: 'publish', slug: 'carl', author: wordpressId }])
  expect(await lane.posts('desk')).toMatchObject([{ id: place!.id, status: 'publish' }])
})

test('two types, for those whom each takes', async () => {
  const lane = scene({ posts: [{ ...staff, when: 'jobTitle = "Cook"' }, desk] })
  const [cook, guard] = [
    await lane.person('dora', { jobTitle: 'Cook' }),
    await lane.person('emil', { jobTitle: 'Guard' }),
  ]
  await lane.settle(cook, guard)
  expect((await lane.posts()).map(({ title }) => title)).toEqual([`dora ${lane.id}`])
  expect(await lane.posts('desk')).toHaveLength(2)
  await lane.change(cook, { jobTitle: 'Guard' })
  expect(await lane.posts()).toMatchObject([{ status: 'draft' }])
  await lane.change(cook, { jobTitle: 'Cook' })
  expect(await lane.posts()).toMatchObject([{ status: 'publish' }])
  expect(await lane.posts('desk')).toHaveLength(2)
})

test.each([
  ['leave', 'trash', []],
  ['leave', 'delete', []],
  ['recreate', 'trash', ['publish']],
  ['recreate', 'delete', ['publish']],
] as const)('deleted by a hand: %s, %s', async (whenAccountMissing, how, expected) => {
  const lane = scene({ policy: { whenAccountMissing } })
  const person = await lane.person('fred', { jobTitle: 'Cook' })
  await lane.settle(person)
  const [post] = await lane.posts()
  await servers.site.php(how === 'trash' ? `wp_trash_post(${post!.id});` : `wp_delete_post(${post!.id}, true);`)
  await lane.change(person, { jobTitle: 'Chef' })
  const shown = (await lane.posts()).filter(({ status }) => status !== 'trash')
  expect(shown.map(({ status }) => status)).toEqual(expected)
  for (const { content, slug } of shown) expect([content, slug]).toEqual(['Chef', postSlug(lane.id, person)])
  if (how === 'trash' && whenAccountMissing === 'recreate') expect(shown[0]?.id).toBe(post!.id)
  const told = await lane.told(person)
  expect(told.slice(2)).toEqual(whenAccountMissing === 'leave' ? ['skipped post.staff: post-missing'] : ['updated'])
  await lane.change(person, { jobTitle: 'Baker' })
  if (whenAccountMissing === 'leave') expect(await lane.told(person)).toEqual(told)
})

test('what is not ours is never touched', async () => {
  const lane = scene()
  const [person, other] = [
    await lane.person('gina', { jobTitle: 'Cook' }),
    await lane.stranger('hugo', 'hugo@x.example'),
  ]
  await lane.settle(person)
  const [post] = await lane.posts()
  await lane.edit(post!.id, `'post_name' => 'somebody', 'post_author' => ${other}`)
  const [taken] = await lane.posts()
  await lane.change(person, { jobTitle: 'Chef' })
  await lane.change(person, { accountEnabled: false })
  expect(await lane.posts()).toEqual([taken])
  expect(await lane.told(person)).toEqual([
    'created',
    'updated',
    'skipped post.staff: post-mismatch',
    'suspended disabled',
  ])
})

test('a type or a key that the site lacks is told before anything is written, and accounts go on', async () => {
  const lane = scene({
    posts: [
      { ...staff, type: 'stuff' },
      { ...desk, content: 'jobTitle', meta: { room: 'officeLocation', flor: 'city' } },
    ],
  })
  const lines: unknown[] = []
  Object.assign(lane.context, { log: (...line: unknown[]) => void lines.push(line) })
  const person = await lane.person('ines')
  expect((await lane.sent(() => lane.settle(person))).filter((line) => line.startsWith('POST'))).toEqual([
    'POST /batch/v1 1',
  ])
  expect((await lane.link(person))?.state).toBe('active')
  expect(await lane.posts('desk')).toEqual([])
  const faults = (await lane.rows()).filter(({ status }) => status === 'failed')
  expect(faults.map(({ reason }) => reason).toSorted()).toEqual(['post.desk: type', 'post.stuff: type'])
  const messages = faults.map(({ error }) => error).join(' ')
  expect(messages).toContain('no post type "stuff" that is open')
  expect(messages).toContain('Did you mean "staff"?')
  expect(messages).toContain('Posts of the type "desk" have no content')
  expect(messages).toContain('isn’t registered for REST: flor.')
  expect(lines.filter((line) => JSON.stringify(line).includes('posts not written'))).toHaveLength(2)
  // Looked at daily, not again and again.
  expect((await lane.link(person))?.failure?.retryAt).toBeGreaterThan(Date.now() + 3_600_000)
})

test('a fault of one post is its person’s: told, counted, and nobody else waits', async () => {
  const lane = scene()
  const names = ['Refused', 'Deadly', 'kurt', 'lena', 'mona']
  const ids = await Promise.all(names.map((name) => lane.person(name)))
  await lane.settle(...ids)
  await lane.drain()
  const titles = (await lane.posts()).map(({ title }) => title.split(' ')[0]).toSorted()
  expect(titles).toEqual(['kurt', 'lena', 'mona'])
  for (const [index, id] of ids.entries())
    expect([names[index], (await lane.link(id))?.state]).toEqual([names[index], 'active'])
  expect(await lane.told(ids[0]!)).toEqual(['created', 'failed post.staff: rest_invalid_field'])
  expect(await lane.told(ids[1]!)).toEqual(['created', 'failed post.staff: server-error'])
  expect((await lane.link(ids[1]!))?.posts['staff']?.intent).not.toBeNull()
  await servers.directory.admin.updateUser(ids[1]!, { displayName: `Lively ${lane.id}` })
  await lane.quiet()
  expect((await lane.posts()).map(({ title }) => title)).toContain(`Lively ${lane.id}`)
  expect((await lane.link(ids[1]!))?.failure).toBeNull()
})

test('a request that failed as a whole goes on in halves, whatever it has to wait', async () => {
  // The proxy answers in the site's place while PHP may run on.
  const lane = scene()
  const ids = await Promise.all(['Deadly', 'nora', 'olga', 'paul'].map((name) => lane.person(name)))
  const real = lane.context.site(lane.connection.site)
  const sizes: number[] = []
  const site: Site = {
    ...real,
    writePosts: async (writes) => {
      sizes.push(writes.length)
      if (!writes.some(({ kind, ...write }) => kind === 'create' && JSON.stringify(write).includes('Deadly')))
        return await real.writePosts(writes)
      throw new SiteFault('server-error', 'a proxy gave up', { status: 504 })
    },
  }
  Object.assign(lane.context, { site: () => site })
  await lane.look(ids)
  await lane.quiet()
  expect(sizes[0]).toBe(4)
  expect((await lane.posts()).map(({ title }) => title.split(' ')[0]).toSorted()).toEqual(['nora', 'olga', 'paul'])
  const { posts } = (await lane.link(ids[0]!))!
  expect(posts['staff']?.intent).toMatchObject({ verb: 'create', batch: 1 })
})

test('a preview shows what would become of the posts, and writes nothing', async () => {
  const lane = scene()
  const person = await lane.person('rosa', { jobTitle: 'Cook' })
  const preview = async () => await previewUser(lane.context, lane.connection, person)
  const writes = () => proxy.requests.filter(({ write }) => write)
  proxy.requests.length = 0
  const made = await preview()
  expect(made).toMatchObject({ outcome: 'created', error: null })
  expect(made.changes).toContainEqual({ field: 'post.staff.title', from: null, to: `rosa ${lane.id}` })
  expect(writes()).toEqual([])
  expect(await lane.posts()).toEqual([])
  expect(await lane.link(person)).toBeUndefined()

  await lane.settle(person)
  expect(await preview()).toMatchObject({ outcome: 'unchanged', changes: [] })
  await servers.directory.admin.updateUser(person, { jobTitle: 'Chef' })
  const before = [await lane.link(person), await lane.posts()]
  proxy.requests.length = 0
  expect(await preview()).toMatchObject({
    outcome: 'updated',
    changes: [{ field: 'post.staff.content', from: 'Cook', to: 'Chef' }],
  })
  expect(writes()).toEqual([])
  expect([await lane.link(person), await lane.posts()]).toEqual(before)
})

test('what a hand changed is found by the verify pass: written back, told, or made again', async () => {
  for (const [drift, whenAccountMissing] of [
    ['repair', 'recreate'],
    ['repair', 'leave'],
    ['report', 'recreate'],
  ] as const) {
    const lane = scene({ policy: { drift, whenAccountMissing } })
    const [edited, deleted, same] = [await lane.person('suse'), await lane.person('tina'), await lane.person('uta')]
    await lane.settle(edited, deleted, same)
    const [first, second, third] = await lane.posts()
    const changed = { title: `By hand ${lane.id}`, menu: `'menu_order' => 7` }
    await lane.edit(first!.id, `'post_title' => '${changed.title}', ${changed.menu}`)
    await servers.site.php(`wp_delete_post(${second!.id}, true);`)
    const row = { startedAt: 0, after: null, finishedAt: 0, checked: 0, drifted: 0, missing: 0 }
    await lane.context.stores.sites.writeVerify(lane.id, lane.id, row)
    await wakeLanes(lane.context)
    await lane.quiet()
    const posts = await lane.posts()
    const repaired = drift === 'repair'
    expect(posts.find(({ id }) => id === first!.id)?.title).toBe(repaired ? first!.title : changed.title)
    expect(posts.filter(({ title }) => title === second!.title)).toHaveLength(
      repaired && whenAccountMissing === 'recreate' ? 1 : 0,
    )
    expect(posts.find(({ id }) => id === third!.id)).toEqual(third)
    expect((await lane.told(same)).length).toBe(2)
    const [told, ofDeleted] = [(await lane.told(edited)).slice(2), (await lane.told(deleted)).slice(2)]
    expect(told).toEqual(repaired ? ['updated'] : ['skipped changed-on-site'])
    if (repaired)
      expect(ofDeleted).toEqual([whenAccountMissing === 'recreate' ? 'updated' : 'skipped post.staff: post-missing'])
    else expect(ofDeleted).toEqual(['skipped changed-on-site'])
  }
})

test('a create that PHP goes on with after a timeout is waited for, not repeated', async () => {
  const lane = scene()
  const ids = [await lane.person('vera'), await lane.person('wolf')]
  const real = lane.context.site(lane.connection.site)
  const late: Promise<unknown>[] = []
  const site: Site = {
    ...real,
    writePosts: async (writes) => {
      if (late.length > 0) return await real.writePosts(writes)
      late.push(wait(lane.context.timings.lateWrite / 2).then(() => real.writePosts(writes)))
      throw new SiteFault('timeout', 'no answer')
    },
  }
  Object.assign(lane.context, { site: () => site })
  await lane.look(ids)
  await lane.quiet()
  await Promise.all(late)
  expect(late).toHaveLength(1)
  expect((await lane.posts()).map(({ title }) => title.split(' ')[0]).toSorted()).toEqual(['vera', 'wolf'])
  for (const id of ids) expect(await lane.told(id)).toEqual(['created', 'updated'])
  const taken = proxy.requests.flatMap(({ writes }) => writes).map(({ attempt }) => attempt)
  expect(taken).toEqual(expect.arrayContaining(await lane.attempts()))
})
