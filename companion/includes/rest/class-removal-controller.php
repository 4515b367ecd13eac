<?php
/**
 * `DELETE /entra-sync/v1/users/{id}`: deletes an account and gives its content to another. On a network it only leaves this site, where
 * core deletes nobody; with `network` it is deleted if it belongs to no other site.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use WP_Error;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;
use const EntraSync\REST_NAMESPACE;

defined( 'ABSPATH' ) || exit;

final class Removal_Controller {
	public static function register(): void {
		register_rest_route(
			REST_NAMESPACE,
			Account::PATH,
			array(
				'allow_batch' => array( 'v1' => true ),
				array(
					'methods'             => 'DELETE',
					'callback'            => array( self::class, 'remove' ),
					'permission_callback' => array( self::class, 'may_remove' ),
					'args'                => array(
						'id'       => Account::ID,
						'reassign' => array(
							'type'     => 'integer',
							'minimum'  => 1,
							'required' => true,
						),
						'network'  => array(
							'type'    => 'boolean',
							'default' => false,
						),
					),
				),
				'schema'      => array( self::class, 'schema' ),
			)
		);
	}

	/**
	 * @return bool|WP_Error
	 */
	public static function may_remove( WP_REST_Request $request ) {
		return Account::may( is_multisite() ? 'remove_user' : 'delete_user', $request );
	}

	/**
	 * @return WP_REST_Response|WP_Error
	 */
	public static function remove( WP_REST_Request $request ) {
		$user = Account::member( $request );
		if ( ! $user instanceof WP_User ) {
			return $user;
		}
		$heir = get_userdata( (int) $request['reassign'] );
		if ( ! $heir instanceof WP_User || $heir->ID === $user->ID || ( is_multisite() && ! is_user_member_of_blog( $heir->ID ) ) ) {
			return new WP_Error( 'rest_user_invalid_reassign', 'Invalid user ID for reassignment.', array( 'status' => 400 ) );
		}
		$everywhere = is_multisite() && true === $request['network'];
		if ( $everywhere && ! Membership_Controller::manages_network_accounts() ) {
			return new WP_Error( 'rest_user_cannot_delete', 'This account may not delete accounts of the network.', array( 'status' => 403 ) );
		}
		$previous = Account::describe( $user, $request );
		require_once ABSPATH . 'wp-admin/includes/user.php';
		$done = is_multisite() ? remove_user_from_blog( $user->ID, get_current_blog_id(), $heir->ID ) : wp_delete_user( $user->ID, $heir->ID );
		if ( true === $done && $everywhere && array() === get_blogs_of_user( $user->ID, true ) ) {
			require_once ABSPATH . 'wp-admin/includes/ms.php';
			$done = wpmu_delete_user( $user->ID );
		}
		return true === $done
			? new WP_REST_Response(
				array(
					'deleted'  => true,
					'previous' => $previous,
				)
			)
			: new WP_Error( 'rest_cannot_delete', 'The user cannot be deleted.', array( 'status' => 500 ) );
	}

	/**
	 * @return array<string, mixed>
	 */
	public static function schema(): array {
		return array(
			'$schema'    => 'http://json-schema.org/draft-04/schema#',
			'title'      => 'entra-sync-removal',
			'type'       => 'object',
			'properties' => array(
				'deleted'  => array( 'type' => 'boolean' ),
				'previous' => array(
					'description' => 'The account as it was.',
					'type'        => 'object',
				),
			),
		);
	}
}
