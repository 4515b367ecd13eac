<?php
/**
 * On a network core gives an account that is created over REST no role, where it gets the site's default one everywhere else. The sync's own
 * new accounts get it here too, so that both kinds of site come out alike.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_REST_Request;
use WP_User;

defined( 'ABSPATH' ) || exit;

final class Default_Role {
	/**
	 * On `rest_after_insert_user`, before core prepares its answer.
	 *
	 * @param mixed $user     The account.
	 * @param mixed $request  What was asked.
	 * @param mixed $creating Whether it is new.
	 */
	public static function give( $user, $request, $creating ): void {
		if ( true !== $creating || ! is_multisite() || ! $user instanceof WP_User || ! $request instanceof WP_REST_Request ) {
			return;
		}
		if ( null === Sync_Request::current() || null !== $request['roles'] || array() !== $user->roles ) {
			return;
		}
		foreach ( self::slugs() as $role ) {
			$user->add_role( $role );
		}
	}

	/**
	 * @return string[] The site's default role, where the asking account may give it; else none.
	 */
	public static function slugs(): array {
		require_once ABSPATH . 'wp-admin/includes/user.php';
		$role = get_option( 'default_role' );
		return is_string( $role ) && isset( get_editable_roles()[ $role ] ) ? array( $role ) : array();
	}
}
