<?php
/**
 * Every hook of the plugin, in one table.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use EntraSync\Rest\Settings_Controller;
use EntraSync\Rest\Site_Controller;

defined( 'ABSPATH' ) || exit;

final class Hooks {
	/** Hook, callback, priority, number of arguments. Actions and filters are one thing to WordPress. */
	private const TABLE = array(
		array( 'init', array( Setup::class, 'catch_up' ), 10, 0 ),
		array( 'init', array( User_Meta::class, 'register' ), 99, 0 ),
		array( 'rest_api_init', array( User_Field::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Site_Controller::class, 'register' ), 10, 0 ),
		array( 'rest_api_init', array( Settings_Controller::class, 'register' ), 10, 0 ),
		array( 'rest_prepare_user', array( User_Meta::class, 'show_absence' ), 10, 2 ),
	);

	public static function add_all(): void {
		foreach ( self::TABLE as $row ) {
			add_filter( ...$row );
		}
	}
}
