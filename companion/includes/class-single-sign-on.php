<?php
/**
 * The marks by which single sign-on plugins (WPO365) know an account of the directory. OpenID Connect Generic goes by
 * e-mail; its own mark, Entra's `sub`, differs for each client and can't be known here.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

final class Single_Sign_On {
	/** Property of the `entra_sync` field => user meta. */
	public const MARKS = array(
		'objectId'          => 'aadObjectId',
		'userPrincipalName' => 'userPrincipalName',
		'tenantId'          => 'aadTenantId',
	);

	public static function object_id( int $id ): ?string {
		$mark = get_user_meta( $id, self::MARKS['objectId'], true );
		return is_string( $mark ) && '' !== $mark ? $mark : null;
	}

	/**
	 * @param array<string, mixed> $field Of the `entra_sync` field; what isn't in it stays, an empty text takes the mark away.
	 */
	public static function write( int $id, array $field ): void {
		foreach ( self::MARKS as $property => $key ) {
			if ( ! isset( $field[ $property ] ) || ! is_string( $field[ $property ] ) ) {
				continue;
			}
			if ( '' === $field[ $property ] ) {
				delete_user_meta( $id, $key );
			} else {
				update_user_meta( $id, $key, wp_slash( $field[ $property ] ) );
			}
		}
	}
}
