import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Person, PersonPatch } from '../../dev/directory/person.ts'
import { pngOf } from '../../dev/directory/picture.ts'
import { runCycle } from '../../dev/run-cycle.ts'
import { startStack, type Stack } from '../../dev/stack.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { useStops } from '../support/use-servers.ts'

/** Everything that a directory knows of people, on a site with the companion plugin: attributes, roles from nested groups, photos. */

const people = 2000
const photographed = 400
const minutes = 60_000
const custom = (name: string) => `extension_0123456789abcdef0123456789abcdef_${name}` as const

const meta = {
  badge: 'employeeId',
  office: 'officeLocation',
  company: 'companyName',
  city: 'city',
  phone: 'businessPhones[0]',
  boss: 'manager.displayName',
  motto: 'onPremisesExtensionAttributes.extensionAttribute7',
  cost_center: 'employeeOrgData.costCenter',
  level: { value: custom('level'), type: 'number' },
  lead: { value: custom('lead'), type: 'boolean' },
  teams: { value: `[${custom('teams')}]`, type: 'array' },
  place: { value: '{"street": streetAddress, "zip": postalCode}', type: 'object' },
}

/** Where the `index`th person sits in the groups, and which role they have by that. */
const places = [
  { group: 'press-juniors', role: 'editor' }, // in press, in editorial
  { group: 'bloggers', role: 'author' }, // in writers
  { group: 'trainees', role: 'contributor' },
  { group: 'guest-writers', role: 'author' }, // in columnists
  { group: 'archive-team', role: 'archivist' }, // in archive
  { group: null, role: 'subscriber' },
] as const
const nesting: [name: string, inside: string | null][] = [
  ...([
    ['editorial', null],
    ['press', 'editorial'],
    ['press-juniors', 'press'],
  ] as [string, string | null][]),
  ...([
    ['writers', null],
    ['bloggers', 'writers'],
    ['trainees', null],
  ] as [string, string | null][]),
  ...([
    ['columnists', null],
    ['guest-writers', 'columnists'],
  ] as [string, string | null][]),
  ...([
    ['archive', null],
    ['archive-team', 'archive'],
  ] as [string, string | null][]),
]
const placeOf = (index: number) => places[index % places.length]!

const stops = useStops()
const groups = new Map<string, string>()
let stack: Stack
let site: WordPressSite
let everybody: Person[]

