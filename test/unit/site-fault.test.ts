import { describe, expect, it } from 'vitest'
import { siteFault } from '../../lib/wordpress/site-fault.ts'

const now = Date.parse('2026-11-23T10:00:00Z')
const url = 'https://example.test/blog/wp-json/wp/v2/users?search=jane%40example.test&_fields=id'

function classify(status: number, body: unknown, headers: Record<string, string> = {}, authenticated = true) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return siteFault({ status, headers, text }, { url, authenticated, now })
}
const error = (code: string) => ({ code, message: 'Sorry, jane@example.test', data: null })
const html = '<!doctype html><title>Sorry</title>'

type Row = [number, unknown, string, RegExp, Record<string, string>?, boolean?]

const table: Row[] = [
  [401, error('incorrect_password'), 'wrong-credentials', /WORDPRESS_APP_PASSWORD/],
  [401, error('invalid_username'), 'wrong-credentials', /no account has that username/],
  [401, error('invalid_email'), 'wrong-credentials', /no account has that username/],
  [401, error('rest_not_logged_in'), 'wrong-credentials', /drop the Authorization header/],
  [401, error('rest_cannot_create_user'), 'wrong-credentials', /drop the Authorization header/],
  [401, error('rest_user_cannot_delete'), 'wrong-credentials', /drop the Authorization header/],
  [401, error('application_passwords_disabled_for_user'), 'application-passwords-off', /Wordfence/],
  [401, html, 'wrong-credentials', /web server \(Basic\)/, { 'www-authenticate': 'Basic realm="staging"' }],
  [401, html, 'rest-closed', /asks for a log-in/],
  [401, error('rest_login_required'), 'rest-closed', /even to the sync account/],
  [401, error('rest_not_logged_in'), 'rest-closed', /to visitors/, {}, false],
  [403, error('rest_disabled'), 'rest-closed', /rest_disabled/],
  [403, error('rest_forbidden_context'), 'missing-capabilities', /list_users/],
  [403, error('rest_user_cannot_view'), 'missing-capabilities', /list_users/],
  [403, error('rest_cannot_create_user'), 'missing-capabilities', /create_users/],
  [403, html, 'not-json', /firewall/],
  [404, error('rest_no_route'), 'no-route', /\/wp\/v2\/users/],
  [404, html, 'no-route', /WORDPRESS_URL/],
  [200, html, 'not-json', /WORDPRESS_URL/],
  [200, 'Warning: something in x.php on line 3 {"id":1}', 'not-json', /display_errors/],
  [408, '', 'timeout', /too long/],
  [413, html, 'unexpected-answer', /client_max_body_size/],
  [418, error('teapot'), 'unexpected-answer', /teapot/],
  [429, error('rate_limited'), 'throttled', /concurrency/],
  [500, error('internal_server_error'), 'server-error', /PHP error log/],
  [502, html, 'server-error', /logs/],
  [301, '', 'https-required', /https:\/\//, { location: 'https://plain.test/wp-json/' }],
  [
    301,
    '',
    'redirect',
    /https:\/\/www\.example\.test\/wp-json\//,
    { location: 'https://www.example.test/wp-json/?token=s3cret' },
  ],
  [302, '', 'rest-closed', /log-in page/, { location: '/wp-login.php?redirect_to=%2F' }],
  [302, '', 'redirect', /without saying where/],
]

describe('the fault of a site', () => {
  it.each(table)('%i %j is %s', (status, body, reason, says, headers, authenticated) => {
    const from = reason === 'https-required' ? 'http://plain.test/wp-json/' : url
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const asked = { url: from, authenticated: authenticated ?? true, now }
    const fault = siteFault({ status, headers: headers ?? {}, text }, asked)
    expect(fault).toMatchObject({ reason, status })
    expect(fault.message).toMatch(says)
    expect(fault.message).not.toMatch(/jane|s3cret|\?/i)
  })

  it('says how long a throttled caller waits, in seconds or as a date', () => {
    expect(classify(429, '', { 'retry-after': '17' }).after).toBe(17_000)
    expect(classify(429, '', { 'retry-after': 'Mon, 23 Nov 2026 10:01:30 GMT' }).after).toBe(90_000)
    expect(classify(429, '', { 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' }).after).toBe(0)
    expect(classify(503, html, { 'retry-after': '5' }).after).toBe(5000)
    for (const odd of ['soon', '-5', '1.5', '']) expect(classify(429, '', { 'retry-after': odd }).after).toBeNull()
    expect(classify(429, '').after).toBeNull()
  })
})
