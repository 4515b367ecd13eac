import { beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import type { PersonPatch } from '../../dev/directory/person.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import type { MappingSettings } from '../../lib/domain/mapping.ts'
import type { Site } from '../../lib/sync/ports/site.ts'
import { untakenFields } from '../../lib/domain/untaken-fields.ts'
import { connectionStatus } from '../../lib/sync/connection-status.ts'
import { previewUser } from '../../lib/sync/preview-user.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { createLaneScene, type LaneScene, type LaneServers } from '../support/lane-scene.ts'
import { useStops } from '../support/use-servers.ts'

const team = 'extension_0123456789abcdef0123456789abcdef_team'
const level = 'extension_0123456789abcdef0123456789abcdef_level'
const lead = 'extension_0123456789abcdef0123456789abcdef_lead'

const mapping: MappingSettings = {
  meta: {
    badge: 'employeeId',
    motto: 'onPremisesExtensionAttributes.extensionAttribute7',
    about: { value: 'jobTitle', once: true },
    boss: 'manager.displayName',
    level: { value: level, type: 'number' },
    share: { value: 'onPremisesExtensionAttributes.extensionAttribute1', type: 'number' },
    lead: { value: lead, type: 'boolean' },
    remote: { value: 'officeLocation = "Home"', type: 'boolean' },
    tags: { value: `[${team}]`, type: 'array' },
    sign_ins: { value: '[identities.{"by": signInType, "as": issuerAssignedId}]', type: 'array' },
    place: { value: '{"city": city, "zip": postalCode, "lines": [streetAddress]}', type: 'object' },
  },
  acf: {
    office: 'officeLocation',
    floor: {
      value: '$contains(officeLocation ?: "", "/") ? $substringAfter(officeLocation, "/") : null',
      type: 'number',
    },
    keyholder: { value: lead, type: 'boolean' },
  },
}

/** Every kind of value, with what databases and PHP stumble over. */
const anna: PersonPatch = {
  employeeId: '0042',
  jobTitle: 'Engineer',
  officeLocation: 'B/3',
  city: 'Köln',
  postalCode: '00123',
  streetAddress: 'O\'Neil \\ "Way" 5',
  identities: [
    { signInType: 'userName', issuer: 'contoso.example', issuerAssignedId: 'anna' },
    { signInType: 'emailAddress', issuer: 'contoso.example', issuerAssignedId: 'anna@home.example' },
  ],
  onPremisesExtensionAttributes: {
    extensionAttribute1: '0.3333333333333333',
    extensionAttribute7: ' \\"a\\" & <b>🎉 \\\\',
  },
  [team]: ['blue', 'green\\'],
  [level]: 7,
  [lead]: true,
}

const expected = {
  badge: '0042',
  motto: ' \\"a\\" & <b>🎉 \\\\',
  about: 'Engineer',
  boss: 'Max Chief',
  level: '7',
  share: '0.33333333333333',
  lead: '1',
  remote: '',
  tags: ['blue', 'green\\'],
  sign_ins: [
    { by: 'userName', as: 'anna' },
    { by: 'emailAddress', as: 'anna@home.example' },
  ],
  place: { city: 'Köln', zip: '00123', lines: ['O\'Neil \\ "Way" 5'] },
  office: 'B/3',
  floor: '3',
  keyholder: '1',
}
const keys = Object.keys(expected)

/** User meta and ACF fields on a real site, however it registers them. */
export function customFieldsSuite(name: string, companion: boolean, startSite: () => Promise<WordPressSite>): void {
  describe(`meta and ACF fields, ${name}`, () => {
    const servers = {} as LaneServers
    const stops = useStops()
    let scenes = 0
    beforeAll(async () => {
      const [azurite, directory, site] = await Promise.all([startAzurite(), startDirectory({ users: 0 }), startSite()])
      trustDirectory(directory)
      stops.push(azurite.stop, directory.stop, site.stop)
      Object.assign(servers, { directory, site, storage: azurite.connectionString })
    })

    /** A scene whose requests to the site are counted: people read, and people written. */
    function scene(settings: MappingSettings = mapping, policy: Parameters<typeof createLaneScene>[2] = {}) {
      const lane = createLaneScene(servers, `custom${++scenes}`, { mapping: settings, ...policy })
      const calls = { reads: 0, writes: 0, settings: 0 }
      const site = lane.context.site(lane.connection.site)
      const counted: Site = {
        ...site,
        readUsers: (ids) => (calls.reads++, site.readUsers(ids)),
        write: (writes) => ((calls.writes += writes.length), site.write(writes)),
        writeSettings: (wanted) => (calls.settings++, site.writeSettings(wanted)),
      }
      lane.context.site = () => counted
      return { lane, calls }
    }

    /** As the database has it. */
    async function metaOf(lane: LaneScene, objectId: string): Promise<Record<string, unknown>> {
      const { wordpressId } = (await lane.link(objectId))!
      const list = JSON.stringify(keys)
      return JSON.parse(
        await servers.site.php(
          `$meta = array(); foreach (json_decode('${list}') as $key) { $meta[$key] = get_user_meta(${wordpressId}, $key, true); } echo json_encode($meta);`,
        ),
      )
    }
    const byHand = async (lane: LaneScene, objectId: string, code: string) =>
      servers.site.php(`$id = ${(await lane.link(objectId))!.wordpressId}; ${code}`)
    const change = (objectId: string, patch: PersonPatch) => servers.directory.admin.updateUser(objectId, patch)
    /** As after a change of the configuration: nobody is taken for settled by the fingerprint. */
    const asAnew = (lane: LaneScene) =>
      Object.assign(lane.connection, { configurationHash: String(Math.random()).slice(2, 18) })
    async function annaWith(lane: LaneScene, patch: PersonPatch = {}): Promise<string> {
      const max = await lane.person('max', { displayName: 'Max Chief' })
      return lane.person('anna', { ...anna, manager: max, ...patch })
    }
    async function verify(lane: LaneScene): Promise<void> {
      await lane.context.stores.sites.writeVerify(lane.id, lane.id, {
        ...{ startedAt: 0, after: null, finishedAt: 0, checked: 0, drifted: 0, missing: 0 },
      })
      await wakeLanes(lane.context)
      await lane.quiet()
    }

    /** The same connection with another mapping, as after a change of the configuration. */
    function newer(lane: LaneScene, settings: MappingSettings = mapping) {
      const made = scene(settings)
      const { connection } = made.lane
      const hash = { configurationHash: 'feedfeedfeedfeed' }
      Object.assign(connection, { id: lane.id, site: { ...connection.site, id: lane.id }, ...hash })
      return made
    }
    async function lookThrough(later: LaneScene, { id }: LaneScene, objectId: string): Promise<void> {
      const look = {
        connection: id,
        ids: [objectId],
        trigger: 'on-demand',
        signal: Date.now(),
        cycle: null,
        number: null,
      }
      await later.context.queues.queue(`now-${id}`).send(JSON.stringify(look))
      await later.drain()
    }

    test('fourteen attributes of every type arrive, in the request that makes the account', async () => {
      const { lane, calls } = scene()
      const objectId = await annaWith(lane)
      await lane.settle(objectId)
      expect(await metaOf(lane, objectId)).toEqual(expected)
      // The plugin is told what to register, once for all that follow.
      expect(calls).toEqual({ reads: 0, writes: 1, settings: companion ? 1 : 0 })
      expect(await lane.told(objectId)).toEqual(['created'])
      const [row] = (await lane.rows()).filter((each) => each.objectId === objectId)
      expect(row?.error).toBeNull()
      expect(row?.changes).toContainEqual({ field: 'meta.tags', from: null, to: '["blue","green\\\\"]' })
      expect(row?.changes.map(({ field }) => field)).not.toContain('meta.remote')
      // What was written is what is read: neither a look that maps everything anew nor the verify pass has anything to say.
      for (let round = 0; round < 2; round++) {
        asAnew(lane)
        await lane.settle(objectId)
      }
      expect(calls).toMatchObject({ reads: 0, writes: 1 })
      await verify(lane)
      expect(calls).toMatchObject({ reads: 1, writes: 1 })
      expect(await lane.told(objectId)).toEqual(['created'])
    })

    test('changes are sent alone, null clears, and what was cleared stays so without another write', async () => {
      const { lane, calls } = scene()
      const objectId = await annaWith(lane)
      await lane.settle(objectId)
      await change(objectId, {
        ...{ employeeId: null, manager: null, officeLocation: 'Home', city: null },
        ...{ [team]: null, [level]: 0, [lead]: false },
        onPremisesExtensionAttributes: { extensionAttribute1: null, extensionAttribute7: 'x' },
      })
      await lane.settle(objectId)
      expect(await metaOf(lane, objectId)).toMatchObject({
        ...{ badge: '', motto: 'x', boss: '', share: '', remote: '1', office: 'Home', about: 'Engineer' },
        place: { zip: '00123', lines: ['O\'Neil \\ "Way" 5'] },
      })
      expect(await lane.account((await lane.link(objectId))!.wordpressId)).toBeDefined()
      const row = (await lane.rows()).find(({ objectId: id, status }) => id === objectId && status === 'updated')
      expect(row?.changes).toEqual(
        expect.arrayContaining([
          { field: 'meta.badge', from: '0042', to: '' },
          { field: 'meta.tags', from: '["blue","green\\\\"]', to: '[]' },
          { field: 'acf.keyholder', from: 'true', to: 'false' },
        ]),
      )
      const { writes } = calls
      asAnew(lane)
      await lane.settle(objectId)
      await verify(lane)
      expect(calls.writes).toBe(writes)
      expect(await lane.told(objectId)).toEqual(['created', 'updated'])
    })

    test('hand edits are found by the verify pass and mended; what is set once is left to people', async () => {
      const { lane, calls } = scene()
      const objectId = await annaWith(lane)
      await lane.settle(objectId)
      expect(calls.settings).toBe(0)
      await byHand(
        lane,
        objectId,
        `update_user_meta($id, 'level', 99); update_user_meta($id, 'tags', array('green', 'blue')); update_user_meta($id, 'about', 'Mine');
        delete_user_meta($id, 'place'); update_user_meta($id, 'office', 'Attic'); update_user_meta($id, 'unmapped', 'stays');`,
      )
      await verify(lane)
      expect(await metaOf(lane, objectId)).toEqual({ ...expected, about: 'Mine' })
      const row = (await lane.rows()).find(({ trigger, status }) => trigger === 'verify' && status === 'updated')
      expect(row?.changes.map(({ field }) => field).sort()).toEqual([
        'acf.office',
        'meta.level',
        'meta.place',
        'meta.tags',
      ])
      await change(objectId, { jobTitle: 'Director' })
      await lane.settle(objectId)
      expect(await metaOf(lane, objectId)).toEqual({ ...expected, about: 'Mine' })
    })

    test('set once: filled later where there was nothing to say, and not where somebody was faster', async () => {
      const { lane } = scene()
      const [first, second] = [await annaWith(lane, { jobTitle: null }), await lane.person('bea', { jobTitle: null })]
      await lane.settle(first, second)
      await byHand(lane, second, "update_user_meta($id, 'about', 'Mine');")
      for (const objectId of [first, second]) await change(objectId, { jobTitle: 'Engineer' })
      await lane.settle(first, second)
      expect((await metaOf(lane, first))['about']).toBe('Engineer')
      expect((await metaOf(lane, second))['about']).toBe('Mine')
    })

    test('an adopted account gets them; set once stays what it is', async () => {
      const { lane } = scene()
      const id = await lane.stranger(`anna.${lane.id}.old`, lane.address('anna'), 'subscriber')
      await servers.site.php(`update_user_meta(${id}, 'about', 'Mine'); update_user_meta(${id}, 'level', 7);`)
      const objectId = await annaWith(lane)
      await lane.settle(objectId)
      expect(await lane.link(objectId)).toMatchObject({ wordpressId: id })
      expect(await metaOf(lane, objectId)).toEqual({ ...expected, about: 'Mine' })
    })

    test('a link from before the fields were mapped gets them, and nothing else is written', async () => {
      const { lane } = scene({})
      const objectId = await annaWith(lane)
      await lane.settle(objectId)
      await byHand(lane, objectId, "update_user_meta($id, 'first_name', 'By hand');")
      const stored = (await lane.context.stores.links.read(lane.id, lane.id, [objectId])).get(objectId)!
      const { lane: later } = newer(lane)
      await lookThrough(later, lane, objectId)
      expect(await metaOf(lane, objectId)).toEqual(expected)
      const [row] = (await lane.rows()).filter(({ status }) => status === 'updated')
      expect(row?.changes.every(({ field }) => /^(meta|acf)\./.test(field))).toBe(true)
      expect(Object.keys(stored.link.hashes).some((field) => field.startsWith('meta.'))).toBe(false)
    })

    test('a field that a group shows for other roles only is told, not lost in silence', async () => {
      const { lane } = scene()
      await lane.stranger(`anna.${lane.id}.old`, lane.address('anna'), 'author')
      const objectId = await annaWith(lane)
      await lane.settle(objectId)
      const [row] = (await lane.rows()).filter((each) => each.objectId === objectId)
      expect(row).toMatchObject({ status: 'adopted', error: 'the site keeps something else in acf.floor' })
      await verify(lane)
      expect(await lane.told(objectId)).toEqual(['adopted'])
    })

    test('what ACF does not know stops the people of this connection, and nobody else', async () => {
      const { lane, calls } = scene({ ...mapping, acf: { office: 'officeLocation', garage: 'city' } })
      const logged: string[] = []
      lane.context.log = (_level, event, fields) => void logged.push(`${event} ${JSON.stringify(fields)}`)
      const objectId = await annaWith(lane)
      await lane.settle(objectId)
      expect(await lane.link(objectId)).toBeUndefined()
      expect(calls.writes).toBe(0)
      expect(logged.join()).toMatch(/does not take mapped fields.*acf\.garage/)
      expect(await lane.waiting('now')).toBe(1)
      const { lane: other } = scene()
      const [same] = [await other.person('same')]
      await other.settle(same)
      expect(await other.told(same)).toEqual(['created'])
    })

    test.skipIf(companion)(
      'unregistered meta keeps its connection’s people waiting, until it is registered; who leaves goes',
      async () => {
        const { lane } = scene({})
        const [gone, staying] = [await lane.person('gone'), await annaWith(lane)]
        await lane.settle(gone)
        await servers.site.setConditions(['acf-fields'])
        const { lane: later, calls } = newer(lane)
        await change(gone, { accountEnabled: false })
        for (const objectId of [gone, staying]) await lookThrough(later, lane, objectId)
        expect((await lane.link(gone))?.state).toBe('suspended')
        expect(await lane.link(staying)).toBeUndefined()
        expect(calls.writes).toBe(1)
        const { capabilities } = (await lane.context.stores.sites.readCapabilities(lane.id))!
        expect(untakenFields(later.connection.mapping.customs, capabilities)).toContain('meta.badge')
        expect((await connectionStatus(later.context, later.connection)).untaken).toMatch(
          /registered for REST: badge, motto/,
        )
        await expect(previewUser(later.context, later.connection, staying)).rejects.toMatchObject({
          reason: 'fields-not-taken',
        })

        await servers.site.setConditions(['registered-meta', 'acf-fields'])
        await lookThrough(later, lane, staying)
        expect(await metaOf(lane, staying)).toEqual(expected)
        expect((await connectionStatus(later.context, later.connection)).untaken).toBeNull()
        const { fields } = await previewUser(later.context, later.connection, staying)
        expect(fields).toContainEqual({
          field: 'meta.boss',
          expression: 'manager.displayName',
          value: 'Max Chief',
          once: false,
        })
      },
    )
  })
}