describe('2,000 people with attributes, nested groups and photos', () => {
  beforeAll(async () => {
    site = await startNativeWordPress({ companion: true, role: 'entra_sync' })
    stops.push(site.stop)
    await site.php(
      `add_role('archivist', 'Archivist', array('read' => true)); add_role('reviewer', 'Reviewer', array('read' => true));`,
    )
    stack = await startStack({
      directory: { users: people },
      wordpress: site,
      settings: { SYNC_SCHEDULE: '0 0 0 1 1 *' },
    })
    stops.push(stack.stop)
    const { admin } = stack.directory
    const seeded = (await admin.listUsers()).map(({ person }) => person)
    await admin.updateUsers(seeded.map(({ id }, index) => ({ id, patch: attributesOf(index, seeded) })))
    for (const [displayName, inside] of nesting) {
      const members = seeded.filter((_, index) => placeOf(index).group === displayName).map(({ id }) => id)
      const { id } = await admin.createGroup({ displayName, members })
      groups.set(displayName, id)
      if (inside !== null) await admin.addMembers(groups.get(inside)!, [id])
    }
    for (const [index, { id }] of seeded.entries())
      if (index < photographed) await admin.setPhoto(id, { look: `first ${index}` })
    everybody = (await admin.listUsers()).map(({ person }) => person)

    const rule = (group: string, role: string) => ({ group: groups.get(group)!, role })
    const defaults = {
      mapping: { meta },
      roles: {
        rules: [
          ...[rule('editorial', 'editor'), rule('writers', 'author'), rule('trainees', 'contributor')],
          ...[rule('columnists', 'author'), rule('archive', 'archivist')],
        ],
        default: 'subscriber',
      },
      photos: { enabled: true },
    }
    const configured = { SYNC_CONFIG: JSON.stringify({ defaults }) }
    Object.assign(stack.environment, configured)
    await stack.startApp()
  }, 10 * minutes)

  test('all arrive with every attribute, role and photo', { timeout: 20 * minutes }, async () => {
    const cycle = await runCycle(stack.context, 'default', 'due', { timeout: 15 * minutes })
    expect(cycle.counters).toMatchObject({ failed: 0, adopted: 0, updated: 0 })
    const linked = await linksOf()
    expect(linked.size).toBe(cycle.counters.created)
    // Three of the seed's people can't have an account: two are disabled, two share an address.
    expect(linked.size).toBe(people - 3)
    await settledPhotos()

    const shown = await accounts()
    const wrong = everybody.flatMap(({ id }, index) => {
      const account = shown.get(linked.get(id)?.wordpressId ?? 0)
      if (!linked.has(id)) return []
      const expected = { meta: expectedMeta(index), roles: [placeOf(index).role], photo: photoOf(index, 'first') }
      return JSON.stringify(account) === JSON.stringify(expected) ? [] : [{ index, account, expected }]
    })
    expect(wrong.slice(0, 3)).toEqual([])
    expect(shown.size).toBe(linked.size)
    expect(await mediaFiles()).toBe(everybody.filter(({ id }, index) => linked.has(id) && index < photographed).length)
  })

  test('a second cycle writes nothing and asks the site for nothing', { timeout: 10 * minutes }, async () => {
    await stack.proxy.reset()
    const { counters } = await runCycle(stack.context, 'default', 'full')
    expect(counters).toMatchObject({ queued: 0, siteRequests: 0, siteWrites: 0, failed: 0 })
    await pollPhotos()
    expect(stack.proxy.requests).toEqual([])
  })

  test('one changed photo is one upload', { timeout: 10 * minutes }, async () => {
    const media = await mediaFiles()
    await stack.directory.admin.setPhoto(everybody[9]!.id, { look: 'second 9' })
    await pollPhotos()
    await settledPhotos()
    const writes = stack.proxy.requests.filter(({ method }) => method !== 'GET')
    expect(writes.map(({ method, path }) => [method, path])).toEqual([['PUT', expect.stringContaining('/avatar')]])
    const id = (await linksOf()).get(everybody[9]!.id)!.wordpressId!
    expect((await accounts()).get(id)?.photo).toBe(photoOf(9, 'second'))
    expect(await mediaFiles()).toBe(media)
  })

  test(
    'who moves between groups has the new role and none of the old ones; roles that hands gave stay',
    { timeout: 10 * minutes },
    async () => {
      const { admin } = stack.directory
      const linked = await linksOf()
      const [mover, leaver] = [everybody[12]!.id, everybody[13]!.id]
      const idOf = (person: string) => linked.get(person)!.wordpressId!
      for (const person of [mover, leaver]) await site.php(`get_user_by('id', ${idOf(person)})->add_role('reviewer');`)
      await admin.removeMembers(groups.get('press-juniors')!, [mover])
      await admin.addMembers(groups.get('archive-team')!, [mover])
      await admin.removeMembers(groups.get('bloggers')!, [leaver])
      await stack.proxy.reset()
      const { counters } = await runCycle(stack.context, 'default', 'incremental')
      expect(counters).toMatchObject({ updated: 2, failed: 0, held: 0 })
      const shown = await accounts()
      expect(shown.get(idOf(mover))?.roles.sort()).toEqual(['archivist', 'reviewer'])
      expect(shown.get(idOf(leaver))?.roles.sort()).toEqual(['reviewer', 'subscriber'])
    },
  )
})

function attributesOf(index: number, seeded: readonly Person[]): PersonPatch {
  return {
    ...{
      employeeId: String(index).padStart(6, '0'),
      officeLocation: `B/${index % 7}`,
      companyName: `Müller & Söhne ${index % 3}`,
    },
    ...{ city: index % 5 === 0 ? null : 'Köln', businessPhones: [`+49 30 ${index}`], manager: seeded[index % 50]!.id },
    ...{ streetAddress: `Weg "${index}"`, postalCode: String(10_000 + index) },
    onPremisesExtensionAttributes: { extensionAttribute7: `<b>${index}</b> \\o/ 🎉` },
    employeeOrgData: { costCenter: `CC-${index % 11}`, division: null },
    [custom('level')]: (index % 9) + 1,
    [custom('lead')]: index % 4 === 0,
    [custom('teams')]: [`t${index % 6}`, 'all'],
  }
}

