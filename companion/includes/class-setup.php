<?php
/**
 * What the plugin leaves in the database beside people's data: one role, one capability, one option.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Role;

defined( 'ABSPATH' ) || exit;

final class Setup {
	/** The role of the sync's own account. */
	public const ROLE = 'entra_sync';

	/** Lets an account use this plugin's routes and the `entra_sync` field. */
	public const CAPABILITY = 'entra_sync_manage';

	/** What the role can do; {@see Fence} says to whom. */
	private const ROLE_CAPABILITIES = array(
		'read',
		'list_users',
		'create_users',
		'edit_users',
		'promote_users',
		'delete_users',
		'remove_users',
		self::CAPABILITY,
	);

	/** Raised when {@see make_roles} changes: sites that updated the plugin without activating it again catch up. */
	private const ROLES_VERSION = 1;
	private const ROLES_OPTION  = 'entra_sync_roles';

	/**
	 * @param mixed $network_wide Whether a network's administrator activates it for all sites; each then catches up by itself.
	 */
	public static function activate( $network_wide = false ): void {
		unset( $network_wide );
		self::make_roles();
	}

	/** Where the role isn't there yet: a site of a network, or an updated plugin. */
	public static function catch_up(): void {
		if ( (int) get_option( self::ROLES_OPTION ) < self::ROLES_VERSION ) {
			self::make_roles();
		}
	}

	private static function make_roles(): void {
		// WordPress adds no role that is there already, so an older one goes first. Accounts keep its name.
		remove_role( self::ROLE );
		add_role( self::ROLE, 'Entra Sync', array_fill_keys( self::ROLE_CAPABILITIES, true ) );
		$administrator = get_role( 'administrator' );
		if ( $administrator instanceof WP_Role ) {
			$administrator->add_cap( self::CAPABILITY );
		}
		update_option( self::ROLES_OPTION, self::ROLES_VERSION );
	}

	/** Takes everything of the plugin's own out of the current site. Accounts stay as they are. */
	public static function remove(): void {
		remove_role( self::ROLE );
		foreach ( wp_roles()->role_objects as $role ) {
			$role->remove_cap( self::CAPABILITY );
		}
		delete_option( self::ROLES_OPTION );
		delete_option( Settings::OPTION );
	}
}
