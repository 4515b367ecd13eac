<?php
/**
 * Knows whether what WordPress does right now is for the sync: within a REST request, or a batch's item, that carries the sync's attempt
 * and comes from an account that may sync.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

final class Sync_Request {
	private const HEADER = 'x_entra_sync_attempt';

	/**
	 * The requests under way: a batch holds its item, and a plugin may ask the REST API while it answers.
	 *
	 * @var WP_REST_Request[]
	 */
	private static array $under_way = array();

	/**
	 * Before anybody else on `rest_request_before_callbacks`.
	 *
	 * @param mixed $response Passed on.
	 * @param mixed $handler  Not needed.
	 * @param mixed $request  The request, or a batch's item.
	 * @return mixed
	 */
	public static function begin( $response, $handler, $request ) {
		unset( $handler );
		self::$under_way[] = $request instanceof WP_REST_Request ? $request : new WP_REST_Request();
		return $response;
	}

	/**
	 * After everybody else on `rest_request_after_callbacks`.
	 *
	 * @param mixed $response Passed on.
	 * @return mixed
	 */
	public static function end( $response ) {
		array_pop( self::$under_way );
		return $response;
	}

	/** Whether core's users route is being asked to show accounts, and nothing else. */
	public static function shows_accounts(): bool {
		$request = end( self::$under_way );
		return $request instanceof WP_REST_Request
			&& 'GET' === $request->get_method()
			&& 1 === preg_match( '#^/wp/v2/users(/\d+)?$#', $request->get_route() );
	}

	/** The sync's own request that is being answered; null for all others. */
	public static function current(): ?WP_REST_Request {
		$request = end( self::$under_way );
		if ( ! $request instanceof WP_REST_Request || '' === (string) $request->get_header( self::HEADER ) ) {
			return null;
		}
		return current_user_can( Setup::CAPABILITY ) ? $request : null;
	}
}
