<?php
/**
 * Registers the user meta that the app writes, so that core's users route takes and gives it.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_REST_Request;
use WP_REST_Response;
use WP_User;

defined( 'ABSPATH' ) || exit;

final class User_Meta {
	/** What an item of an array, or a value in an object, may be: anything that JSON knows. */
	private const ANY = array(
		'type'                 => array( 'string', 'number', 'boolean', 'null', 'array', 'object' ),
		'items'                => array(
			'type'                 => array( 'string', 'number', 'boolean', 'null', 'object' ),
			'additionalProperties' => true,
		),
		'additionalProperties' => true,
	);

	/** On `init`, after other plugins: a key that one of them shows in REST as a single value keeps their definition. */
	public static function register(): void {
		$there = self::registered();
		foreach ( Settings::get()['meta'] as $key => $type ) {
			$key = (string) $key;
			if ( ! empty( $there[ $key ]['show_in_rest'] ) && ! empty( $there[ $key ]['single'] ) ) {
				continue;
			}
			register_meta(
				'user',
				$key,
				array(
					'type'          => $type,
					'single'        => true,
					'show_in_rest'  => array( 'schema' => self::schema( $type ) ),
					'auth_callback' => array( self::class, 'may_write' ),
				)
			);
		}
	}

	/**
	 * @return string[] What the settings' keys are called in REST: another plugin may have given its own a name.
	 */
	public static function rest_names(): array {
		return array_values( array_intersect_key( self::all_rest_names(), Settings::get()['meta'] ) );
	}

	/**
	 * @return array<string, string> Key => name of all user meta that REST shows.
	 */
	public static function all_rest_names(): array {
		$names = array();
		foreach ( self::registered() as $key => $args ) {
			$shown = $args['show_in_rest'] ?? false;
			if ( ! empty( $shown ) ) {
				$names[ $key ] = is_array( $shown ) && isset( $shown['name'] ) ? (string) $shown['name'] : (string) $key;
			}
		}
		return $names;
	}

	/**
	 * @return array<string, array<string, mixed>> Key => definition. "user" is the one subtype that users have, and as good as none.
	 */
	private static function registered(): array {
		return array_replace( get_registered_meta_keys( 'user' ), get_registered_meta_keys( 'user', 'user' ) );
	}

	/**
	 * @return array<string, mixed>
	 */
	private static function schema( string $type ): array {
		// Not in the context "view": there visitors read it of everybody who has published something.
		$schema = array(
			'type'    => $type,
			'context' => array( 'edit' ),
		);
		if ( 'array' === $type ) {
			$schema['items'] = self::ANY;
		}
		if ( 'object' === $type ) {
			$schema['additionalProperties'] = true;
		}
		return $schema;
	}

	/**
	 * The directory says what these values are: nobody else changes them over REST, not even one's own.
	 *
	 * @param mixed $allowed As it stands.
	 * @param mixed $key     Meta key.
	 * @param mixed $id      Whose.
	 * @param mixed $user_id Who asks.
	 */
	public static function may_write( $allowed, $key, $id, $user_id ): bool {
		unset( $allowed, $key, $id );
		return user_can( (int) $user_id, Setup::CAPABILITY );
	}

	/**
	 * On `rest_insert_user`: clears what is sent as null. Core refuses that with 500 where the stored value doesn't fit the type, which
	 * for a number or a boolean "not there" and "false" don't either.
	 *
	 * @param mixed $user    Whose, just saved.
	 * @param mixed $request What was asked.
	 */
	public static function clear( $user, $request ): void {
		$meta = $request instanceof WP_REST_Request ? $request->get_param( 'meta' ) : null;
		if ( ! $user instanceof WP_User || ! is_array( $meta ) ) {
			return;
		}
		foreach ( array_intersect_key( self::all_rest_names(), Settings::get()['meta'] ) as $key => $name ) {
			if ( ! array_key_exists( $name, $meta ) || null !== $meta[ $name ] || ! current_user_can( 'delete_user_meta', $user->ID, $key ) ) {
				continue;
			}
			delete_user_meta( $user->ID, wp_slash( (string) $key ) );
			unset( $meta[ $name ] );
		}
		$request->set_param( 'meta', $meta );
	}

	/**
	 * Core answers the empty value of the type for meta that isn't there. The app must tell "none" from 0, false and ''.
	 *
	 * @param mixed $response As core prepared it.
	 * @param mixed $user     Whose.
	 * @return mixed
	 */
	public static function show_absence( $response, $user ) {
		if ( ! $response instanceof WP_REST_Response || ! $user instanceof WP_User ) {
			return $response;
		}
		$data = $response->get_data();
		if ( ! is_array( $data ) || ! isset( $data['meta'] ) || ! is_array( $data['meta'] ) ) {
			return $response;
		}
		foreach ( array_intersect_key( self::all_rest_names(), Settings::get()['meta'] ) as $key => $name ) {
			if ( array_key_exists( $name, $data['meta'] ) && ! metadata_exists( 'user', $user->ID, (string) $key ) ) {
				$data['meta'][ $name ] = null;
			}
		}
		$response->set_data( $data );
		return $response;
	}
}
