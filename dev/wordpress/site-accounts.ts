import { randomBytes } from 'node:crypto'
import { z } from 'zod'

const syncUsername = 'entra-sync'
const adminUsername = 'admin'

/** Installs WordPress into an empty database; WP_INSTALLING must be defined before WordPress is loaded. */
export const installPhp = `
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Example', '${adminUsername}', 'admin@example.test', false, '', wp_generate_password( 40 ) );
`

/** To be run once WordPress is installed: pretty permalinks, for `/wp-json/`, and the sync's own account. */
export const preparePhp = `
global $wp_rewrite;
$wp_rewrite->set_permalink_structure( '/%postname%/' );
$wp_rewrite->flush_rules();
$made = wp_insert_user( array(
	'user_login' => '${syncUsername}', 'user_email' => '${syncUsername}@example.test',
	'user_pass' => wp_generate_password( 40 ), 'role' => 'administrator',
) );
if ( is_wp_error( $made ) ) { throw new RuntimeException( $made->get_error_message() ); }
`

const credentials = z.object({ applicationPassword: z.string().min(20), version: z.string() })

export type SiteAccounts = {
  username: string
  applicationPassword: string
  adminUsername: string
  adminPassword: string
  version: string
}

/** Gives both accounts new secrets of their own, so that no two sites share one. */
export async function makeSecrets(php: (code: string) => Promise<string>): Promise<SiteAccounts> {
  const adminPassword = randomBytes(18).toString('base64url')
  const printed = await php(`
    add_filter( 'send_password_change_email', '__return_false' );
    wp_set_password( '${adminPassword}', get_user_by( 'login', '${adminUsername}' )->ID );
    $made = WP_Application_Passwords::create_new_application_password(
      get_user_by( 'login', '${syncUsername}' )->ID, array( 'name' => 'entra-wordpress-sync' ) );
    if ( is_wp_error( $made ) ) { throw new RuntimeException( $made->get_error_message() ); }
    echo json_encode( array( 'applicationPassword' => $made[0], 'version' => get_bloginfo( 'version' ) ) );
  `)
  return { username: syncUsername, adminUsername, adminPassword, ...credentials.parse(JSON.parse(printed)) }
}
