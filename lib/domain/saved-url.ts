import { savedLength, trimmed, wellFormed } from './plain-text.ts'

/** Less `feed`, which WordPress looks behind: https://developer.wordpress.org/reference/functions/wp_allowed_protocols/ */
const protocols = new Set(
  'http https ftp ftps mailto news irc irc6 ircs gopher nntp telnet mms rtsp sms svn tel fax xmpp webcal urn'.split(
    ' ',
  ),
)

const longestUrl = 100

/**
 * The address that WordPress makes of a user's URL; '' where it keeps none. One of more than 100 characters makes WordPress refuse the
 * whole user, and a shortened one would point elsewhere: none is left.
 * https://developer.wordpress.org/reference/functions/sanitize_url/
 */
export function savedUrl(value: string): string {
  const text = trimmed(wellFormed(value)).replace(/<[^<>]*>/g, '')
  let url = removedUntilStable(
    text.replace(/ /g, '%20').replace(/[^a-z0-9\-~+_.?#=!&;,/:%@$|*'()[\]\\\u0080-\u{10FFFF}]/giu, ''),
    /%0[da]/gi,
  ).replace(/;\/\//g, '://')
  if (url === '') return ''
  if (!url.includes(':') && !/^[/#?]/.test(url) && !/^[a-z0-9-]+?\.php/i.test(url)) url = `http://${url}`
  if (!url.startsWith('/') && url.includes(':')) {
    const scheme = url.slice(0, url.indexOf(':')).toLowerCase()
    if (!protocols.has(scheme)) return ''
    url = scheme + url.slice(scheme.length)
  }
  // Brackets are only kept in a host (IPv6); backslashes and entities fare differently in each filter: not worth a link.
  if (/[[\]\\]|&#|&[a-z]{2,8}[0-9]{0,2};/i.test(url)) return ''
  return savedLength(url) > longestUrl ? '' : url
}

function removedUntilStable(value: string, pattern: RegExp): string {
  let text = value
  for (;;) {
    const next = text.replace(pattern, '')
    if (next === text) return text
    text = next
  }
}
