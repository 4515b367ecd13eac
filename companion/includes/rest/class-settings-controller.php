<?php
/**
 * `PUT /entra-sync/v1/settings`: the app tells what it writes and whom it must not touch. The same twice changes nothing.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use EntraSync\Fence;
use EntraSync\Meta_Keys;
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
		$meta    = array_column( $request['meta'], 'type', 'key' );
		$refused = array_filter( array_map( 'strval', array_keys( $meta ) ), static fn( string $key ): bool => ! Meta_Keys::is_allowed( $key ) );
		if ( array() !== $refused ) {
			return new WP_Error(
				'rest_invalid_param',
				'WordPress or a log-in plugin keeps its own there: ' . implode( ', ', $refused ),
				array(
					'status' => 400,
					'params' => array( 'meta' => implode( ', ', $refused ) ),
				)
			);
		}
		$roles = $request['protectedRoles'];
		$users = $request['protectedUsers'];
		if ( Fence::is_fenced( get_current_user_id() ) ) {
			// The sync's own role adds to whom it can't reach; only an administrator takes from it.
			$settings = Settings::get();
			$roles    = array_merge( $settings['protectedRoles'], $roles );
			$users    = array_merge( $settings['protectedUsers'], $users );
		}
		Settings::set( $request['hash'], $meta, $roles, $users );
		return new WP_REST_Response( array( 'hash' => Settings::get()['hash'] ) );
	}

	/**
	 * @return array<string, mixed>
	 */
	public static function schema(): array {
		$texts = array(
			'type'     => 'array',
			'maxItems' => 1000,
			'items'    => array(
				'type'      => 'string',
				'minLength' => 1,
				'maxLength' => 200,
			),
		);
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'entra-sync-settings',
			'type'       => 'object',
			'properties' => array(
				'hash'           => array(
					'type'      => 'string',
					'minLength' => 1,
					'maxLength' => 200,
					'required'  => true,
				),
				'meta'           => array(
					'type'     => 'array',
					'maxItems' => 500,
					'required' => true,
					'items'    => array(
						'type'                 => 'object',
						'additionalProperties' => false,
						'properties'           => array(
							'key'  => array(
								'type'      => 'string',
								'minLength' => 1,
								'maxLength' => 255,
								'required'  => true,
							),
							'type' => array(
								'type'     => 'string',
								'enum'     => Settings::META_TYPES,
								'required' => true,
							),
						),
					),
				),
				'protectedRoles' => array( 'required' => true ) + $texts,
				'protectedUsers' => array( 'required' => true ) + $texts,
			),
		);
	}
}
