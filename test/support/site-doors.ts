import { z } from 'zod'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

/** What a person needs to get into the site, in both ways that are theirs. */
export type Keys = { login: string; password: string; applicationPassword: string }

const keysSchema = z.object({ login: z.string(), password: z.string(), applicationPassword: z.string() })

/** Gives an account a password that is known and an application password; nobody is mailed. */
export async function giveKeys(site: WordPressSite, id: number): Promise<Keys> {
  const printed = await site.php(`
    add_filter( 'send_password_change_email', '__return_false' );
    $password = wp_generate_password( 24, false );
    wp_set_password( $password, ${id} );
    list( $secret ) = WP_Application_Passwords::create_new_application_password( ${id}, array( 'name' => 'test' ) );
    echo json_encode( array( 'login' => get_userdata( ${id} )->user_login, 'password' => $password, 'applicationPassword' => $secret ) );`)
  return keysSchema.parse(JSON.parse(printed))
}

/** Whether the log-in form and the REST API let this person in. */
export async function doors(site: WordPressSite, keys: Keys): Promise<{ form: boolean; rest: boolean }> {
  const form = await fetch(`${site.url}/wp-login.php`, {
    method: 'POST',
    body: new URLSearchParams({ log: keys.login, pwd: keys.password, testcookie: '1' }),
    headers: { cookie: 'wordpress_test_cookie=WP%20Cookie%20check' },
    redirect: 'manual',
  })
  const credential = Buffer.from(`${keys.login}:${keys.applicationPassword}`).toString('base64')
  const rest = await fetch(`${site.url}/wp-json/wp/v2/users/me`, { headers: { authorization: `Basic ${credential}` } })
  return { form: form.status === 302, rest: rest.status === 200 }
}
