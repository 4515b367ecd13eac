import { SiteFault } from '../domain/faults.ts'
import { parseErrorBody, parseJson, type ErrorBody, type HttpAnswer } from './site-answer.ts'
import { retryAfter } from './retry-after.ts'

/** What an answer was an answer to. `url` is what was asked; only its origin and path are ever told. */
export type Asked = { url: string; authenticated: boolean; now: number }

const address = 'the site\'s address (WORDPRESS_URL, or "url" in SYNC_CONFIG)'
const credential = "the sync account's username and application password (WORDPRESS_USERNAME, WORDPRESS_APP_PASSWORD)"
const stripped =
  'the web server may also drop the Authorization header before PHP sees it, which looks the same (Apache with CGI: ' +
  '"SetEnvIf Authorization (.*) HTTP_AUTHORIZATION=$1" or the RewriteRule with E=HTTP_AUTHORIZATION that WordPress writes into .htaccess)'

const wrongCredentialCodes = new Map([
  ['incorrect_password', 'the application password is wrong or was revoked'],
  ['invalid_application_password', 'the application password is wrong or was revoked'],
  ['invalid_username', 'no account has that username'],
  ['invalid_email', 'no account has that username'],
])

/** Core's codes for "this credential may not", with 401 for "nobody is logged in" (`rest_authorization_required_code()`). */
const capabilityCodes = new Set([
  'rest_forbidden',
  'rest_forbidden_context',
  'rest_forbidden_orderby',
  'rest_user_cannot_view',
  'rest_cannot_create_user',
  'rest_cannot_edit',
  'rest_cannot_edit_roles',
  'rest_user_cannot_delete',
])

/** True for a code that core gives with 401 only where no credential arrived at all. */
export function saysNotLoggedIn(status: number, error: ErrorBody | null): boolean {
  return status === 401 && error !== null && (error.code === 'rest_not_logged_in' || capabilityCodes.has(error.code))
}

/** An answer that isn't a success, as the fault of the whole site: what happened, why, and the cure. Pure. */
export function siteFault(answer: HttpAnswer, asked: Asked): SiteFault {
  const { status, headers } = answer
  const after = retryAfter(headers['retry-after'], asked.now)
  const where = withoutQuery(asked.url)
  const fault = (reason: string, message: string) => new SiteFault(reason, message, { status, after })
  const body = parseJson(answer.text)
  const error = parseErrorBody(body)

  if (status === 429)
    return fault(
      'throttled',
      `${where} answered 429: too many requests. The sync waits; if it happens often, raise the limit of the site's firewall or host for this app, or lower the connection's concurrency.`,
    )
  if (status === 408)
    return fault('timeout', `${where} answered 408: the request took the site too long. Look at the load of the site.`)
  if (status >= 300 && status < 400) return redirectFault(answer, asked, fault)
  if (status === 401) return unauthorizedFault(headers, error, asked, fault)
  if (error === null) return unreadableFault(status, body !== undefined, where, fault)
  if (status === 403) return forbiddenFault(error, where, fault)
  if (error.code === 'rest_no_route')
    return fault(
      'no-route',
      `${where} has no such REST route (rest_no_route). WordPress is too old, or a plugin takes the users routes away: allow /wp/v2/users for the sync account.`,
    )
  if (status >= 500)
    return fault('server-error', `${where} answered ${status} (${error.code}). Look into the site's PHP error log.`)
  return fault(
    'unexpected-answer',
    `${where} answered ${status} (${error.code}), which the sync doesn't expect here. A plugin or a proxy may have changed the REST API.`,
  )
}

type Fault = (reason: string, message: string) => SiteFault

function redirectFault({ status, headers }: HttpAnswer, asked: Asked, fault: Fault): SiteFault {
  const from = new URL(asked.url)
  const location = headers['location'] ?? ''
  if (location === '' || !URL.canParse(location, from.href))
    return fault(
      'redirect',
      `${withoutQuery(asked.url)} answered ${status} without saying where to go. Set ${address} to the address that the site uses itself.`,
    )
  const to = new URL(location, from)
  const target = withoutQuery(to.href)
  if (to.pathname.endsWith('/wp-login.php'))
    return fault(
      'rest-closed',
      `${withoutQuery(asked.url)} redirects to the log-in page: a plugin lets only logged-in visitors in. Let it leave the REST API (/wp-json/) open to application passwords.`,
    )
  if (from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname)
    return fault(
      'https-required',
      `${withoutQuery(asked.url)} redirects to ${target}. Credentials are never sent along a redirect: begin ${address} with https://.`,
    )
  return fault(
    'redirect',
    `${withoutQuery(asked.url)} redirects to ${target}. Credentials are never sent along a redirect: set ${address} to where the site really is.`,
  )
}

