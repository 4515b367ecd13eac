import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runPhp } from './native-php.ts'
import { multisiteWpConfig } from './wp-config.ts'

/** Makes a network (with subdirectories) of the installed site in this folder; its database must be up. */
export async function makeMultisite(folder: string, code: string, address: string): Promise<void> {
  await runPhp(
    folder,
    code,
    `require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) { $wpdb->$name = $table; }
    install_network();
    $made = populate_network( 1, '${address}', 'admin@example.test', 'Example network', '/', false );
    if ( is_wp_error( $made ) && 'no_wildcard_dns' !== $made->get_error_code() ) {
      throw new RuntimeException( $made->get_error_message() );
    }`,
    "define( 'WP_INSTALLING_NETWORK', true );",
  )
  await writeFile(join(folder, 'wp-config.php'), multisiteWpConfig(folder, address))
  await runPhp(
    folder,
    code,
    `foreach ( array( 'admin', 'entra-sync' ) as $login ) { grant_super_admin( get_user_by( 'login', $login )->ID ); }`,
  )
}
