<?php
/**
 * Nobody gets a mail from WordPress because the directory changed: not for a new address, a new password or a new account.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

final class Quiet_Mail {
	/**
	 * On the filters that decide over a mail.
	 *
	 * @param mixed $send As it stands.
	 */
	public static function decide( $send ): bool {
		return (bool) $send && null === Sync_Request::current();
	}

	/**
	 * A network's setting: whether its administrator hears of each new account.
	 *
	 * @param mixed $value False: read the setting.
	 * @return mixed
	 */
	public static function network_notice( $value ) {
		return null === Sync_Request::current() ? $value : 'no';
	}
}
