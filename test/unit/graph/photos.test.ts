import { describe, expect, test } from 'vitest'
import { RetryLater } from '../../../lib/domain/faults.ts'
import { pngOf } from '../../../dev/directory/picture.ts'
import { readPhotoTags } from '../../../lib/graph/read-photo-tags.ts'
import { readPhotos } from '../../../lib/graph/read-photos.ts'
import { graphError, scriptedGraph, type Script } from './scripted-graph.ts'

const ids = Array.from({ length: 3 }, (_, number) => `0f8fad5b-d9cb-469f-a165-70867728950${number}`)
const twenty = Array.from({ length: 20 }, (_, number) => `0f8fad5b-d9cb-469f-a165-7086772895${10 + number}`)
const [anna = '', bert = '', cleo = ''] = ids

type Requests = { requests: { id: string; url: string }[] }

/** Answers each step of a `$batch` by its path; what is asked alone too. */
const graphOf = (answer: (url: string) => Script) =>
  scriptedGraph(({ url, body }) => {
    if (body === null) return answer(url)
    const { requests } = body as Requests
    const responses = requests.map((step) => ({ id: step.id, status: 200, ...answer(step.url) }))
    return { body: { responses } }
  })

const photo = (tag: string): Script => ({ body: { '@odata.mediaEtag': tag, id: '240X240', width: 240, height: 240 } })

describe('tags', () => {
  const tagsWhere = async (bad: Script) => {
    const { graph } = graphOf((url) => (url.includes(anna) ? photo('"A"') : bad))
    return await readPhotoTags(graph, [anna, bert], 4321)
  }

  test.each([
    graphError(404, 'ImageNotFound'),
    graphError(404, 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException'),
    graphError(404, 'ErrorItemNotFound'),
    graphError(404, 'ErrorNonExistentMailbox'),
    graphError(404, 'MailboxNotEnabledForRESTAPI'),
    graphError(404, 'ResourceNotFound'),
    graphError(404, 'Request_ResourceNotFound', "Resource 'photo' does not exist"),
    { status: 404, body: null },
    { body: { '@odata.mediaEtag': '', '@odata.mediaContentType': 'image/gif', id: '1x1' } },
    { body: { '@odata.mediaEtag': '"x"', id: '1X1' } },
  ])('%j is nobody’s photo', async (bad) => {
    const { found, later } = await tagsWhere(bad)
    expect([...found]).toEqual([
      [anna, '"A"'],
      [bert, null],
    ])
    expect(later.size).toBe(0)
  })

  test.each([
    graphError(404, 'Request_ResourceNotFound', `Resource '${bert}' does not exist`),
    graphError(403, 'ErrorAccessDenied'),
    graphError(400, 'AuthenticationError'),
    graphError(404, 'SomethingNew'),
    graphError(400, 'ErrorInvalidUser'),
    { body: { '@odata.mediaEtag': '', id: '240X240' } },
  ])('of %j nothing follows', async (bad) => {
    const { found, later } = await tagsWhere(bad)
    expect([...found]).toEqual([[anna, '"A"']])
    expect(later.size).toBe(0)
  })

  test.each([graphError(429, 'TooManyRequests'), graphError(503, 'ServiceUnavailable'), { body: { id: 5 } }])(
    '%j is asked later',
    async (bad) => {
      const { found, later } = await tagsWhere(bad)
      expect([...found]).toEqual([[anna, '"A"']])
      expect([...later]).toEqual([[bert, 4321]])
    },
  )

  test.each([
    [
      graphError(404, 'UnknownError', '{"error":{"code":"OrganizationFromTenantGuidNotFound"}}'),
      'photos-not-supported',
    ],
    [graphError(400, 'AuthenticationError'), 'photos-not-supported'],
    [graphError(403, 'Authorization_RequestDenied'), 'permission-missing'],
    [graphError(403, 'ErrorAccessDenied'), 'permission-missing'],
    [graphError(401, 'InvalidAuthenticationToken'), 'token-refused'],
  ])('%j of everybody is nobody’s own', async (bad, reason) => {
    const { graph } = graphOf(() => bad)
    await expect(readPhotoTags(graph, twenty, 1)).rejects.toMatchObject({ name: 'Terminal', reason })
  })

  test.each([graphError(403, 'ErrorAccessDenied'), graphError(400, 'AuthenticationError')])(
    '%j of one person who is asked for alone bars nobody else',
    async (bad) => {
      const { graph } = graphOf(() => bad)
      expect(await readPhotoTags(graph, [anna], 1)).toEqual({ found: new Map(), later: new Map() })
    },
  )

  test('a missing permission names the one that is needed', async () => {
    const { graph } = graphOf(() => graphError(403, 'Authorization_RequestDenied'))
    await expect(readPhotoTags(graph, ids, 1)).rejects.toThrow('ProfilePhoto.Read.All')
  })

  test('twenty people are one request, each asked once', async () => {
    const { graph, sent } = graphOf(() => photo('"A"'))
    expect((await readPhotoTags(graph, [...twenty, ...twenty, 'no id'], 1)).found.size).toBe(20)
    expect(sent).toHaveLength(1)
  })
})

describe('photos', () => {
  const bytes = pngOf(4, 'a')
  const encoded = Buffer.from(bytes).toString('base64')

  test('come in the size that was asked for, else the largest there is', async () => {
    const { graph, sent } = graphOf((url) => {
      if (url.includes(anna) || url.endsWith('/photo/$value')) return { body: encoded }
      return graphError(404, 'ErrorItemNotFound')
    })
    const { found } = await readPhotos(graph, [anna, bert], 240, 1)
    expect([...found]).toEqual([
      [anna, { bytes: Buffer.from(bytes), type: 'image/png' }],
      [bert, { bytes: Buffer.from(bytes), type: 'image/png' }],
    ])
    expect(sent.flatMap(({ body }) => (body as Requests).requests.map(({ url }) => url))).toEqual([
      `/users/${anna}/photos/240x240/$value`,
      `/users/${bert}/photos/240x240/$value`,
      `/users/${bert}/photo/$value`,
    ])
  })

  test('a batch that has no base64 is not believed: the bytes are asked for alone', async () => {
    const { graph } = graphOf((url) =>
      url === `/users/${cleo}/photos/48x48/$value` ? { body: '\ufffdPNG', bytes } : { body: encoded },
    )
    const { found } = await readPhotos(graph, [anna, cleo], 48, 1)
    expect(Buffer.from(found.get(cleo)!.bytes).equals(Buffer.from(bytes))).toBe(true)
  })

  test('what is neither JPEG nor PNG is nothing that a site takes', async () => {
    const gif = Buffer.from('GIF89a')
    const { graph } = graphOf(() => ({ body: gif.toString('base64'), bytes: gif }))
    expect(await readPhotos(graph, [anna], 48, 1)).toEqual({ found: new Map(), later: new Map() })
  })

  test('one that is throttled is had later, alone', async () => {
    const { graph } = graphOf((url) => (url.includes(bert) ? graphError(429, 'TooManyRequests') : { body: encoded }))
    const { found, later } = await readPhotos(graph, [anna, bert], 48, 7)
    expect([...found.keys()]).toEqual([anna])
    expect([...later]).toEqual([[bert, 7]])
  })

  test('a whole request that fails is nobody’s', async () => {
    const { graph } = scriptedGraph(() => graphError(503, 'ServiceUnavailable'))
    await expect(readPhotos(graph, ids, 48, 1)).rejects.toBeInstanceOf(RetryLater)
  })
})
