<?php
/**
 * `PUT /entra-sync/v1/settings`: the app tells what it writes and whom it must not touch. The same twice changes nothing.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use EntraSync\Settings;
use EntraSync\Setup;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;
use const EntraSync\REST_NAMESPACE;

defined( 'ABSPATH' ) || exit;

final class Settings_Controller {
	public static function register(): void {
		register_rest_route(
			REST_NAMESPACE,
			'/settings',
			array(
				array(
					'methods'             => 'PUT',
					'callback'            => array( self::class, 'write' ),
					'permission_callback' => array( self::class, 'may_write' ),
					'args'                => self::schema()['properties'],
				),
				'schema' => array( self::class, 'schema' ),
			)
		);
	}

	public static function may_write(): bool {
		return current_user_can( Setup::CAPABILITY );
	}

	/**
	 * @return WP_REST_Response|WP_Error
	 */
	public static function write( WP_REST_Request $request ) {
		$meta = array_column( $request['meta'], 'type', 'key' );
		Settings::set( $request['hash'], $meta, $request['protectedRoles'], $request['protectedUsers'] );
		return new WP_REST_Response( array( 'hash' => Settings::get()['hash'] ) );
	}

	/**
	 * @return array<string, mixed>
	 */
	public static function schema(): array {
		$texts = array( 'type' => 'array', 'maxItems' => 1000, 'items' => array( 'type' => 'string', 'minLength' => 1, 'maxLength' => 200 ) );
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'entra-sync-settings',
			'type'       => 'object',
			'properties' => array(
				'hash'           => array( 'type' => 'string', 'minLength' => 1, 'maxLength' => 200, 'required' => true ),
				'meta'           => array(
					'type'     => 'array',
					'maxItems' => 500,
					'required' => true,
					'items'    => array(
						'type'                 => 'object',
						'additionalProperties' => false,
						'properties'           => array(
							'key'  => array( 'type' => 'string', 'minLength' => 1, 'maxLength' => 255, 'required' => true ),
							'type' => array( 'type' => 'string', 'enum' => Settings::META_TYPES, 'required' => true ),
						),
					),
				),
				'protectedRoles' => array( 'required' => true ) + $texts,
				'protectedUsers' => array( 'required' => true ) + $texts,
			),
		);
	}
}
