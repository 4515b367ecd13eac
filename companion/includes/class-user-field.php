<?php
/**
 * The field `entra_sync` of core's users route: written in the same request as an account's fields and roles.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

use WP_Error;
use WP_User;

defined( 'ABSPATH' ) || exit;

final class User_Field {
	public const NAME = 'entra_sync';

	public static function register(): void {
		register_rest_field(
			'user',
			self::NAME,
			array(
				'get_callback'    => array( self::class, 'read' ),
				'update_callback' => array( self::class, 'write' ),
				'schema'          => self::schema(),
			)
		);
	}

	/**
	 * @return array<string, mixed>
	 */
	private static function schema(): array {
		$text = array(
			'type'      => array( 'string', 'null' ),
			'maxLength' => 400,
		);
		return array(
			'description'          => 'What the directory says of the account. Only for the sync.',
			'type'                 => array( 'object', 'null' ),
			'context'              => array( 'edit' ),
			'additionalProperties' => false,
			'properties'           => array(
				'suspended'         => array( 'type' => 'boolean' ),
				'objectId'          => $text,
				'userPrincipalName' => $text,
				'tenantId'          => $text,
				'avatar'            => array(
					'type'     => array( 'string', 'null' ),
					'readonly' => true,
				),
			),
		);
	}

	/**
	 * @param mixed $user As core prepared it.
	 * @return array{suspended: bool, avatar: string|null, objectId: string|null}|null
	 */
	public static function read( $user ): ?array {
		$id = is_array( $user ) ? (int) ( $user['id'] ?? 0 ) : 0;
		if ( $id < 1 || ! current_user_can( Setup::CAPABILITY ) ) {
			return null;
		}
		return array(
			'suspended' => Suspension::is_suspended( $id ),
			'avatar'    => Avatar::etag( $id ),
			'objectId'  => Single_Sign_On::object_id( $id ),
		);
	}

	/**
	 * @param mixed $value As the schema lets it through.
	 * @param mixed $user  The account, already saved.
	 * @return true|WP_Error
	 */
	public static function write( $value, $user ) {
		if ( ! $user instanceof WP_User || ! is_array( $value ) ) {
			return true;
		}
		if ( ! current_user_can( Setup::CAPABILITY ) || ! current_user_can( 'edit_user', $user->ID ) ) {
			return self::refusal();
		}
		if ( true === ( $value['suspended'] ?? null ) ) {
			if ( get_current_user_id() === $user->ID ) {
				return new WP_Error( 'rest_cannot_edit', 'The sync does not suspend its own account.', array( 'status' => 403 ) );
			}
			Suspension::suspend( $user->ID );
		}
		if ( false === ( $value['suspended'] ?? null ) ) {
			Suspension::restore( $user->ID );
		}
		Single_Sign_On::write( $user->ID, $value );
		return true;
	}

	public static function refusal(): WP_Error {
		return new WP_Error(
			'rest_cannot_edit',
			'This account may not write the field entra_sync.',
			array( 'status' => rest_authorization_required_code() )
		);
	}
}
