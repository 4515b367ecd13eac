import { realAcfSuite } from './real-acf.ts'
import { realAvatarsNowhere, realAvatarsSuite, realLocalAvatarsSuite } from './real-avatars.ts'
import type { AvatarKeeper } from '../support/avatar-site.ts'
import { describeWith } from '../support/real-plugins.ts'

/**
 * The plugins as their authors publish them, from the folders in `WP_PLUGINS_DIR`; without it all of this is skipped, and says so.
 * What such a run found is in docs/real-plugins.md.
 */

const sizes = 'array( 24, 48, 96, 150, 300 )'

const buddyPress: AvatarKeeper = {
  urls: `array_merge(
    array_map( static fn( $size ) => get_avatar_url( $id, array( 'size' => $size ) ), ${sizes} ),
    array_map( static fn( $type ) => bp_core_fetch_avatar( array( 'item_id' => $id, 'html' => false, 'type' => $type ) ), array( 'full', 'thumb' ) ) )`,
  has: 'bp_get_user_has_avatar( $id )',
  upload: null,
}

const ultimateMember: AvatarKeeper = {
  urls: `array_merge(
    array_map( static fn( $size ) => um_get_user_avatar_data( $id, $size )['url'], ${sizes} ),
    array_map( static fn( $size ) => preg_match( '/src=.([^ ]*)[\\'"]/', get_avatar( $id, $size ), $found ) ? $found[1] : '', ${sizes} ) )`,
  has: "'' !== (string) get_user_meta( $id, 'profile_photo', true )",
  upload: `foreach ( glob( UM()->uploader()->get_upload_base_dir() . $id . '/profile_photo*' ) as $old ) { unlink( $old ); }
    copy( $file, UM()->uploader()->get_upload_base_dir() . $id . '/profile_photo.png' );
    update_user_meta( $id, 'profile_photo', 'profile_photo.png' );`,
}

const simpleLocalAvatars = {
  urls: `array_map( static fn( $size ) => get_avatar_url( $id, array( 'size' => $size ) ), ${sizes} )`,
  has: "! empty( get_user_meta( $id, 'simple_local_avatar', true )['media_id'] )",
  upload: `require_once ABSPATH . 'wp-admin/includes/image.php';
    $saved = wp_upload_bits( 'mine.png', null, file_get_contents( $file ) );
    $media = wp_insert_attachment( array( 'post_mime_type' => 'image/png', 'post_title' => 'Mine', 'post_author' => $id ), $saved['file'] );
    $GLOBALS['simple_local_avatars']->assign_new_user_avatar( $media, $id );`,
} satisfies AvatarKeeper

/** BuddyPress 15 calls this function of PHP's extension intl where there is none, and every upload ends in a fatal error. */
const intl = `if ( ! function_exists( 'transliterator_transliterate' ) ) {
  function transliterator_transliterate( $id, $text ) { return remove_accents( $text ); }
}`

describeWith(['BuddyPress'], (plugins) => {
  realAvatarsSuite('without the companion plugin', {
    ...{ plugins, companion: false, mu: intl, targets: ['buddypress'], keepers: [buddyPress] },
  })
  const upload = `$folder = bp_core_avatar_upload_path() . '/avatars/' . $id; wp_mkdir_p( $folder ); copy( $file, "$folder/mine.png" );
    add_filter( 'bp_attachments_current_user_can', '__return_true' );
    ( new BP_Attachment_Avatar() )->crop( array( 'object' => 'user', 'avatar_dir' => 'avatars', 'item_id' => $id,
      'original_file' => "/avatars/$id/mine.png", 'crop_w' => 300, 'crop_h' => 300, 'crop_x' => 0, 'crop_y' => 0 ) );`
  realAvatarsSuite('with the companion plugin', {
    ...{ plugins, companion: true, targets: ['companion'], keepers: [{ ...buddyPress, upload }] },
  })
})

describeWith(['Ultimate Member'], (plugins) => {
  realAvatarsNowhere('without the companion plugin', plugins)
  realAvatarsSuite('with the companion plugin', {
    ...{ plugins, companion: true, targets: ['companion'], keepers: [ultimateMember] },
  })
})

describeWith(['Simple Local Avatars'], (plugins) => {
  realAvatarsSuite('without the companion plugin', {
    ...{ plugins, companion: false, targets: ['simple-local-avatars'], keepers: [simpleLocalAvatars] },
  })
  realAvatarsSuite('with the companion plugin', {
    ...{ plugins, companion: true, targets: ['companion'], keepers: [simpleLocalAvatars] },
  })
  realLocalAvatarsSuite(plugins, simpleLocalAvatars)
})

describeWith(['BuddyPress', 'Ultimate Member', 'Simple Local Avatars'], (plugins) => {
  realAvatarsSuite('on one site, with the companion plugin', {
    ...{ plugins, companion: true, targets: ['companion'] },
    keepers: [buddyPress, { ...ultimateMember, upload: null }, { ...simpleLocalAvatars, upload: null }],
  })
})

describeWith(['Advanced Custom Fields'], (plugins) => {
  realAcfSuite('without the companion plugin, as an administrator', { plugins, companion: false })
  realAcfSuite('with the companion plugin, in its own role', { plugins, companion: true })
})
