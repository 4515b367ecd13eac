<?php
/**
 * The directory's photo as the account's avatar: one file of the media library a person.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

final class Avatar {
	/** User option (user meta behind the site's table prefix): `{media, etag}`. */
	private const OPTION = 'entra_sync_avatar';

	/** The mark of the photo in the directory, null where there is none. */
	public static function etag( int $id ): ?string {
		$stored = self::stored( $id );
		return null === $stored ? null : $stored['etag'];
	}

	/**
	 * @return array{media: int, etag: string}|null
	 */
	private static function stored( int $id ): ?array {
		$stored = get_user_option( self::OPTION, $id );
		return is_array( $stored ) && isset( $stored['media'], $stored['etag'] )
			? array( 'media' => (int) $stored['media'], 'etag' => (string) $stored['etag'] )
			: null;
	}
}
