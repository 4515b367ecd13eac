<?php
/**
 * Put into the site of `npm run chaos` as a must-use plugin: writes down every change that comes by REST as the site applied it, and
 * lets the harness look and act past the program under test. Only whoever knows the key of this run of the command is answered.
 */

/** Accounts are made by the thousand here; how long hashing takes is measured elsewhere. */
add_filter( 'wp_hash_password_options', static fn() => array( 'cost' => 4 ) );
add_filter( 'send_email_change_email', '__return_false' );
add_filter( 'send_password_change_email', '__return_false' );

function chaos_write( string $kind, WP_User $user, WP_REST_Request $request ): void {
	global $wpdb;
	$wpdb->insert(
		$wpdb->prefix . 'chaos_writes',
		array(
			'at'      => (int) floor( microtime( true ) * 1000 ),
			'host'    => $_SERVER['HTTP_HOST'] ?? '',
			'kind'    => $kind,
			'account' => $user->ID,
			'login'   => $user->user_login,
			'attempt' => (string) $request->get_header( 'x_entra_sync_attempt' ),
			'fields'  => implode( ',', array_keys( (array) $request->get_json_params() + (array) $request->get_body_params() ) ),
			'roles'   => implode( ',', array_values( get_userdata( $user->ID )->roles ?? array() ) ),
		)
	);
}
add_action(
	'rest_after_insert_user',
	static fn( $user, $request, $creating ) => chaos_write( $creating ? 'created' : 'updated', $user, $request ),
	10,
	3
);
add_action( 'rest_delete_user', static fn( $user, $response, $request ) => chaos_write( 'deleted', $user, $request ), 10, 3 );

/** Accounts by id, with everything that a person or an administrator could see of them. */
function chaos_accounts( array $ids ): array {
	global $wpdb;
	$accounts = array();
	foreach ( array_unique( array_map( 'intval', $ids ) ) as $id ) {
		clean_user_cache( $id );
		$user = get_userdata( $id );
		if ( ! $user ) {
			continue;
		}
		$shown   = static fn( $value ) => wp_specialchars_decode( (string) $value, ENT_QUOTES );
		$account = array(
			'id'         => $id,
			'login'      => $user->user_login,
			'email'      => $user->user_email,
			'name'       => $shown( $user->display_name ),
			'url'        => $user->user_url,
			'registered' => $user->user_registered,
			'password'   => md5( $user->user_pass ),
			'roles'      => array_values( $user->roles ),
			'posts'      => (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM $wpdb->posts WHERE post_author = %d AND post_type = 'post'", $id ) ),
		);
		foreach ( array( 'first_name', 'last_name', 'nickname', 'description', 'locale' ) as $field ) {
			$account[ $field ] = $shown( get_user_meta( $id, $field, true ) );
		}
		$accounts[] = $account;
	}
	return $accounts;
}

function chaos_do( string $verb, array $given ) {
	global $wpdb;
	$table = $wpdb->prefix . 'chaos_writes';
	switch ( $verb ) {
		case 'create':
			$ids = array();
			foreach ( $given['accounts'] as $account ) {
				$id = wp_insert_user(
					array(
						'user_login'      => $account['login'],
						'user_email'      => $account['email'],
						'display_name'    => $account['name'],
						'role'            => $account['role'],
						'user_pass'       => wp_generate_password(),
						'user_registered' => gmdate( 'Y-m-d H:i:s', time() - DAY_IN_SECONDS ),
					)
				);
				if ( is_wp_error( $id ) ) {
					$ids[] = null;
					continue;
				}
				for ( $left = $account['posts']; $left > 0; $left-- ) {
					wp_insert_post( array( 'post_author' => $id, 'post_title' => $account['login'], 'post_status' => 'publish' ) );
				}
				$ids[] = $id;
			}
			return $ids;
		case 'change':
			if ( ! get_userdata( $given['id'] ) ) {
				return false;
			}
			$changed = wp_update_user( array( 'ID' => $given['id'] ) + $given['fields'] );
			return ! is_wp_error( $changed );
		case 'delete':
			require_once ABSPATH . 'wp-admin/includes/user.php';
			return (bool) get_userdata( $given['id'] ) && wp_delete_user( $given['id'] );
		case 'look':
			$like  = '%' . $wpdb->esc_like( $given['tag'] ) . '%';
			$named = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM $wpdb->users WHERE user_login LIKE %s OR user_email LIKE %s", $like, $like ) );
			$all   = $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $table WHERE host = %s ORDER BY id", $given['host'] ), ARRAY_A );
			return array(
				'accounts' => chaos_accounts( array_merge( $named, array_column( $all, 'account' ), $given['ids'] ) ),
				'writes'   => $all,
			);
		case 'forget':
			foreach ( $given['ids'] as $id ) {
				$wpdb->delete( $wpdb->users, array( 'ID' => $id ) );
				$wpdb->delete( $wpdb->usermeta, array( 'user_id' => $id ) );
				$wpdb->delete( $wpdb->posts, array( 'post_author' => $id ) );
			}
			$wpdb->delete( $table, array( 'host' => $given['host'] ) );
			return count( $given['ids'] );
		case 'others':
			return array_map( 'intval', $wpdb->get_col( "SELECT ID FROM $wpdb->users ORDER BY ID" ) );
	}
	return null;
}

add_action(
	'init',
	static function (): void {
		$key = get_option( 'chaos_key' );
		if ( ! $key || ! hash_equals( $key, $_SERVER['HTTP_X_CHAOS_KEY'] ?? '' ) ) {
			return;
		}
		$body = json_decode( file_get_contents( 'php://input' ), true );
		header( 'Content-Type: application/json' );
		echo wp_json_encode( chaos_do( $body['verb'], $body['given'] ) );
		exit;
	},
	100
);
