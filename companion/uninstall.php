<?php
/**
 * Runs when an administrator deletes the plugin: what is the plugin's own goes, accounts stay. docs/companion.md says what that means for
 * suspended ones.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/autoload.php';

Setup::remove();
