<?php
/**
 * Finds the plugin's classes: `EntraSync\Rest\Site_Controller` is in `includes/rest/class-site-controller.php`.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

/** As the plugin's header says it. */
const VERSION = '0.1.0';

/** Number of the agreement between the app and this plugin. It grows when an older app could no longer work with the plugin. */
const CONTRACT = 1;

const REST_NAMESPACE = 'entra-sync/v1';

spl_autoload_register(
	static function ( string $name ): void {
		if ( 0 !== strpos( $name, __NAMESPACE__ . '\\' ) ) {
			return;
		}
		$parts = explode( '\\', strtolower( str_replace( '_', '-', substr( $name, strlen( __NAMESPACE__ ) + 1 ) ) ) );
		$class = array_pop( $parts );
		$file  = implode( '/', array_merge( array( __DIR__ ), $parts, array( "class-$class.php" ) ) );
		if ( is_file( $file ) ) {
			require_once $file;
		}
	}
);
