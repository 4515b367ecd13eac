<?php
/**
 * A cheap hash for the passwords that the sync makes up. A slow hash guards guessable passwords; 32 random characters are beyond guessing,
 * and a first sync would spend most of its time on it. At the first log-in by password WordPress (since 6.8) hashes it anew at full cost.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use PasswordHash;

defined( 'ABSPATH' ) || exit;

final class Password_Hash {
	private const LEAST_LENGTH = 32;

	/** The least that bcrypt takes, and that WordPress' older hash takes. */
	private const COST = 4;

	/** @var array{0: mixed}|null What `$wp_hasher` was before a request of the sync. */
	private static ?array $replaced = null;

	/**
	 * WordPress 6.8 and later, on `wp_hash_password_options`.
	 *
	 * @param mixed $options   Of PHP's password_hash().
	 * @param mixed $algorithm As password_hash() names it.
	 * @return mixed
	 */
	public static function options( $options, $algorithm ) {
		return PASSWORD_BCRYPT === $algorithm && self::is_random_password() ? array( 'cost' => self::COST ) + (array) $options : $options;
	}

	/**
	 * WordPress before 6.8 hashes with `$wp_hasher`; a plugin's own one stays.
	 *
	 * @param mixed $response Passed on.
	 * @return mixed
	 */
	public static function begin( $response ) {
		global $wp_hasher;
		if ( null !== self::$replaced || function_exists( 'wp_password_needs_rehash' ) || ! self::is_random_password() ) {
			return $response;
		}
		if ( empty( $wp_hasher ) || PasswordHash::class === get_class( $wp_hasher ) ) {
			require_once ABSPATH . WPINC . '/class-phpass.php';
			self::$replaced = array( $wp_hasher );
			$wp_hasher      = new PasswordHash( self::COST, true ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited -- The only way in these versions.
		}
		return $response;
	}

	/**
	 * @param mixed $response Passed on.
	 * @return mixed
	 */
	public static function end( $response ) {
		global $wp_hasher;
		if ( null !== self::$replaced ) {
			list( $wp_hasher ) = self::$replaced; // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited -- As it was.
			self::$replaced    = null;
		}
		return $response;
	}

	private static function is_random_password(): bool {
		$request = Sync_Request::current();
		$given   = null === $request ? null : $request->get_param( 'password' );
		return is_string( $given ) && strlen( $given ) >= self::LEAST_LENGTH;
	}
}