function unauthorizedFault(
  headers: HttpAnswer['headers'],
  error: ErrorBody | null,
  asked: Asked,
  fault: Fault,
): SiteFault {
  const where = withoutQuery(asked.url)
  const why = error === null ? undefined : wrongCredentialCodes.get(error.code)
  if (error === null)
    return headers['www-authenticate'] === undefined
      ? fault(
          'rest-closed',
          `${where} answered 401 and no WordPress error: something before WordPress asks for a log-in. Let /wp-json/ through for this app.`,
        )
      : fault(
          'wrong-credentials',
          `${where} answered 401 from the web server (${scheme(headers['www-authenticate'])}), not from WordPress: the server's own password protection takes the Authorization header. Exempt /wp-json/ from it.`,
        )
  if (why !== undefined)
    return fault(
      'wrong-credentials',
      `WordPress refused the log-in (${error.code}): ${why}. Check ${credential}; create a new application password in the account's profile if in doubt.`,
    )
  if (error.code.startsWith('application_passwords_disabled'))
    return fault(
      'application-passwords-off',
      `WordPress has application passwords switched off for the sync's account (${error.code}). ${applicationPasswordsCure}`,
    )
  if (asked.authenticated && saysNotLoggedIn(401, error))
    return fault(
      'wrong-credentials',
      `WordPress saw no valid log-in (${error.code}). Check ${credential}; ${stripped}.`,
    )
  return fault(
    'rest-closed',
    `${where} answered 401 (${error.code}): a plugin closes the REST API${asked.authenticated ? ' even to the sync account' : ' to visitors'}. Let it leave /wp-json/ open to application passwords.`,
  )
}

function unreadableFault(status: number, isJson: boolean, where: string, fault: Fault): SiteFault {
  const what = isJson ? "JSON that is not WordPress' own" : 'something that is not JSON, perhaps a page'
  if (status >= 500)
    return fault(
      'server-error',
      `${where} answered ${status}: the site, or the server before it, is failing or under maintenance. Look into the web server's and PHP's error logs.`,
    )
  if (status === 403)
    return fault(
      'not-json',
      `${where} answered 403 with ${what}: a firewall blocks this app. Allow its addresses, or its user agent, to use /wp-json/.`,
    )
  if (status === 404)
    return fault(
      'no-route',
      `${where} was not found: no WordPress REST API is there. Check ${address}; it is the site's front page, with the folder if WordPress lives in one.`,
    )
  if (status === 413)
    return fault(
      'unexpected-answer',
      `${where} answered 413: the server takes no request of that size. Raise its limit (nginx client_max_body_size) to at least 1 MB.`,
    )
  return fault(
    'not-json',
    `${where} answered ${status} with ${what}. Check ${address}; a maintenance or cookie page, a security check, or PHP warnings printed before the JSON (display_errors) look like this.`,
  )
}

function forbiddenFault(error: ErrorBody, where: string, fault: Fault): SiteFault {
  if (capabilityCodes.has(error.code))
    return fault(
      'missing-capabilities',
      `The sync's account may not do this (${error.code} at ${where}). It needs list_users, create_users and edit_users (on a multisite manage_network_users too): give it the administrator role, or a role with these.`,
    )
  return fault(
    'rest-closed',
    `${where} answered 403 (${error.code}): a plugin closes the REST API. Let it leave /wp-json/ open to the sync account.`,
  )
}

export const applicationPasswordsCure =
  'Switch them on: Wordfence turns them off ("Disable WordPress application passwords"), so do other security plugins and the ' +
  'filter wp_is_application_passwords_available; behind a proxy that ends TLS, WordPress must know that the request came by https (is_ssl()).'

/** Origin and path: a query can hold tokens. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function scheme(header: string): string {
  return /^[\w-]{1,20}/.exec(header)?.[0] ?? 'unknown scheme'
}
