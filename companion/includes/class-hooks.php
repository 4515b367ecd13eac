<?php
/**
 * Every hook of the plugin, in one table.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

final class Hooks {
	private const FIRST = PHP_INT_MIN;
	private const LAST  = PHP_INT_MAX;

	/** Hook, callback, priority, number of arguments. Actions and filters are one thing to WordPress. */
	private const TABLE = array(
		array( 'wp_roles_init', array( Setup::class, 'strengthen_role' ), 10, 1 ),
		array( 'init', array( Setup::class, 'catch_up' ), 10, 0 ),
		array( 'init', array( User_Meta::class, 'register' ), 99, 0 ),

		array( 'rest_api_init', array( User_Field::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Rest\Site_Controller::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Rest\Settings_Controller::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Rest\Avatar_Controller::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Rest\Membership_Controller::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Rest\Removal_Controller::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Rest\Network_Users_Controller::class, 'register' ), 10, 0 ),

		array( 'rest_request_before_callbacks', array( Sync_Request::class, 'begin' ), self::FIRST, 3 ),
		array( 'rest_request_before_callbacks', array( Password_Hash::class, 'begin' ), 10, 1 ),
		array( 'rest_request_before_callbacks', array( Meta_Fence::class, 'refuse' ), 10, 3 ),
		array( 'rest_request_after_callbacks', array( Password_Hash::class, 'end' ), self::LAST, 1 ),
		array( 'rest_request_after_callbacks', array( Sync_Request::class, 'end' ), self::LAST, 1 ),
		array( 'rest_insert_user', array( User_Meta::class, 'clear' ), 10, 2 ),
		array( 'rest_after_insert_user', array( Default_Role::class, 'give' ), 10, 3 ),
		array( 'rest_prepare_user', array( User_Meta::class, 'show_absence' ), 10, 2 ),
		array( 'rest_prepare_user', array( Meta_Fence::class, 'hide' ), self::LAST, 1 ),

		array( 'map_meta_cap', array( Fence::class, 'map' ), self::LAST, 4 ),
		array( 'user_has_cap', array( Ultimate_Member::class, 'keep_rights' ), self::LAST, 4 ),
		array( 'editable_roles', array( Fence::class, 'editable_roles' ), self::LAST, 1 ),
		array( 'option_default_role', array( Fence::class, 'default_role' ), self::LAST, 1 ),

		array( 'authenticate', array( Suspension::class, 'refuse_log_in' ), self::LAST, 1 ),
		array( 'wp_authenticate_application_password_errors', array( Suspension::class, 'refuse_application_password' ), 10, 2 ),
		array( 'determine_current_user', array( Suspension::class, 'forget' ), self::LAST, 1 ),
		array( 'send_auth_cookies', array( Suspension::class, 'refuse_cookie' ), self::LAST, 4 ),
		array( 'allow_password_reset', array( Suspension::class, 'refuse_password_reset' ), self::LAST, 2 ),
		array( 'remove_user_from_blog', array( Suspension::class, 'restore' ), 10, 1 ),

		array( 'wp_hash_password_options', array( Password_Hash::class, 'options' ), self::LAST, 2 ),
		array( 'send_email_change_email', array( Quiet_Mail::class, 'decide' ), self::LAST, 1 ),
		array( 'send_password_change_email', array( Quiet_Mail::class, 'decide' ), self::LAST, 1 ),
		array( 'pre_site_option_registrationnotification', array( Quiet_Mail::class, 'network_notice' ), self::LAST, 1 ),

		// After plugins that let people upload an avatar of their own: that one shows.
		array( 'pre_get_avatar_data', array( Avatar::class, 'show' ), 20, 2 ),
		array( 'delete_user', array( Avatar::class, 'remove' ), 10, 1 ),
		array( 'remove_user_from_blog', array( Avatar::class, 'remove' ), 10, 1 ),
	);

	public static function add_all(): void {
		foreach ( self::TABLE as $row ) {
			add_filter( ...$row );
		}
	}
}
