<?php
/**
 * The same photo for plugins that keep avatars of their own. What a person uploaded there later is theirs: it goes with the next photo of
 * the directory, but not because the directory has none any more.
 *
 * @package EntraSync
 */

declare( strict_types = 1 );

namespace EntraSync;

defined( 'ABSPATH' ) || exit;

final class Avatar_Plugins {
	public static function put( int $id, int $media ): void {
		$file = (string) get_attached_file( $media );
		if ( self::has_buddypress() ) {
			self::put_buddypress( $id, $file );
		}
		if ( self::has_ultimate_member() ) {
			self::put_ultimate_member( $id, $file );
		}
		if ( self::has_simple_local_avatars() ) {
			$earlier = self::earlier_upload( $id );
			$GLOBALS['simple_local_avatars']->assign_new_user_avatar( $media, $id );
			if ( $earlier > 0 ) {
				wp_delete_attachment( $earlier, true );
			}
		}
	}

	/** What the sync put into the media library itself while this plugin wasn't there. */
	public static function remove_earlier( int $id ): void {
		$earlier = self::has_simple_local_avatars() ? self::earlier_upload( $id ) : 0;
		if ( $earlier > 0 ) {
			$GLOBALS['simple_local_avatars']->avatar_delete( $id );
			wp_delete_attachment( $earlier, true );
		}
	}

	/** Such a file is named after its account, and shown by Simple Local Avatars; 0 = it shows none. */
	private static function earlier_upload( int $id ): int {
		$media = self::local_avatar( $id );
		$name  = $media > 0 ? (string) get_post_field( 'post_name', $media ) : '';
		return 1 === preg_match( "/^entra-sync-photo-$id-[0-9a-f]{16}/", $name ) ? $media : 0;
	}

	/** The attachment that Simple Local Avatars shows, in its own words: on a network its key can hold the site's number. 0 = none. */
	private static function local_avatar( int $id ): int {
		$shown = $GLOBALS['simple_local_avatars']->get_avatar_rest( array( 'id' => $id ) );
		return is_array( $shown ) ? (int) ( $shown['media_id'] ?? 0 ) : 0;
	}

	/** While the attachment is still there. */
	public static function remove( int $id, int $media ): void {
		$file = (string) get_attached_file( $media );
		if ( self::has_buddypress() ) {
			self::clear_buddypress_history( $id );
			if ( array() !== self::files( self::buddypress_folder( $id ) . '/entra-sync-*-bp*' ) ) {
				self::remove_buddypress( $id );
			}
		}
		if ( self::has_ultimate_member() ) {
			$theirs = self::ultimate_member_folder( $id ) . '/profile_photo.' . pathinfo( $file, PATHINFO_EXTENSION );
			if ( is_file( $theirs ) && is_file( $file ) && md5_file( $theirs ) === md5_file( $file ) ) {
				self::remove_ultimate_member( $id );
			}
		}
		if ( self::has_simple_local_avatars() && self::local_avatar( $id ) === $media ) {
			$GLOBALS['simple_local_avatars']->avatar_delete( $id );
		}
	}

	/** Somebody has an avatar in BuddyPress that isn't the directory's: it replaces core's own address, but none that is there already. */
	public static function is_chosen_in_buddypress( int $id ): bool {
		if ( ! self::has_buddypress() ) {
			return false;
		}
		$folder = self::buddypress_folder( $id );
		return array() !== self::files( "$folder/*-bpfull*" ) && array() === self::files( "$folder/entra-sync-*-bpfull*" );
	}

	/** BuddyBoss is a BuddyPress under another name. */
	private static function has_buddypress(): bool {
		return function_exists( 'bp_core_delete_existing_avatar' ) && function_exists( 'bp_core_avatar_upload_path' );
	}

	private static function has_ultimate_member(): bool {
		return function_exists( 'UM' ) && method_exists( UM(), 'uploader' );
	}

