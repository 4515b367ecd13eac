<?php
/**
 * The part of the fence that capabilities can't be: the sync's own role sees and names no meta but what the settings register. Core would
 * show what other plugins registered, and pass over unknown keys without a word.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

defined( 'ABSPATH' ) || exit;

final class Meta_Fence {
	private const USERS = '#^/wp/v2/users(/|$)#i';

	/**
	 * On `rest_request_before_callbacks`: refused as a whole, before anything of it is written.
	 *
	 * @param mixed $response What others decided.
	 * @param mixed $handler  Not needed.
	 * @param mixed $request  The request, or a batch's item.
	 * @return mixed
	 */
	public static function refuse( $response, $handler, $request ) {
		unset( $handler );
		if ( is_wp_error( $response ) || ! $request instanceof WP_REST_Request || ! preg_match( self::USERS, $request->get_route() ) ) {
			return $response;
		}
		if ( ! in_array( $request->get_method(), array( 'POST', 'PUT', 'PATCH' ), true ) ) {
			return $response;
		}
		if ( null !== $request->get_param( User_Field::NAME ) && ! current_user_can( Setup::CAPABILITY ) ) {
			return User_Field::refusal();
		}
		$meta = $request->get_param( 'meta' );
		if ( ! is_array( $meta ) || ! Fence::is_fenced( get_current_user_id() ) ) {
			return $response;
		}
		$unknown = array_diff( array_map( 'strval', array_keys( $meta ) ), User_Meta::rest_names() );
		return array() === $unknown ? $response : new WP_Error(
			'rest_cannot_update',
			'The sync may only write user meta that its settings register.',
			array(
				'status' => 403,
				'params' => array( 'meta' => 'Not registered.' ),
			)
		);
	}

	/**
	 * On `rest_prepare_user`.
	 *
	 * @param mixed $response As core and others prepared it.
	 * @return mixed
	 */
	public static function hide( $response ) {
		$data = $response instanceof WP_REST_Response ? $response->get_data() : null;
		if ( ! is_array( $data ) || ! isset( $data['meta'] ) || ! is_array( $data['meta'] ) || ! Fence::is_fenced( get_current_user_id() ) ) {
			return $response;
		}
		$data['meta'] = array_intersect_key( $data['meta'], array_flip( User_Meta::rest_names() ) );
		$response->set_data( $data );
		return $response;
	}
}
