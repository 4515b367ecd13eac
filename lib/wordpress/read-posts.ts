import * as z from 'zod'
import { bareSlug, trashedSuffix, type PostType, type SitePost } from '../domain/post.ts'
import { parsePost, postFields } from './parse-post.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'

/** The most that WordPress lists at a time. */
const pageSize = 100

const edit = { context: 'edit', _fields: postFields }

/** `any` is all but the trash. https://developer.wordpress.org/reference/classes/wp_query/#status-parameters */
const everywhere = { status: 'any,trash', per_page: String(pageSize), orderby: 'id', order: 'asc' }

const postsSchema = z.array(
  z.unknown().transform((body, context) => {
    const post = parsePost(body)
    if (post !== null) return post
    context.addIssue({ code: 'custom', message: 'not a post' })
    return z.NEVER
  }),
)

/** Posts by id, {@link pageSize} a request. An id is absent only where WordPress answers 404 `rest_post_invalid_id` for it. */
export async function readPosts(rest: Rest, type: PostType, ids: readonly number[]): Promise<Map<number, SitePost>> {
  const wanted = [...new Set(ids)]
  const found = new Map<number, SitePost>()
  for (let start = 0; start < wanted.length; start += pageSize) {
    const include = wanted.slice(start, start + pageSize).join(',')
    for (const post of await list(rest, type, { include })) found.set(post.id, post)
  }
  // A list can be filtered by a plugin, or by rights: being left out of it proves nothing.
  for (const id of wanted.filter((each) => !found.has(each))) {
    const post = await readPost(rest, type, id)
    if (post !== null) found.set(id, post)
  }
  return found
}

/** Posts by the slug that they were made with. What is in the trash has a suffix to it, so half as many fit into a page. */
export async function findPosts(rest: Rest, type: PostType, slugs: readonly string[]): Promise<Map<string, SitePost>> {
  const wanted = [...new Set(slugs)]
  const found = new Map<string, SitePost>()
  const most = pageSize / 2
  for (let start = 0; start < wanted.length; start += most) {
    const some = wanted.slice(start, start + most)
    const slug = some.flatMap((one) => [one, one + trashedSuffix]).join(',')
    for (const post of await list(rest, type, { slug })) {
      const own = bareSlug(post.slug)
      if (found.get(own)?.status !== undefined && post.status === 'trash') continue
      found.set(own, post)
    }
  }
  return found
}

async function list(rest: Rest, type: PostType, query: Record<string, string>): Promise<SitePost[]> {
  const request = { method: 'GET', route: type.route, query: { ...edit, ...everywhere, ...query } } as const
  return (await rest.read(request, postsSchema)).body
}

async function readPost(rest: Rest, type: PostType, id: number): Promise<SitePost | null> {
  const answer = await rest.send({ method: 'GET', route: `${type.route}/${id}`, query: edit })
  const body = parseJson(answer.text)
  if (answer.status === 404 && parseErrorBody(body)?.code === 'rest_post_invalid_id') return null
  if (answer.status !== 200 || body === undefined) throw answer.fault()
  const post = parsePost(body)
  if (post === null) throw answer.unexpected('gave a post without the fields that were asked for')
  return post
}
