<?php
/**
 * Plugin Name:       Entra Sync
 * Description:       The site's half of entra-wordpress-sync: suspended accounts, registered user meta, directory photos, and a fence around the sync's own account.
 * Version:           0.1.0
 * Requires at least: 6.2
 * Requires PHP:      7.4
 * Author:            entra-wordpress-sync
 * License:           MIT
 * Text Domain:       entra-sync
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/includes/autoload.php';

register_activation_hook( __FILE__, array( Setup::class, 'activate' ) );
register_deactivation_hook( __FILE__, array( Setup::class, 'deactivate' ) );
Hooks::add_all();
