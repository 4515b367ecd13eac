<?php
/**
 * The directory's photo as the account's avatar: one file of the media library a person, replaced, and gone with the account.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Comment;
use WP_Error;
use WP_Post;
use WP_User;

defined( 'ABSPATH' ) || exit;

final class Avatar {
	/** User option (user meta behind the site's table prefix): `{media, etag}`. */
	public const OPTION = 'entra_sync_avatar';

	/** The mark of the photo in the directory, null where the account has none of it. */
	public static function etag( int $id ): ?string {
		$stored = self::stored( $id );
		return null === $stored ? null : $stored['etag'];
	}

	/**
	 * The new file before the old one goes: whatever breaks off in between, there is an avatar, and the next call finds what is too much.
	 *
	 * @param int    $id    Whose.
	 * @param string $bytes The image.
	 * @param string $etag  The directory's mark for it.
	 * @return array{media: int, etag: string}|WP_Error
	 */
	public static function put( int $id, string $bytes, string $etag ) {
		$stored = self::stored( $id );
		if ( null !== $stored && $stored['etag'] === $etag && is_file( (string) get_attached_file( $stored['media'] ) ) ) {
			return $stored;
		}
		$media = Avatar_Media::add( $id, $bytes );
		if ( is_wp_error( $media ) ) {
			return $media;
		}
		$stored = array(
			'media' => $media,
			'etag'  => $etag,
		);
		update_user_option( $id, self::OPTION, wp_slash( $stored ) );
		Avatar_Plugins::put( $id, $media );
		Avatar_Media::remove( $id, $media );
		return $stored;
	}

	/** Also on the hooks that end an account, or its membership of a site. */
	public static function remove( int $id ): void {
		$stored = self::stored( $id );
		if ( null !== $stored ) {
			Avatar_Plugins::remove( $id, $stored['media'] );
			delete_user_option( $id, self::OPTION );
		}
		Avatar_Plugins::remove_earlier( $id );
		Avatar_Media::remove( $id );
	}

	/**
	 * On `pre_get_avatar_data`.
	 *
	 * @param mixed $args        Of get_avatar_data().
	 * @param mixed $id_or_email Whose avatar: an id, an address, an account, a post or a comment.
	 * @return mixed
	 */
	public static function show( $args, $id_or_email ) {
		if ( ! is_array( $args ) || isset( $args['url'] ) || ! empty( $args['force_default'] ) ) {
			return $args;
		}
		$id     = self::account( $id_or_email );
		$stored = $id > 0 && ! Avatar_Plugins::is_chosen_in_buddypress( $id ) ? self::stored( $id ) : null;
		$url    = null === $stored ? null : Avatar_Media::url( $stored['media'], (int) ( $args['size'] ?? 96 ) );
		return null === $url ? $args : array(
			'url'          => $url,
			'found_avatar' => true,
		) + $args;
	}

	/** @param mixed $id_or_email As WordPress takes it. */
	private static function account( $id_or_email ): int {
		if ( is_numeric( $id_or_email ) ) {
			return (int) $id_or_email;
		}
		if ( $id_or_email instanceof WP_User ) {
			return $id_or_email->ID;
		}
		if ( $id_or_email instanceof WP_Post ) {
			return (int) $id_or_email->post_author;
		}
		if ( $id_or_email instanceof WP_Comment ) {
			return is_avatar_comment_type( get_comment_type( $id_or_email ) ) ? (int) $id_or_email->user_id : 0;
		}
		$user = is_string( $id_or_email ) && is_email( $id_or_email ) ? get_user_by( 'email', $id_or_email ) : false;
		return $user instanceof WP_User ? $user->ID : 0;
	}

	/**
	 * @return array{media: int, etag: string}|null
	 */
	private static function stored( int $id ): ?array {
		$stored = get_user_option( self::OPTION, $id );
		return is_array( $stored ) && isset( $stored['media'], $stored['etag'] ) && 'attachment' === get_post_type( (int) $stored['media'] )
			? array(
				'media' => (int) $stored['media'],
				'etag'  => (string) $stored['etag'],
			)
			: null;
	}
}
