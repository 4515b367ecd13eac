/** A condition that owners of real sites bring about; each is a file of `mu-plugins/`, put into the site on request. */
export type SiteCondition =
  'acf-fields' | 'application-passwords-off' | 'authorization-stripped' | 'registered-meta' | 'rest-closed'

/** One running WordPress for development and tests, on a port of 127.0.0.1, gone after `stop`. */
export type WordPressSite = {
  kind: 'embedded' | 'native'
  /** Without a trailing slash, e.g. `http://127.0.0.1:24680`. */
  url: string
  /** The sync's own account, an administrator, with an application password that was made at start. */
  username: string
  applicationPassword: string
  /** Another administrator, for a person who wants to look at `/wp-admin`. */
  adminUsername: string
  adminPassword: string
  /** Version of WordPress, e.g. `6.6-RC3`. */
  version: string
  /** Runs PHP (no opening tag) with WordPress loaded; answers what it printed. */
  php(code: string): Promise<string>
  /** Rows of a query, every value as text or null. Only where there is a MariaDB. */
  sql?(query: string): Promise<Record<string, string | null>[]>
  /** From the next request on exactly these conditions hold. */
  setConditions(conditions: readonly SiteCondition[]): Promise<void>
  /** Connections are refused until `resume`; the port stays the same. */
  pause(): Promise<void>
  resume(): Promise<void>
  stop(): Promise<void>
}
