<?php
/**
 * `GET /entra-sync/v1/network-users?email=…` or `?username=…`: whether the network has an account of exactly this address or name. Core
 * lists the site's own accounts only, while name and address must be free in the whole network.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use EntraSync\Setup;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;
use const EntraSync\REST_NAMESPACE;

defined( 'ABSPATH' ) || exit;

final class Network_Users_Controller {
	public static function register(): void {
		register_rest_route(
			REST_NAMESPACE,
			'/network-users',
			array(
				array(
					'methods'             => 'GET',
					'callback'            => array( self::class, 'find' ),
					'permission_callback' => array( self::class, 'may_find' ),
					'args'                => array(
						'email'    => array(
							'type'      => 'string',
							'maxLength' => 200,
						),
						'username' => array(
							'type'      => 'string',
							'maxLength' => 100,
						),
					),
				),
				'schema' => array( self::class, 'schema' ),
			)
		);
	}

	public static function may_find(): bool {
		return current_user_can( Setup::CAPABILITY ) && current_user_can( 'list_users' ) && Membership_Controller::manages_network_accounts();
	}

	public static function find( WP_REST_Request $request ): WP_REST_Response {
		$found = array();
		foreach ( array(
			'email'    => 'email',
			'username' => 'login',
		) as $param => $field ) {
			$user = null === $request[ $param ] ? false : get_user_by( $field, $request[ $param ] );
			if ( $user instanceof WP_User ) {
				$found[ $user->ID ] = self::describe( $user );
			}
		}
		return new WP_REST_Response( array_values( $found ) );
	}

	/**
	 * @return array{id: int, username: string, email: string, registered_date: string, member: bool}
	 */
	private static function describe( WP_User $user ): array {
		return array(
			'id'              => $user->ID,
			'username'        => $user->user_login,
			'email'           => $user->user_email,
			'registered_date' => gmdate( 'c', (int) strtotime( $user->user_registered ) ),
			'member'          => is_user_member_of_blog( $user->ID ),
		);
	}

	/**
	 * @return array<string, mixed>
	 */
	public static function schema(): array {
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'entra-sync-network-user',
			'type'       => 'object',
			'properties' => array(
				'id'              => array( 'type' => 'integer' ),
				'username'        => array( 'type' => 'string' ),
				'email'           => array( 'type' => 'string' ),
				'registered_date' => array(
					'type'   => 'string',
					'format' => 'date-time',
				),
				'member'          => array(
					'description' => 'Whether it belongs to this site.',
					'type'        => 'boolean',
				),
			),
		);
	}
}
