import { expect, test } from 'vitest'
import { ConfigurationError } from '../../lib/config/configuration-error.ts'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'
import type { Connection } from '../../lib/domain/connection.ts'

const connection = {
  id: 'one',
  directory: { tenantId: '11111111-2222-4333-8444-555555555555' },
  site: { url: 'https://one.example', username: 'sync', applicationPassword: { env: 'ONE' } },
}

function load(posts: unknown, defaults: object = {}): Connection {
  const own = posts === undefined ? connection : { ...connection, posts }
  const env = { SYNC_CONFIG: JSON.stringify({ connections: [own], defaults }), ONE: 'planted secret' }
  return loadConfiguration(env, () => '').connections[0]!
}

function faults(posts: unknown, defaults: object = {}): string[] {
  try {
    load(posts, defaults)
    return []
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace('- SYNC_CONFIG.', ''))
  }
}

const staff = { type: 'staff', title: 'displayName' }

test('without a word there are none; what is named is read, and changes who is looked at', () => {
  const bare = load(undefined)
  expect(bare.posts).toEqual([])
  const named = load([{ ...staff, when: 'companyName = "Contoso"', meta: { phone: 'businessPhones[0]' } }])
  expect(named.posts).toMatchObject([{ type: 'staff', status: 'publish', whenLeaving: 'draft', whenDeleted: 'draft' }])
  expect(named.select).toEqual(expect.arrayContaining(['businessPhones', 'companyName']))
  const hashes = [
    [staff],
    [{ ...staff, status: 'private' }],
    [{ ...staff, whenLeaving: 'private' }],
    [{ ...staff, whenDeleted: 'trash' }],
    [{ ...staff, when: 'true' }],
    [{ ...staff, title: { value: 'displayName', once: true } }],
    [{ ...staff, meta: { a: 'surname' } }],
    [{ ...staff, meta: { a: { value: 'surname', type: 'array' } } }],
    [staff, { ...staff, type: 'desk' }],
  ].map((posts) => load(posts).configurationHash)
  expect(new Set([bare.configurationHash, ...hashes]).size).toBe(hashes.length + 1)
})

test('a list takes the place of the defaults’', () => {
  const defaults = { posts: [{ ...staff, type: 'desk' }] }
  expect(load(undefined, defaults).posts.map(({ type }) => type)).toEqual(['desk'])
  expect(load([staff], defaults).posts.map(({ type }) => type)).toEqual(['staff'])
  expect(load([], defaults).posts).toEqual([])
})

test('every fault at once, each with its path', () => {
  const all = faults([
    {
      type: 'staff',
      title: 'displayName &',
      content: '$now()',
      when: 'a[',
      status: 'private',
      whenLeaving: 'private',
      meta: { 'a b': 'surname', _edit_lock: 'surname', office: 'surname' },
      acf: { Office: 'surname' },
    },
    { type: 'staff', title: 'displayName' },
    { type: 'wp_block', title: 'displayName', excerpt: 'mySite' },
  ])
  expect(all.map((line) => line.split(' ')[0]!.replace(/:$/, '')).toSorted()).toEqual(
    [
      ...['title', 'content', 'when', 'whenLeaving', 'meta.a b', 'meta._edit_lock', 'acf.Office'].map(
        (field) => `connections[0].posts[0].${field.split(' ')[0]}`,
      ),
      'connections[0].posts[1].type',
      'connections[0].posts[2].type',
      'connections[0].posts[2].excerpt',
    ].toSorted(),
  )
  expect(all.join('\n')).toContain('is that of posts[0] too')
  expect(faults(undefined, { posts: [{ type: 'staff', title: '' }] })[0]).toMatch(/^defaults\.posts\[0\]\.title: /)
})

test('the document’s own form is checked too', () => {
  const all = faults([{ type: 'Staff!', titel: 'displayName', status: 'draft' }]).join('\n')
  expect(all).toContain('connections[0].posts[0].type')
  expect(all).toContain('did you mean "title"?')
  expect(all).toContain('connections[0].posts[0].title: is needed')
  expect(all).toContain('connections[0].posts[0].status: must be "publish" or "private"')
})
