/** Longer ones would not fit into a link's row, a hundred of them. WordPress' own limit is 255. */
const longestKey = 100

/** Rights, sessions, secrets and settings of an account: whoever writes them can take the site over, or lock people out. */
const dangerous: readonly RegExp[] = [
  /capabilities$/,
  /user_level$/,
  /user-settings(-time)?$/,
  /^session_tokens$/,
  /^_application_passwords$/,
  /^_new_email$/,
  /^default_password_nag$/,
  /^use_ssl$/,
  /^(primary_blog|source_domain)$/,
  /^_?two_factor_|^_?wfls_|totp|^_?2fa_/,
  // The companion plugin's own.
  /^_?entra_sync/,
]

/** Account fields that WordPress keeps as user meta. */
const accountMeta = new Set(['first_name', 'last_name', 'nickname', 'description', 'locale'])

/** What is wrong with writing user meta under this key, or null. An ACF field lies in the user meta of its name. */
export function fieldKeyFault(part: 'meta' | 'acf', key: string): string | null {
  const name = key.toLowerCase()
  if (key === '' || key.length > longestKey) return `must have 1 to ${longestKey} characters`
  if (!/^[\w:.-]+$/.test(key) || name === '__proto__')
    return 'must be letters, digits, hyphens, underscores, colons and full stops'
  if (part === 'acf' && !/^[a-z0-9][\w-]*$/i.test(key)) return 'must be the name of an ACF field, such as office_phone'
  if (dangerous.some((pattern) => pattern.test(name)))
    return 'can’t be written: the key belongs to WordPress’ own rights, sessions or settings'
  return accountMeta.has(name) ? `is a field of the account itself: map ${name} beside meta` : null
}
