/**
 * The URL of a REST route under a site's root. The root ends in `/wp-json/` with pretty permalinks and in `?rest_route=/`
 * with plain ones.
 */
export function restUrl(root: string, route: string, query: Readonly<Record<string, string>> = {}): string {
  const url = new URL(root)
  if (url.searchParams.has('rest_route')) url.searchParams.set('rest_route', route)
  else url.pathname = url.pathname.replace(/\/$/, '') + route
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

/** A configured address as the front page's: no query, no fragment, no `wp-json`, one slash at the end. */
export function frontPage(configured: string): string {
  const url = new URL(configured)
  url.search = ''
  url.hash = ''
  url.username = ''
  url.password = ''
  url.pathname = url.pathname.replace(/\/+(wp-json\/*)?$/, '') + '/'
  return url.href
}
