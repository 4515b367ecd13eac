<?php
/**
 * `PUT` and `DELETE /entra-sync/v1/users/{id}/avatar`: the directory's photo, as the request's body. The same photo twice changes nothing.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use EntraSync\Avatar;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;
use const EntraSync\REST_NAMESPACE;

defined( 'ABSPATH' ) || exit;

final class Avatar_Controller {
	/** The directory's own limit of a photo is 4 MB. */
	private const MOST_BYTES = 5000000;

	public static function register(): void {
		$args = array( 'id' => Account::ID );
		register_rest_route(
			REST_NAMESPACE,
			Account::PATH . '/avatar',
			array(
				array(
					'methods'             => 'PUT',
					'callback'            => array( self::class, 'write' ),
					'permission_callback' => array( self::class, 'may_write' ),
					'args'                => $args,
				),
				array(
					'methods'             => 'DELETE',
					'callback'            => array( self::class, 'remove' ),
					'permission_callback' => array( self::class, 'may_write' ),
					'args'                => $args,
				),
				'schema' => array( self::class, 'schema' ),
			)
		);
	}

	/**
	 * @return bool|WP_Error
	 */
	public static function may_write( WP_REST_Request $request ) {
		return Account::may( 'edit_user', $request );
	}

	/**
	 * @return WP_REST_Response|WP_Error
	 */
	public static function write( WP_REST_Request $request ) {
		$etag = (string) $request->get_header( 'x_entra_sync_photo' );
		if ( 1 !== preg_match( '/^[\x20-\x7e]{1,200}$/', $etag ) ) {
			return new WP_Error(
				'rest_invalid_param',
				'The header X-Entra-Sync-Photo must hold the mark of the photo: 1 to 200 characters of ASCII.',
				array(
					'status' => 400,
					'params' => array( 'X-Entra-Sync-Photo' => 'Missing or invalid.' ),
				)
			);
		}
		$bytes = (string) $request->get_body();
		if ( strlen( $bytes ) > self::MOST_BYTES ) {
			return new WP_Error( 'rest_upload_file_too_big', 'The image is larger than 5 MB.', array( 'status' => 413 ) );
		}
		$stored = Avatar::put( (int) $request['id'], $bytes, $etag );
		return is_wp_error( $stored ) ? $stored : self::answer( $stored['media'], $stored['etag'] );
	}

	public static function remove( WP_REST_Request $request ): WP_REST_Response {
		Avatar::remove( (int) $request['id'] );
		return self::answer( null, null );
	}

	private static function answer( ?int $media, ?string $etag ): WP_REST_Response {
		return new WP_REST_Response(
			array(
				'media'  => $media,
				'avatar' => $etag,
			)
		);
	}

	/**
	 * @return array<string, mixed>
	 */
	public static function schema(): array {
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'entra-sync-avatar',
			'type'       => 'object',
			'properties' => array(
				'media'  => array(
					'description' => 'The attachment; null where there is none.',
					'type'        => array( 'integer', 'null' ),
				),
				'avatar' => array(
					'description' => 'The mark of the photo, as it was sent.',
					'type'        => array( 'string', 'null' ),
				),
			),
		);
	}
}