	private static function has_simple_local_avatars(): bool {
		return isset( $GLOBALS['simple_local_avatars'] ) && method_exists( $GLOBALS['simple_local_avatars'], 'assign_new_user_avatar' );
	}

	private static function buddypress_folder( int $id ): string {
		$folder = bp_core_avatar_upload_path() . '/avatars/' . $id;
		return (string) apply_filters( 'bp_core_avatar_folder_dir', $folder, $id, 'user', 'avatars' ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- Theirs.
	}

	/**
	 * The files as bp_core_fetch_avatar() looks for them. BuddyPress' own upload would announce "changed their profile picture" and asks
	 * for a person who may.
	 */
	private static function put_buddypress( int $id, string $file ): void {
		$folder = self::buddypress_folder( $id );
		if ( '' === $folder ) {
			return;
		}
		self::clear_buddypress_history( $id );
		self::remove_buddypress( $id );
		wp_mkdir_p( $folder );
		$name = $folder . '/entra-sync-' . wp_generate_password( 16, false );
		$ext  = pathinfo( $file, PATHINFO_EXTENSION );
		self::square( $file, "$name-bpfull.$ext", (int) bp_core_avatar_full_width() );
		self::square( $file, "$name-bpthumb.$ext", (int) bp_core_avatar_thumb_width() );
	}

	private static function remove_buddypress( int $id ): void {
		bp_core_delete_existing_avatar(
			array(
				'item_id' => $id,
				'object'  => 'user',
			)
		);
	}

	/** Where somebody chooses an avatar, BuddyPress moves the one before, the directory's, into a folder that outlives even the account. */
	private static function clear_buddypress_history( int $id ): void {
		$folder = self::buddypress_folder( $id ) . '/history';
		foreach ( self::files( "$folder/entra-sync-*-bp*" ) as $old ) {
			wp_delete_file( $old );
		}
		if ( is_dir( $folder ) && array() === self::files( "$folder/*" ) ) {
			rmdir( $folder ); // phpcs:ignore WordPress.WP.AlternativeFunctions.file_system_operations_rmdir -- BuddyPress made it the same way.
		}
	}

	private static function ultimate_member_folder( int $id ): string {
		return UM()->uploader()->get_upload_base_dir() . $id;
	}

	private static function put_ultimate_member( int $id, string $file ): void {
		self::remove_ultimate_member( $id );
		$folder = self::ultimate_member_folder( $id );
		wp_mkdir_p( $folder );
		$ext  = pathinfo( $file, PATHINFO_EXTENSION );
		$name = "profile_photo.$ext";
		copy( $file, "$folder/$name" );
		foreach ( (array) UM()->options()->get( 'photo_thumb_sizes' ) as $size ) {
			if ( (int) $size > 0 ) {
				self::square( $file, sprintf( '%s/profile_photo-%2$dx%2$d.%3$s', $folder, (int) $size, $ext ), (int) $size );
			}
		}
		delete_user_meta( $id, 'synced_profile_photo' );
		update_user_meta( $id, 'profile_photo', $name );
		UM()->user()->remove_cache( $id );
	}

	private static function remove_ultimate_member( int $id ): void {
		foreach ( self::files( self::ultimate_member_folder( $id ) . '/profile_photo*' ) as $old ) {
			wp_delete_file( $old );
		}
		delete_user_meta( $id, 'profile_photo' );
		UM()->user()->remove_cache( $id );
	}

	/** Where no library can resize, the photo as it is. */
	private static function square( string $from, string $to, int $size ): void {
		$editor = wp_get_image_editor( $from );
		$failed = is_wp_error( $editor ) || is_wp_error( $editor->resize( $size, $size, true ) ) || is_wp_error( $editor->save( $to ) );
		if ( $failed ) {
			copy( $from, $to );
		}
	}

	/**
	 * @return string[]
	 */
	private static function files( string $pattern ): array {
		$found = glob( $pattern );
		return is_array( $found ) ? $found : array();
	}
}
