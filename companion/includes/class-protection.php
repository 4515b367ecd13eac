<?php
/**
 * Who is out of the sync's reach: whoever could take the site over, and whom the settings name.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Role;
use WP_User;

defined( 'ABSPATH' ) || exit;

final class Protection {
	/** Each of these is enough to become an administrator, or to run code. */
	private const POWERS = array(
		'manage_options',
		'promote_users',
		'edit_users',
		'create_users',
		'delete_users',
		'remove_users',
		'activate_plugins',
		'install_plugins',
		'update_plugins',
		'delete_plugins',
		'edit_plugins',
		'switch_themes',
		'install_themes',
		'update_themes',
		'delete_themes',
		'edit_themes',
		'edit_files',
		'update_core',
		'import',
		'unfiltered_upload',
		'setup_network',
		'manage_network',
		'manage_network_users',
		'manage_network_plugins',
		'manage_network_themes',
		'manage_network_options',
		'manage_sites',
		'create_sites',
		'delete_sites',
		'upgrade_network',
		Setup::CAPABILITY,
	);

	/** Whether the sync's own role may not give this role, nor touch whoever has it. */
	public static function is_protected_role( string $slug ): bool {
		$role = get_role( $slug );
		return Setup::ROLE === $slug
			|| in_array( $slug, Settings::get()['protectedRoles'], true )
			|| ( $role instanceof WP_Role && self::is_powerful( $slug, $role->capabilities ) );
	}

	public static function is_protected_user( int $id ): bool {
		$user = get_userdata( $id );
		if ( ! $user instanceof WP_User || is_super_admin( $id ) || self::is_protected_here( $user ) ) {
			return true;
		}
		$settings = Settings::get();
		if ( in_array( strtolower( $user->user_login ), $settings['protectedUsers'], true ) ) {
			return true;
		}
		// An account is the same on all sites of a network: an administrator of one is nobody's to edit on another.
		foreach ( is_multisite() ? get_blogs_of_user( $id, true ) : array() as $site ) {
			$there = new WP_User( $id, '', (int) $site->userblog_id );
			if ( in_array( Setup::ROLE, $there->roles, true ) || self::is_powerful( '', $there->allcaps ) ) {
				return true;
			}
		}
		return false;
	}

	private static function is_protected_here( WP_User $user ): bool {
		foreach ( $user->roles as $slug ) {
			if ( self::is_protected_role( (string) $slug ) ) {
				return true;
			}
		}
		return self::is_powerful( '', $user->caps );
	}

	/**
	 * @param string              $slug         The role, '' for capabilities that don't come from one role.
	 * @param array<string, bool> $capabilities What comes with it; false is none.
	 */
	private static function is_powerful( string $slug, array $capabilities ): bool {
		$powerful = array() !== array_intersect( self::POWERS, array_keys( array_filter( $capabilities ) ) );
		/**
		 * Filters whether a role is out of reach for the sync's own role. WooCommerce's shop managers, for one, may edit customers only;
		 * a site that wants them from the directory says so here.
		 *
		 * @param bool   $powerful     Whether it can take the site over.
		 * @param string $slug         The role.
		 * @param array  $capabilities What comes with it.
		 */
		return (bool) apply_filters( 'entra_sync_is_powerful_role', $powerful, $slug, $capabilities );
	}
}
