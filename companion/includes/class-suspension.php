<?php
/**
 * Suspended accounts: kept with everything they have, and let in by no door. A suspension holds for one site of a network.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Error;
use WP_Session_Tokens;
use WP_User;

defined( 'ABSPATH' ) || exit;

final class Suspension {
	/** User option (user meta behind the site's table prefix): since when, as a time stamp. */
	public const OPTION = 'entra_sync_suspended';

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

	/**
	 * The form, and XML-RPC: on `authenticate`, once the password was right, so that guessing tells nothing.
	 *
	 * @param mixed $user What WordPress found.
	 * @return mixed
	 */
	public static function refuse_log_in( $user ) {
		return $user instanceof WP_User && self::is_suspended( $user->ID ) ? self::refusal() : $user;
	}

	/**
	 * Application passwords, on `wp_authenticate_application_password_errors`.
	 *
	 * @param mixed $error To be added to.
	 * @param mixed $user  Whose it is.
	 */
	public static function refuse_application_password( $error, $user ): void {
		if ( $error instanceof WP_Error && $user instanceof WP_User && self::is_suspended( $user->ID ) ) {
			$error->merge_from( self::refusal() );
		}
	}

	/**
	 * Cookies and all that plugins bring (tokens, single sign-on), on `determine_current_user` after everybody else.
	 *
	 * @param mixed $id Whom they found.
	 * @return mixed
	 */
	public static function forget( $id ) {
		return is_numeric( $id ) && self::is_suspended( (int) $id ) ? false : $id;
	}

	/**
	 * No cookie is made either: a plugin may log somebody in without asking WordPress.
	 *
	 * @param mixed $send       As it stands.
	 * @param mixed $expire     Not needed.
	 * @param mixed $expiration Not needed.
	 * @param mixed $id         Whose, 0 where cookies are cleared.
	 */
	public static function refuse_cookie( $send, $expire = 0, $expiration = 0, $id = 0 ): bool {
		return (bool) $send && ! self::is_suspended( (int) $id );
	}

	/**
	 * @param mixed $allowed As it stands; may be an error.
	 * @param mixed $id      Who forgot the password.
	 * @return mixed
	 */
	public static function refuse_password_reset( $allowed, $id ) {
		return self::is_suspended( (int) $id ) ? false : $allowed;
	}

	private static function refusal(): WP_Error {
		return new WP_Error( 'entra_sync_suspended', __( 'This account is suspended.', 'entra-sync' ), array( 'status' => 401 ) );
	}
}
