import { z } from 'zod'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

/**
 * Requests that nginx had answered before this one. Told by the server itself, so neither side has a proxy in its way.
 * https://nginx.org/en/docs/http/ngx_http_stub_status_module.html
 */
export async function requestsServed(site: WordPressSite): Promise<number> {
  const text = await (await fetch(`${site.url}/nginx-status`)).text()
  const total = /^server accepts handled requests\n \d+ \d+ (\d+)/m.exec(text)?.[1]
  if (total === undefined) throw new Error('The site has no /nginx-status')
  return Number(total) - 1
}

/** Compiled scripts and open tables, as a site has them that is in use. */
export async function warmUp(site: WordPressSite): Promise<void> {
  const credential = Buffer.from(`${site.username}:${site.applicationPassword}`).toString('base64')
  for (let time = 0; time < 10; time++) {
    const answer = await fetch(`${site.url}/wp-json/wp/v2/users?context=edit`, {
      headers: { authorization: `Basic ${credential}` },
    })
    if (!answer.ok) throw new Error(`The site answers ${answer.status} to its own account`)
    await answer.arrayBuffer()
  }
}

/** Accounts on the site whose display name ends so; those that every site has are not counted. */
export async function countAccounts(site: WordPressSite, ending = ''): Promise<number> {
  const own = [site.username, site.adminUsername].map((name) => `'${name}'`).join()
  const rows = await site.sql?.(
    `SELECT COUNT(*) AS count FROM wp_users WHERE user_login NOT IN (${own}) AND display_name LIKE '%${ending}'`,
  )
  return z.tuple([z.object({ count: z.coerce.number() })]).parse(rows)[0].count
}
