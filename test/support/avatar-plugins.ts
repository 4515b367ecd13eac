import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

/** The companion's avatar route as its contract says, and that it is there, without the rest of it. */
const companion = `<?php
add_action( 'rest_api_init', static function () {
  register_rest_route( 'entra-sync/v1', '/site', array(
    'permission_callback' => static fn() => current_user_can( 'edit_users' ),
    'callback' => static fn() => array( 'version' => '0.1.0', 'contract' => 1, 'multisite' => false, 'settingsHash' => null, 'roles' => array() ),
  ) );
  register_rest_route( 'entra-sync/v1', '/users/(?P<id>\\d+)/avatar', array(
    array(
      'methods' => 'PUT',
      'permission_callback' => static fn() => current_user_can( 'edit_users' ),
      'callback' => static function ( $request ) {
        $id = (int) $request['id'];
        if ( ! get_userdata( $id ) ) { return new WP_Error( 'rest_user_invalid_id', 'No.', array( 'status' => 404 ) ); }
        if ( ! getimagesizefromstring( $request->get_body() ) ) { return new WP_Error( 'entra_sync_invalid_image', 'No.', array( 'status' => 400 ) ); }
        if ( get_option( 'photos_deadly' ) ) { http_response_code( 500 ); exit; }
        $tag = $request->get_header( 'x_entra_sync_photo' );
        update_user_meta( $id, 'test_avatar', array( 'etag' => $tag, 'hash' => md5( $request->get_body() ), 'type' => $request->get_content_type()['value'] ) );
        update_user_meta( $id, 'test_uploads', 1 + (int) get_user_meta( $id, 'test_uploads', true ) );
        return array( 'media' => 1, 'avatar' => $tag );
      },
    ),
    array(
      'methods' => 'DELETE',
      'permission_callback' => static fn() => current_user_can( 'edit_users' ),
      'callback' => static function ( $request ) {
        delete_user_meta( (int) $request['id'], 'test_avatar' );
        return array( 'media' => null, 'avatar' => null );
      },
    ),
  ) );
} );
`

/** Simple Local Avatars' field, as set_avatar_rest() of 2.8 keeps it. */
const localAvatars = `<?php
add_action( 'rest_api_init', static function () {
  register_rest_field( 'user', 'simple_local_avatar', array(
    'get_callback' => static fn( $user ) => get_user_meta( $user['id'], 'simple_local_avatar', true ) ?: null,
    'update_callback' => static function ( $input, $user ) {
      delete_user_meta( $user->ID, 'simple_local_avatar' );
      update_user_meta( $user->ID, 'simple_local_avatar', array( 'media_id' => $input['media_id'], 'full' => wp_get_attachment_url( $input['media_id'] ) ) );
    },
    'schema' => array( 'description' => 'The users simple local avatar', 'type' => 'object' ),
  ) );
} );
`

/** BuddyPress' route: the file of a form with its action, at least 150 pixels wide. */
const buddyPress = `<?php
add_action( 'rest_api_init', static function () {
  register_rest_route( 'buddypress/v2', '/members/(?P<user_id>\\d+)/avatar', array(
    array(
      'methods' => 'POST',
      'permission_callback' => static fn() => current_user_can( 'edit_users' ),
      'callback' => static function ( $request ) {
        if ( ! get_userdata( (int) $request['user_id'] ) ) { return new WP_Error( 'bp_rest_member_invalid_id', 'No.', array( 'status' => 404 ) ); }
        $file = $request->get_file_params()['file'] ?? null;
        if ( ! $file || 'bp_avatar_upload' !== ( $_POST['action'] ?? '' ) ) { return new WP_Error( 'bp_rest_attachments_user_avatar_upload_error', 'No.', array( 'status' => 500 ) ); }
        $size = getimagesize( $file['tmp_name'] );
        if ( ! $size || $size[0] < 150 ) { return new WP_Error( 'bp_rest_attachments_user_avatar_error', 'No.', array( 'status' => 400 ) ); }
        update_user_meta( (int) $request['user_id'], 'test_member_avatar', array( 'edge' => $size[0], 'hash' => md5_file( $file['tmp_name'] ) ) );
        return array( array( 'full' => 'x', 'thumb' => 'x' ) );
      },
    ),
    array(
      'methods' => 'DELETE',
      'permission_callback' => static fn() => current_user_can( 'edit_users' ),
      'callback' => static function ( $request ) {
        $had = delete_user_meta( (int) $request['user_id'], 'test_member_avatar' );
        return $had ? array( 'deleted' => true ) : new WP_Error( 'bp_rest_attachments_member_avatar_no_uploaded_avatar', 'None.', array( 'status' => 404 ) );
      },
    ),
  ) );
} );
`

const plugins = { companion, 'simple-local-avatars': localAvatars, buddypress: buddyPress }
export type AvatarPlugin = keyof typeof plugins

/** From the next request on the site has exactly these, in the parts that the sync sees of them. */
export async function setAvatarPlugins(site: WordPressSite, wanted: readonly AvatarPlugin[]): Promise<void> {
  // Files are written once, and an option switches: workers of the embedded server can see a file that is gone.
  const lines = Object.entries(plugins).map(([name, source]) => {
    const gate = `<?php if ( ! in_array( '${name}', (array) get_option( 'test_avatars' ), true ) ) { return; }`
    const content = Buffer.from(source.replace('<?php', gate)).toString('base64')
    return `file_put_contents(WPMU_PLUGIN_DIR . '/avatars-${name}.php', base64_decode('${content}'));`
  })
  await site.php(
    `wp_mkdir_p(WPMU_PLUGIN_DIR); update_option('test_avatars', ${phpList(wanted)});
    if ( ! file_exists(WPMU_PLUGIN_DIR . '/avatars-companion.php') ) { ${lines.join('\n')} }`,
  )
}

const phpList = (words: readonly string[]): string => `[${words.map((word) => `'${word}'`).join(', ')}]`

/** User meta of an account, as PHP has it. */
export async function metaOf(site: WordPressSite, id: number, key: string): Promise<unknown> {
  return JSON.parse(await site.php(`echo json_encode(get_user_meta(${id}, '${key}', true));`))
}
