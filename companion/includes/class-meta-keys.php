<?php
/**
 * Which user meta may be registered for the sync. What WordPress, its sessions and log-in plugins keep there is not for any directory.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

final class Meta_Keys {
	/** Capabilities and levels of any site, then whatever lets somebody in. */
	private const REFUSED_PATTERN = '/capabilit|user_?level|session|pass(word|wd|phrase|key)|secret|token|credential|nonce|_(?:t|h)?otp|^(?:t|h)?otp|2fa|mfa|two[_-]?factor|webauthn|fido|backup[_-]?code|recovery|activation[_-]?key|api[_-]?key|private[_-]?key|^_?entra_sync/i';

	/** Core's own. Names and texts of the profile are fields of the account, the marks for single sign-on of `entra_sync`. */
	private const REFUSED = array(
		'_new_email',
		'aadobjectid',
		'aadtenantid',
		'admin_color',
		'comment_shortcuts',
		'default_password_nag',
		'description',
		'dismissed_wp_pointers',
		'first_name',
		'last_name',
		'locale',
		'nickname',
		'primary_blog',
		'rich_editing',
		'show_admin_bar_front',
		'show_welcome_panel',
		'source_domain',
		'syntax_highlighting',
		'use_ssl',
		'userprincipalname',
	);

	public static function is_allowed( string $key ): bool {
		global $wpdb;
		// The database compares keys without case.
		$plain   = strtolower( $key );
		$allowed = 1 === preg_match( '/^[\x21-\x7e]{1,255}$/', $key )
			&& ! in_array( $plain, self::REFUSED, true )
			&& 1 !== preg_match( self::REFUSED_PATTERN, $key )
			// Behind the tables' prefix are the settings that an account has for one site.
			&& 0 !== strpos( $plain, strtolower( (string) $wpdb->base_prefix ) );
		/**
		 * Filters whether user meta may be registered for the sync. Only narrows: what is refused stays refused.
		 *
		 * @param bool   $allowed Always true.
		 * @param string $key     Meta key.
		 */
		return $allowed && (bool) apply_filters( 'entra_sync_may_register_meta', true, $key );
	}
}
