import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

const plugin = `<?php
add_filter( 'wp_pre_insert_user_data', static function ( $data ) {
  if ( str_starts_with( $data['user_login'] ?? '', 'deadly.' ) ) { http_response_code( 500 ); exit; }
  return str_starts_with( $data['user_login'] ?? '', 'flaky.' ) && get_option( 'flaky' ) ? array() : $data;
} );
add_filter( 'illegal_user_logins', static fn() => array( get_option( 'illegal_login', 'nobody' ) ) );
`

/**
 * Puts a plugin into the site that breaks on accounts by their login. One that begins with `deadly.` ends PHP in the middle of the
 * request, one with `flaky.` fails as that account's fault while the option `flaky` stands; the option `illegal_login` is refused.
 */
export async function breakLogins(site: WordPressSite): Promise<void> {
  const content = Buffer.from(plugin).toString('base64')
  await site.php(
    `wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . '/break-logins.php', base64_decode('${content}'));`,
  )
}
