<?php
/**
 * Ultimate Member asks role settings of its own whether somebody who is no administrator may see, edit or delete others. They know nothing of
 * the sync's role, so all of it would be refused.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_User;

defined( 'ABSPATH' ) || exit;

final class Ultimate_Member {
	/** What it takes away (`map_caps_by_role`). */
	private const TAKEN = array( 'list_users', 'edit_users', 'delete_users' );

	/**
	 * On `user_has_cap`. To whom these reach is the fence's matter, which has spoken before ({@see Fence::map}).
	 *
	 * @param mixed $has  Capabilities by name.
	 * @param mixed $caps What is asked for.
	 * @param mixed $args As WordPress was asked.
	 * @param mixed $user Of whom.
	 * @return mixed
	 */
	public static function keep_rights( $has, $caps, $args, $user ) {
		if ( ! is_array( $has ) || ! $user instanceof WP_User || ! class_exists( 'UM' ) || ! in_array( Setup::ROLE, $user->roles, true ) ) {
			return $has;
		}
		return array_fill_keys( self::TAKEN, true ) + $has;
	}
}
