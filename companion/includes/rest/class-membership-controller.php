<?php
/**
 * `POST /entra-sync/v1/users/{id}/membership`: adds an account of the network to this site. Who belongs to it already is left alone.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use EntraSync\Default_Role;
use EntraSync\Fence;
use EntraSync\Setup;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;
use const EntraSync\REST_NAMESPACE;

defined( 'ABSPATH' ) || exit;

final class Membership_Controller {
	public static function register(): void {
		register_rest_route(
			REST_NAMESPACE,
			Account::PATH . '/membership',
			array(
				'allow_batch' => array( 'v1' => true ),
				array(
					'methods'             => 'POST',
					'callback'            => array( self::class, 'add' ),
					'permission_callback' => array( self::class, 'may_add' ),
					'args'                => array(
						'id'    => Account::ID,
						'roles' => array(
							'type'  => 'array',
							'items' => array( 'type' => 'string' ),
						),
					),
				),
				'schema'      => array( Account::class, 'schema' ),
			)
		);
	}

	/**
	 * Nobody is asked whether they want to be added, so a site's administrator may not do it: whoever manages the network's accounts may.
	 *
	 * @return bool|WP_Error
	 */
	public static function may_add( WP_REST_Request $request ) {
		if ( ! current_user_can( Setup::CAPABILITY ) || ! self::manages_network_accounts() ) {
			return false;
		}
		$id = (int) $request['id'];
		return get_userdata( $id ) instanceof WP_User ? current_user_can( 'promote_user', $id ) : Account::not_found();
	}

	public static function manages_network_accounts(): bool {
		return ! is_multisite() || Fence::is_fenced( get_current_user_id() ) || current_user_can( 'manage_network_users' );
	}

	/**
	 * @return WP_REST_Response|WP_Error
	 */
	public static function add( WP_REST_Request $request ) {
		$id = (int) $request['id'];
		if ( ! is_multisite() || is_user_member_of_blog( $id ) ) {
			return new WP_Error( 'entra_sync_already_member', 'The account belongs to this site already.', array( 'status' => 409 ) );
		}
		require_once ABSPATH . 'wp-admin/includes/user.php';
		$editable = get_editable_roles();
		// As with an account that core creates: without a word about roles it gets the site's default one.
		$roles = is_array( $request['roles'] ) ? $request['roles'] : Default_Role::slugs();
		foreach ( $roles as $role ) {
			if ( ! isset( $editable[ $role ] ) ) {
				$status = null === get_role( $role ) ? 400 : 403;
				return new WP_Error( 'rest_user_invalid_role', "The role $role does not exist here, or may not be given.", array( 'status' => $status ) );
			}
		}
		$added = add_user_to_blog( get_current_blog_id(), $id, '' );
		if ( is_wp_error( $added ) ) {
			$added->add_data( array( 'status' => 409 ) );
			return $added;
		}
		$user = new WP_User( $id );
		array_map( array( $user, 'add_role' ), $roles );
		return new WP_REST_Response( Account::describe( $user, $request ), 201 );
	}
}
