<?php
/**
 * What the routes for one account share: its id in the path, and the account as core's users route answers it.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync\Rest;

use EntraSync\Setup;
use WP_Error;
use WP_REST_Request;
use WP_REST_Users_Controller;
use WP_User;

defined( 'ABSPATH' ) || exit;

final class Account {
	public const PATH = '/users/(?P<id>[\d]+)';

	public const ID = array(
		'type'     => 'integer',
		'minimum'  => 1,
		'required' => true,
	);

	/**
	 * The account, where it belongs to this site; answered like core does where not.
	 *
	 * @return WP_User|WP_Error
	 */
	public static function member( WP_REST_Request $request ) {
		$user = get_userdata( (int) $request['id'] );
		if ( ! $user instanceof WP_User || ( is_multisite() && ! is_user_member_of_blog( $user->ID ) ) ) {
			return self::not_found();
		}
		return $user;
	}

	public static function not_found(): WP_Error {
		return new WP_Error( 'rest_user_invalid_id', 'Invalid user ID.', array( 'status' => 404 ) );
	}

	/**
	 * Whether the asking account syncs, and `$capability` reaches the account.
	 *
	 * @return bool|WP_Error
	 */
	public static function may( string $capability, WP_REST_Request $request ) {
		if ( ! current_user_can( Setup::CAPABILITY ) ) {
			return false;
		}
		$user = self::member( $request );
		return is_wp_error( $user ) ? $user : current_user_can( $capability, $user->ID );
	}

	/**
	 * In context "edit", with the `_fields` of the request.
	 *
	 * @return array<string, mixed>
	 */
	public static function describe( WP_User $user, WP_REST_Request $request ): array {
		$request->set_param( 'context', 'edit' );
		return (array) ( new WP_REST_Users_Controller() )->prepare_item_for_response( $user, $request )->get_data();
	}

	/**
	 * @return array<string, mixed> Of what core answers for an account.
	 */
	public static function schema(): array {
		return ( new WP_REST_Users_Controller() )->get_public_item_schema();
	}
}
