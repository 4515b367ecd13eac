<?php
/**
 * What the app told the site: which user meta it writes, and who is protected. One option, read on every request.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

final class Settings {
	public const OPTION = 'entra_sync_settings';

	public const META_TYPES = array( 'string', 'number', 'boolean', 'array', 'object' );

	/**
	 * @return array{hash: string|null, meta: array<string, string>, protectedRoles: string[], protectedUsers: string[]}
	 *         `meta` is key => type; logins are in lower case.
	 */
	public static function get(): array {
		$stored = get_option( self::OPTION );
		$stored = is_array( $stored ) ? $stored : array();
		return array(
			'hash'           => isset( $stored['hash'] ) && is_string( $stored['hash'] ) ? $stored['hash'] : null,
			'meta'           => self::texts( $stored['meta'] ?? array() ),
			'protectedRoles' => array_values( self::texts( $stored['protectedRoles'] ?? array() ) ),
			'protectedUsers' => array_values( self::texts( $stored['protectedUsers'] ?? array() ) ),
		);
	}

	/**
	 * @param string                $hash            The app's own mark for these settings, given back on request.
	 * @param array<string, string> $meta            Key => type.
	 * @param string[]              $protected_roles Slugs.
	 * @param string[]              $protected_users Logins.
	 */
	public static function set( string $hash, array $meta, array $protected_roles, array $protected_users ): void {
		update_option(
			self::OPTION,
			array(
				'hash'           => $hash,
				'meta'           => $meta,
				'protectedRoles' => array_values( array_unique( $protected_roles ) ),
				'protectedUsers' => array_values( array_unique( array_map( 'strtolower', $protected_users ) ) ),
			)
		);
	}

	/**
	 * @param mixed $value Whatever the database holds.
	 * @return array<int|string, string>
	 */
	private static function texts( $value ): array {
		return is_array( $value ) ? array_filter( $value, 'is_string' ) : array();
	}
}
