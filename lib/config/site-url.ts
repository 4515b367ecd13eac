import { createHash } from 'node:crypto'

/** A site's address as it is used: no slash at the end; or what is wrong with it. */
export function siteUrl(text: string): { ok: true; url: string } | { ok: false; message: string } {
  const url = URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol))
    return { ok: false, message: 'must be the address of the site’s front page, such as https://www.contoso.com' }
  if (url.username || url.password)
    return { ok: false, message: 'must hold no user name or password; they have settings of their own' }
  if (url.search || url.hash) return { ok: false, message: 'must be the front page’s address, without ? and #' }
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return {
      ok: false,
      message:
        'must begin with https:// (http is for this machine only): application passwords must not travel in the clear',
    }
  return { ok: true, url: url.origin + url.pathname.replace(/\/+(wp-json\/*)?$/, '') }
}

/** The id of a site that is given none. */
export function siteIdOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16)
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}
