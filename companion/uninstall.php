<?php
/**
 * Runs when an administrator deletes the plugin: what is the plugin's own goes, accounts and their photos stay. docs/companion.md of the
 * project says what that means for suspended ones.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/autoload.php';

if ( is_multisite() ) {
	$entra_sync_all = array(
		'fields' => 'ids',
		'number' => 0,
	);
	foreach ( get_sites( $entra_sync_all ) as $entra_sync_site ) {
		switch_to_blog( (int) $entra_sync_site );
		Setup::remove();
		restore_current_blog();
	}
} else {
	Setup::remove();
}
