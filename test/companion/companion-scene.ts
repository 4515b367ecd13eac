import { afterAll, beforeAll } from 'vitest'
import { z } from 'zod'
import type { CompanionOptions } from '../../dev/wordpress/companion.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

/** Whoever asks the site with an application password. */
export type Credential = { username: string; applicationPassword: string }

/** An account that a test made; its password is for the log-in form. */
export type Person = Credential & { id: number; password: string }

export type Answer = { status: number; body: unknown }

type Request = { body?: unknown; image?: Uint8Array<ArrayBuffer>; headers?: Record<string, string> }

/** As the sync marks its own requests. */
export const attempt = { 'X-Entra-Sync-Attempt': '20261125T101500123Z-9f2c' }

const people = z.array(
  z.object({ id: z.number(), username: z.string(), password: z.string(), applicationPassword: z.string() }),
)

/** A native site with the companion, there from the file's first test on. */
export function useCompanionSite(options: CompanionOptions & { multisite?: boolean } = {}): { site: WordPressSite } {
  const scene = {} as { site: WordPressSite }
  beforeAll(async () => {
    scene.site = await startNativeWordPress({ companion: true, workers: 3, ...options })
  })
  afterAll(() => scene.site?.stop())
  return scene
}

/** A REST request (`/wp-json` is put before the route), by `who` or by nobody. */
export async function ask(
  site: WordPressSite,
  who: Credential | null,
  method: string,
  route: string,
  { body, image, headers = {} }: Request = {},
): Promise<Answer> {
  const authorization = who && `Basic ${Buffer.from(`${who.username}:${who.applicationPassword}`).toString('base64')}`
  const answer = await fetch(`${site.url}${route.replace(/^(\/second)?/, '$1/wp-json')}`, {
    method,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(image === undefined ? {} : { body: image }),
  })
  return { status: answer.status, body: await answer.json().catch(() => null) }
}

/** Makes one account for each login, with these roles, a password and an application password. */
export async function makePeople<Login extends string>(
  site: WordPressSite,
  roles: Record<Login, string>,
): Promise<Record<Login, Person>> {
  const printed = await site.php(`
    $made = array();
    foreach ( json_decode( '${JSON.stringify(roles)}', true ) as $login => $role ) {
      $password = wp_generate_password( 24, false );
      $id = wp_insert_user( array( 'user_login' => $login, 'user_pass' => $password, 'user_email' => "$login@example.test", 'role' => $role ) );
      if ( is_wp_error( $id ) ) { throw new RuntimeException( $id->get_error_message() ); }
      list( $secret ) = WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'test' ) );
      $made[] = array( 'id' => $id, 'username' => $login, 'password' => $password, 'applicationPassword' => $secret );
    }
    echo json_encode( $made );`)
  return Object.fromEntries(
    people.parse(JSON.parse(printed)).map((person) => [person.username, person]),
  ) as unknown as Record<Login, Person>
}

/** The id in an answer. */
export function idOf(answer: Answer): number {
  return z.object({ id: z.number() }).parse(answer.body).id
}

/** What PHP in the site makes of an expression, as JSON. */
export async function phpValue(site: WordPressSite, expression: string): Promise<unknown> {
  return JSON.parse(await site.php(`echo json_encode( ${expression} );`))
}

/** Logs in by the form; the session's cookies, or null where it refuses. */
export async function logIn(site: WordPressSite, who: Person): Promise<string | null> {
  const answer = await fetch(`${site.url}/wp-login.php`, {
    method: 'POST',
    body: new URLSearchParams({ log: who.username, pwd: who.password, testcookie: '1' }),
    headers: { cookie: 'wordpress_test_cookie=WP%20Cookie%20check' },
    redirect: 'manual',
  })
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')
  return answer.status === 302 ? cookies.join('; ') : null
}

/** Puts a must-use plugin into the site; `code` without the opening tag. */
export async function addMuPlugin(site: WordPressSite, name: string, code: string): Promise<void> {
  const file = Buffer.from(`<?php\n${code}`).toString('base64')
  await site.php(`
    wp_mkdir_p( WPMU_PLUGIN_DIR );
    file_put_contents( WPMU_PLUGIN_DIR . '/${name}.php', base64_decode( '${file}' ) );`)
}
