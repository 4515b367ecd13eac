<?php
// As Advanced Custom Fields shows a field group of users in REST: unset fields are null or false, unknown names are taken and dropped, and a
// group can be shown for accounts of one role only.
add_action( 'rest_api_init', static function () {
	$fields = array( 'office' => array( 'string', 'null' ), 'floor' => array( 'number', 'null' ), 'keyholder' => array( 'boolean', 'null' ) );
	$shown  = static function ( $id ) use ( $fields ) {
		$user = get_user_by( 'id', $id );
		return in_array( 'subscriber', $user->roles, true ) ? $fields : array_diff_key( $fields, array( 'floor' => 1 ) );
	};
	register_rest_field( 'user', 'acf', array(
		'schema'          => array(
			'type'       => 'object',
			'properties' => array_map( static fn( $type ) => array( 'type' => $type ), $fields ),
		),
		'get_callback'    => static function ( $user ) use ( $shown ) {
			$values = array();
			foreach ( array_keys( $shown( $user['id'] ) ) as $name ) {
				$value = get_user_meta( $user['id'], $name, true );
				if ( 'keyholder' === $name ) {
					$values[ $name ] = (bool) $value;
				} else {
					$values[ $name ] = '' === $value ? null : ( is_numeric( $value ) ? $value + 0 : $value );
				}
			}
			return $values;
		},
		'update_callback' => static function ( $data, $user ) use ( $shown ) {
			foreach ( array_intersect_key( $data, $shown( $user->ID ) ) as $name => $value ) {
				update_user_meta( $user->ID, $name, $value );
			}
			return true;
		},
	) );
} );
