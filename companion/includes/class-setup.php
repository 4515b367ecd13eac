<?php
/**
 * The sync's own role and capability: made on activation, gone with the plugin.
 *
 * The database only ever holds the role with `read`. What it really may do it gets while the plugin runs and its fence stands: where
 * somebody takes the plugin's files away, the sync's credential is worth nothing.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Role;
use WP_Roles;

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

	/** For this site; the others of a network catch up by themselves. */
	public static function activate(): void {
		self::make_roles();
	}

	/** Without its fence the role would be as good as an administrator's: {@see strengthen_role} goes with the plugin, the rest here. */
	public static function deactivate(): void {
		remove_role( self::ROLE );
		delete_option( self::ROLES_OPTION );
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
		add_role( self::ROLE, 'Entra Sync', array( 'read' => true ) );
		$administrator = get_role( 'administrator' );
		if ( $administrator instanceof WP_Role ) {
			$administrator->add_cap( self::CAPABILITY );
		}
		update_option( self::ROLES_OPTION, self::ROLES_VERSION );
		self::strengthen_role( wp_roles() );
	}

	/**
	 * On `wp_roles_init`. Only the role's object gets the capabilities: what WordPress saves is another list.
	 *
	 * @param mixed $roles The roles of one site, just read.
	 */
	public static function strengthen_role( $roles ): void {
		$role = $roles instanceof WP_Roles ? $roles->get_role( self::ROLE ) : null;
		if ( $role instanceof WP_Role ) {
			$role->capabilities = array_fill_keys( self::ROLE_CAPABILITIES, true );
		}
	}

	/** Takes everything of the plugin's own out of the current site. Accounts stay, suspended ones stay marked. */
	public static function remove(): void {
		global $wpdb;
		self::deactivate();
		foreach ( wp_roles()->role_objects as $role ) {
			if ( isset( $role->capabilities[ self::CAPABILITY ] ) ) {
				$role->remove_cap( self::CAPABILITY );
			}
		}
		delete_option( Settings::OPTION );
		delete_metadata( 'user', 0, $wpdb->get_blog_prefix() . Avatar::OPTION, '', true );
	}
}
