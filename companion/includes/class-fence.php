<?php
/**
 * The fence around the sync's own role: it manages ordinary accounts and nothing else, whatever its credential is used for.
 *
 * It works on the capabilities that WordPress asks for, so it holds for every way in: REST, wp-admin, XML-RPC, other plugins.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_User;

defined( 'ABSPATH' ) || exit;

final class Fence {
	private const REFUSED = array( 'do_not_allow' );

	/** Somebody who is an administrator as well was made one on purpose: no plugin locks the last one out. */
	public static function is_fenced( int $id ): bool {
		$user = $id > 0 ? get_userdata( $id ) : false;
		if ( ! $user instanceof WP_User || ! in_array( Setup::ROLE, $user->roles, true ) ) {
			return false;
		}
		return empty( $user->allcaps['manage_options'] ) && ! ( is_multisite() && is_super_admin( $id ) );
	}

	/**
	 * On `map_meta_cap`.
	 *
	 * @param mixed $caps    What WordPress would ask for.
	 * @param mixed $cap     What is asked.
	 * @param mixed $user_id Of whom.
	 * @param mixed $args    About whom, and which meta key.
	 * @return mixed
	 */
	public static function map( $caps, $cap, $user_id, $args ) {
		if ( ! is_string( $cap ) || ! self::is_fenced( (int) $user_id ) ) {
			return $caps;
		}
		$args   = is_array( $args ) ? array_values( $args ) : array();
		$target = isset( $args[0] ) && is_numeric( $args[0] ) ? (int) $args[0] : 0;
		$self   = $target === (int) $user_id;
		switch ( $cap ) {
			case 'edit_user':
				if ( $self ) {
					return self::by_application_password() ? self::REFUSED : $caps;
				}
				// Core shows an account's login and address to those who may edit it only. The sync must see whom it has to leave alone: that
				// somebody was made an administrator, whose address is taken, that the heir of deleted accounts is there.
				if ( Sync_Request::shows_accounts() && self::is_member( $target ) ) {
					return array( 'list_users' );
				}
				return self::reaches( $target ) && self::is_member( $target ) ? array( 'edit_users' ) : self::REFUSED;
			case 'promote_user':
				return ! $self && self::reaches( $target ) ? array( 'promote_users' ) : self::REFUSED;
			case 'remove_user':
				return ! $self && self::reaches( $target ) ? array( 'remove_users' ) : self::REFUSED;
			case 'delete_user':
				return ! $self && self::reaches( $target ) ? $caps : self::REFUSED;
			case 'add_user_meta':
			case 'edit_user_meta':
			case 'delete_user_meta':
				return isset( $args[1] ) && isset( Settings::get()['meta'][ (string) $args[1] ] ) ? $caps : self::REFUSED;
			case 'list_app_passwords':
			case 'read_app_password':
				return $self ? array( 'read' ) : self::REFUSED;
			case 'create_app_password':
			case 'edit_app_password':
			case 'delete_app_password':
			case 'delete_app_passwords':
				return $self && ! self::by_application_password() ? $caps : self::REFUSED;
			case 'edit_users':
			case 'create_users':
				// On a network WordPress leaves these to its super administrators.
				return array( $cap );
		}
		return $caps;
	}

	/**
	 * On `editable_roles`.
	 *
	 * @param mixed $roles Slug => role.
	 * @return mixed
	 */
	public static function editable_roles( $roles ) {
		if ( ! is_array( $roles ) ) {
			return $roles;
		}
		if ( self::is_fenced( get_current_user_id() ) ) {
			return array_filter( $roles, static fn( $slug ): bool => ! Protection::is_protected_role( (string) $slug ), ARRAY_FILTER_USE_KEY );
		}
		// The role reaches accounts that a site's administrator on a network does not.
		if ( is_multisite() && ! is_super_admin() ) {
			unset( $roles[ Setup::ROLE ] );
		}
		return $roles;
	}

	/**
	 * On `option_default_role`: an account that is created without roles gets that one.
	 *
	 * @param mixed $slug Of the site's setting.
	 * @return mixed
	 */
	public static function default_role( $slug ) {
		return is_string( $slug ) && self::is_fenced( get_current_user_id() ) && Protection::is_protected_role( $slug ) ? '' : $slug;
	}

	private static function reaches( int $target ): bool {
		return $target > 0 && ! Protection::is_protected_user( $target );
	}

	private static function is_member( int $target ): bool {
		return ! is_multisite() || is_user_member_of_blog( $target );
	}

	/** A stolen credential must not make itself another: that is left to whoever can log in as the account. */
	private static function by_application_password(): bool {
		return null !== rest_get_authenticated_app_password();
	}
}
