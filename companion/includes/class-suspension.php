<?php
/**
 * Suspended accounts: kept with everything they have, and let in by no door. A suspension holds for one site of a network.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Session_Tokens;

defined( 'ABSPATH' ) || exit;

final class Suspension {
	/** User option (user meta behind the site's table prefix): since when, as a time stamp. */
	private const OPTION = 'entra_sync_suspended';

	public static function is_suspended( int $id ): bool {
		return $id > 0 && '' !== (string) get_user_option( self::OPTION, $id );
	}

	/** Also ends the account's sessions, on all devices. Application passwords stay, refused like the password. */
	public static function suspend( int $id ): void {
		if ( ! self::is_suspended( $id ) ) {
			update_user_option( $id, self::OPTION, (string) time() );
		}
		WP_Session_Tokens::get_instance( $id )->destroy_all();
	}

	public static function restore( int $id ): void {
		delete_user_option( $id, self::OPTION );
	}
}
