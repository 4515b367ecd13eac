<?php
/**
 * `GET /entra-sync/v1/site`: what the app needs to know of the site.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use EntraSync\Fence;
use EntraSync\Settings;
use EntraSync\Setup;
use EntraSync\User_Meta;
use WP_REST_Response;
use const EntraSync\CONTRACT;
use const EntraSync\REST_NAMESPACE;
use const EntraSync\VERSION;

defined( 'ABSPATH' ) || exit;

final class Site_Controller {
	public static function register(): void {
		register_rest_route(
			REST_NAMESPACE,
			'/site',
			array(
				array(
					'methods'             => 'GET',
					'callback'            => array( self::class, 'read' ),
					'permission_callback' => array( self::class, 'may_read' ),
				),
				'schema' => array( self::class, 'schema' ),
			)
		);
	}

	public static function may_read(): bool {
		return current_user_can( Setup::CAPABILITY );
	}

	public static function read(): WP_REST_Response {
		$roles = array();
		foreach ( wp_roles()->get_names() as $slug => $name ) {
			$roles[] = array(
				'slug' => (string) $slug,
				'name' => translate_user_role( $name ),
			);
		}
		$settings = Settings::get();
		return new WP_REST_Response(
			array(
				'version'        => VERSION,
				'contract'       => CONTRACT,
				'multisite'      => is_multisite(),
				'roles'          => $roles,
				'meta'           => array_values( User_Meta::all_rest_names() ),
				'plugins'        => self::plugins(),
				'settingsHash'   => $settings['hash'],
				'protectedRoles' => $settings['protectedRoles'],
				'protectedUsers' => $settings['protectedUsers'],
				'fenced'         => Fence::is_fenced( get_current_user_id() ),
			)
		);
	}

	/**
	 * @return array<string, bool> Plugins that keep avatars or fields of their own.
	 */
	private static function plugins(): array {
		$buddyboss = defined( 'BP_PLATFORM_VERSION' );
		return array(
			'buddypress'         => function_exists( 'buddypress' ) && ! $buddyboss,
			'buddyboss'          => $buddyboss,
			'ultimateMember'     => class_exists( 'UM' ),
			'simpleLocalAvatars' => class_exists( 'Simple_Local_Avatars' ),
			'acf'                => class_exists( 'ACF' ),
		);
	}

	/**
	 * @return array<string, mixed>
	 */
	public static function schema(): array {
		$texts = array(
			'type'  => 'array',
			'items' => array( 'type' => 'string' ),
		);
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'entra-sync-site',
			'type'       => 'object',
			'properties' => array(
				'version'        => array( 'type' => 'string' ),
				'contract'       => array( 'type' => 'integer' ),
				'multisite'      => array( 'type' => 'boolean' ),
				'roles'          => array(
					'type'  => 'array',
					'items' => array(
						'type'       => 'object',
						'properties' => array(
							'slug' => array( 'type' => 'string' ),
							'name' => array( 'type' => 'string' ),
						),
					),
				),
				'meta'           => array( 'description' => 'Keys of user meta that REST shows.' ) + $texts,
				'plugins'        => array(
					'type'                 => 'object',
					'additionalProperties' => array( 'type' => 'boolean' ),
				),
				'settingsHash'   => array( 'type' => array( 'string', 'null' ) ),
				'protectedRoles' => $texts,
				'protectedUsers' => $texts,
				'fenced'         => array(
					'description' => 'Whether the asking account is the sync\'s own, behind the fence.',
					'type'        => 'boolean',
				),
			),
		);
	}
}