/** As WordPress' database says it: what is cleared is not there, numbers and booleans are texts. */
function expectedMeta(index: number): Record<string, unknown> {
  return {
    badge: String(index).padStart(6, '0'),
    office: `B/${index % 7}`,
    company: `Müller & Söhne ${index % 3}`,
    city: index % 5 === 0 ? '' : 'Köln',
    phone: `+49 30 ${index}`,
    boss: everybody[index % 50]!.displayName,
    motto: `<b>${index}</b> \\o/ 🎉`,
    cost_center: `CC-${index % 11}`,
    level: String((index % 9) + 1),
    lead: index % 4 === 0 ? '1' : '',
    teams: [`t${index % 6}`, 'all'],
    place: { street: `Weg "${index}"`, zip: String(10_000 + index) },
  }
}

const photoOf = (index: number, which: string): string | null =>
  index < photographed
    ? createHash('md5')
        .update(pngOf(240, `${which} ${index}`))
        .digest('hex')
    : null

const accountSchema = z.object({
  id: z.number(),
  meta: z.record(z.string(), z.unknown()),
  roles: z.array(z.string()),
  photo: z.string().nullable(),
})

/** Every synced account as the site's own code shows it, by id; of the photo the file's hash. */
async function accounts() {
  const printed = await site.php(`
    $all = array();
    foreach ( get_users() as $user ) {
      if ( '' === get_user_meta( $user->ID, 'badge', true ) ) { continue; }
      $meta = array();
      foreach ( json_decode( '${JSON.stringify(Object.keys(meta))}' ) as $key ) { $meta[ $key ] = get_user_meta( $user->ID, $key, true ); }
      $avatar = get_user_option( 'entra_sync_avatar', $user->ID );
      $all[] = array( 'id' => $user->ID, 'meta' => $meta, 'roles' => array_values( $user->roles ),
        'photo' => $avatar ? md5_file( get_attached_file( $avatar['media'] ) ) : null );
    }
    echo json_encode( $all );`)
  const found = z.array(accountSchema).parse(JSON.parse(printed))
  return new Map(found.map(({ id, ...account }) => [id, account]))
}

const mediaFiles = async (): Promise<number> =>
  Number(
    await site.php(
      `global $wpdb; echo $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->posts WHERE post_type = 'attachment'");`,
    ),
  )

async function linksOf() {
  const stored = await stack.context.stores.links.read(
    stack.context.connections[0]!.site.id,
    'default',
    everybody.map(({ id }) => id),
  )
  return new Map([...stored].filter(([, { link }]) => link.wordpressId !== null).map(([id, { link }]) => [id, link]))
}

/** A whole poll, which would be due in a day, or with the next tick of the schedule. */
async function pollPhotos(): Promise<void> {
  const { checkpoints } = stack.context.stores
  const before = await checkpoints.readPhotoPoll('default')
  if (before) await checkpoints.writePhotoPoll('default', { ...before.row, startedAt: 0 }, before.etag)
  await stack.proxy.reset()
  await sendRead(stack.context, { connection: 'default', photos: true })
  for (;;) {
    const row = (await checkpoints.readPhotoPoll('default'))?.row
    if (row && row.startedAt > 0 && row.finishedAt !== null) return
    await wait(200)
  }
}

/** Until each photo of the directory is on the site: the queue of photos is empty, invisible messages too. */
async function settledPhotos(): Promise<void> {
  const { queues, connections } = stack.context
  const queue = queues.queue(`photos-${connections[0]!.site.id}`)
  for (;;) {
    const links = await linksOf()
    const missing = everybody.slice(0, photographed).filter(({ id }) => links.has(id) && links.get(id)!.photo === null)
    if (missing.length === 0 && (await queue.approximateCount()) === 0) return
    await wait(500)
  }
}
