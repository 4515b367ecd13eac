import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

const accountSchema = z.object({
  id: z.number(),
  login: z.string(),
  email: z.string(),
  name: z.string(),
  url: z.string(),
  registered: z.string(),
  /** Digest of the stored password hash: no write but its own may change it. */
  password: z.string(),
  roles: z.array(z.string()),
  posts: z.number(),
  first_name: z.string(),
  last_name: z.string(),
  nickname: z.string(),
  description: z.string(),
  locale: z.string().transform((locale) => (locale === 'en_US' ? '' : locale)),
})
/** An account as the database has it. */
export type SiteAccount = z.infer<typeof accountSchema>

const writeSchema = z.object({
  id: z.coerce.number(),
  at: z.coerce.number(),
  kind: z.enum(['created', 'updated', 'deleted']),
  account: z.coerce.number(),
  login: z.string(),
  attempt: z.string(),
  fields: z.string(),
  roles: z.string().transform((text) => text.split(',').filter(Boolean)),
})
/** One change that came by REST, as the site applied it, whether or not anybody heard the answer. */
export type SiteWrite = z.infer<typeof writeSchema>

const lookSchema = z.object({ accounts: z.array(accountSchema), writes: z.array(writeSchema) })

export type NewAccount = { login: string; email: string; role: string; name: string; posts: number }

/** The site seen past the program under test: its database, and hands that change accounts. */
export type ChaosSite = {
  wordpress: WordPressSite
  /** Ids of the new accounts; null where the site refused one. */
  create(accounts: readonly NewAccount[]): Promise<(number | null)[]>
  /** False where there is no such account. `fields` as `wp_update_user` takes them. */
  change(id: number, fields: Record<string, string>): Promise<boolean>
  delete(id: number): Promise<boolean>
  /** Accounts whose login or address holds `tag`, those of `ids`, and those written to through the proxy at `host`. */
  look(given: { tag: string; host: string; ids: readonly number[] }): Promise<z.infer<typeof lookSchema>>
  /** Takes a run's accounts and writes out of the database again. */
  forget(given: { host: string; ids: readonly number[] }): Promise<void>
  /** Ids of all accounts. */
  everybody(): Promise<number[]>
}

/** Puts the harness' plugin into a running site. */
export async function prepareChaosSite(wordpress: WordPressSite): Promise<ChaosSite> {
  const key = randomBytes(18).toString('base64url')
  const plugin = await readFile(join(import.meta.dirname, 'chaos-plugin.php'))
  await wordpress.php(`
    wp_mkdir_p( WPMU_PLUGIN_DIR );
    file_put_contents( WPMU_PLUGIN_DIR . '/chaos.php', base64_decode( '${plugin.toString('base64')}' ) );
    update_option( 'chaos_key', '${key}' );
    global $wpdb;
    $wpdb->query( "CREATE TABLE {$wpdb->prefix}chaos_writes ( id bigint(20) unsigned NOT NULL auto_increment, at bigint(20) NOT NULL,
      host varchar(60) NOT NULL, kind varchar(20) NOT NULL, account bigint(20) NOT NULL, login varchar(60) NOT NULL,
      attempt varchar(100) NOT NULL, fields varchar(250) NOT NULL, roles varchar(250) NOT NULL, PRIMARY KEY (id), KEY host (host) )" );`)
  const act = async <T>(schema: z.ZodType<T>, verb: string, given: object): Promise<T> => {
    const answer = await fetch(`${wordpress.url}/`, {
      method: 'POST',
      headers: { 'x-chaos-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ verb, given }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`The site refused ${verb} (${answer.status}): ${text.slice(0, 500)}`)
    return schema.parse(JSON.parse(text))
  }
  return {
    wordpress,
    create: (accounts) => act(z.array(z.number().nullable()), 'create', { accounts }),
    change: (id, fields) => act(z.boolean(), 'change', { id, fields }),
    delete: (id) => act(z.boolean(), 'delete', { id }),
    look: (given) => act(lookSchema, 'look', given),
    forget: async (given) => void (await act(z.number(), 'forget', given)),
    everybody: () => act(z.array(z.number()), 'others', {}),
  }
}
