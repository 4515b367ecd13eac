<?php
/**
 * The files of directory photos. Each knows its account, so none is ever lost from sight, whatever broke off.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Error;

defined( 'ABSPATH' ) || exit;

final class Avatar_Media {
	/** Meta of the attachment: the account. */
	private const OWNER = '_entra_sync_avatar_of';

	/** Squares beside the photo itself, for the sizes in which WordPress and themes show avatars. */
	private const SIZES = array( 48, 96, 192 );

	private const EXTENSIONS = array(
		'image/jpeg' => 'jpg',
		'image/png'  => 'png',
	);

	/** Beyond this a small file can still fill PHP's memory once it is unpacked. */
	private const MOST_PIXELS = 16000000;

	/**
	 * @param int    $id    Whose.
	 * @param string $bytes The image.
	 * @return int|WP_Error The attachment.
	 */
	public static function add( int $id, string $bytes ) {
		$size = '' === $bytes ? false : @getimagesizefromstring( $bytes ); // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- It warns of what is answered here.
		$type = is_array( $size ) ? (string) $size['mime'] : '';
		if ( ! isset( self::EXTENSIONS[ $type ] ) || $size[0] < 1 || $size[0] * $size[1] > self::MOST_PIXELS ) {
			return new WP_Error( 'rest_upload_invalid_image', 'The body is no JPEG or PNG image of at most 16 megapixels.', array( 'status' => 400 ) );
		}
		// The name tells nobody whose photo it is, and can't be guessed.
		add_filter( 'upload_dir', array( self::class, 'folder' ) );
		$file = wp_upload_bits( wp_generate_password( 24, false ) . '.' . self::EXTENSIONS[ $type ], null, $bytes );
		remove_filter( 'upload_dir', array( self::class, 'folder' ) );
		if ( ! empty( $file['error'] ) ) {
			return new WP_Error( 'rest_upload_unknown_error', 'The site could not save the image.', array( 'status' => 500 ) );
		}
		// "Private" keeps it out of the lists of media that visitors and other authors may read.
		$media = wp_insert_attachment(
			array(
				'post_mime_type' => $type,
				'post_title'     => 'Directory photo',
				'post_status'    => 'private',
				'post_author'    => $id,
				'meta_input'     => array( self::OWNER => $id ),
			),
			$file['file'],
			0,
			true
		);
		if ( is_wp_error( $media ) ) {
			wp_delete_file( $file['file'] );
			return $media;
		}
		self::resize( $media, $file['file'] );
		return $media;
	}

	/**
	 * Address of the smallest square that fills `$size`, else of the photo. Simple Local Avatars makes squares of the same names, and deletes
	 * them when somebody chooses an avatar there: a square that is gone is none.
	 */
	public static function url( int $media, int $size ): ?string {
		$folder = wp_get_upload_dir()['basedir'];
		foreach ( self::SIZES as $square ) {
			$found = $square >= $size ? image_get_intermediate_size( $media, "entra-sync-$square" ) : false;
			if ( is_array( $found ) && isset( $found['url'], $found['path'] ) && is_file( "$folder/{$found['path']}" ) ) {
				return $found['url'];
			}
		}
		$url = wp_get_attachment_url( $media );
		return is_string( $url ) ? $url : null;
	}

	/** Deletes an account's photos, all but one. */
	public static function remove( int $id, int $keep = 0 ): void {
		$all = get_posts(
			array(
				'post_type'        => 'attachment',
				'post_status'      => array( 'private', 'inherit', 'trash' ),
				'author'           => $id,
				'meta_key'         => self::OWNER, // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_key -- Narrowed by the value and the author.
				'meta_value'       => (string) $id, // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_value -- As above.
				'numberposts'      => -1,
				'fields'           => 'ids',
				'suppress_filters' => true,
			)
		);
		foreach ( $all as $media ) {
			if ( (int) $media !== $keep ) {
				wp_delete_attachment( (int) $media, true );
			}
		}
	}

	/**
	 * On `upload_dir`, while a photo is saved: all in one folder.
	 *
	 * @param array<string, mixed> $folder As WordPress has it.
	 * @return array<string, mixed>
	 */
	public static function folder( array $folder ): array {
		$folder['subdir'] = '/entra-sync';
		$folder['path']   = $folder['basedir'] . $folder['subdir'];
		$folder['url']    = $folder['baseurl'] . $folder['subdir'];
		return $folder;
	}

	private static function resize( int $media, string $file ): void {
		require_once ABSPATH . 'wp-admin/includes/image.php';
		$squares = static fn(): array => array_combine(
			array_map( static fn( int $square ): string => "entra-sync-$square", self::SIZES ),
			array_map(
				static fn( int $square ): array => array(
					'width'  => $square,
					'height' => $square,
					'crop'   => true,
				),
				self::SIZES
			)
		);
		add_filter( 'intermediate_image_sizes_advanced', $squares, PHP_INT_MAX );
		wp_update_attachment_metadata( $media, wp_generate_attachment_metadata( $media, $file ) );
		remove_filter( 'intermediate_image_sizes_advanced', $squares, PHP_INT_MAX );
	}
}
