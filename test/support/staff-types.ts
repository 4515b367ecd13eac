import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

const plugin = `<?php
add_action( 'init', static function () {
  $open = array( 'public' => true, 'show_in_rest' => true, 'supports' => array( 'title', 'editor', 'excerpt', 'author', 'custom-fields' ) );
  register_post_type( 'staff', array( 'label' => 'Staff', 'rest_base' => 'people' ) + $open );
  register_post_type( 'desk', array( 'label' => 'Desk', 'supports' => array( 'title', 'custom-fields' ) ) + $open );
  foreach ( array( 'staff' => array( 'phone', 'motto' ), 'desk' => array( 'room' ) ) as $type => $keys )
    foreach ( $keys as $key )
      register_post_meta( $type, $key, array( 'type' => 'string', 'single' => true, 'show_in_rest' => true ) );
  register_post_meta( 'staff', 'skills', array( 'type' => 'array', 'single' => true,
    'show_in_rest' => array( 'schema' => array( 'type' => 'array', 'items' => array( 'type' => 'string' ) ) ) ) );
} );
add_filter( 'rest_pre_insert_staff', static function ( $post ) {
  if ( str_starts_with( $post->post_title ?? '', 'Deadly' ) ) { http_response_code( 500 ); exit; }
  return str_starts_with( $post->post_title ?? '', 'Refused' ) ? new WP_Error( 'rest_invalid_field', 'no', array( 'status' => 400 ) ) : $post;
} );
`

/**
 * Puts two post types into the site: `staff` (at `/wp/v2/people`, with the meta phone, motto and skills) and `desk` (title and the meta room, no
 * author). A member of the staff whose title begins with `Deadly` ends PHP, with `Refused` it is refused.
 */
export async function registerStaff(site: WordPressSite): Promise<void> {
  const content = Buffer.from(plugin).toString('base64')
  await site.php(
    `wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . '/staff-types.php', base64_decode('${content}'));`,
  )
}

export type StoredPost = {
  id: number
  slug: string
  status: string
  title: string
  content: string
  excerpt: string
  author: number
  meta: Record<string, unknown>
}

/** Every post of the type whose title ends in this, the trash too, as the database has it; oldest first. */
export async function storedPosts(site: WordPressSite, type: string, ending: string): Promise<StoredPost[]> {
  const printed = await site.php(`global $wpdb;
    $posts = $wpdb->get_results($wpdb->prepare("select * from $wpdb->posts where post_type = %s and post_title like %s and post_status <> 'auto-draft' order by ID", '${type}', '%${ending}'));
    echo wp_json_encode(array_map(static fn($post) => ['id' => (int) $post->ID, 'slug' => $post->post_name, 'status' => $post->post_status,
      'title' => $post->post_title, 'content' => $post->post_content, 'excerpt' => $post->post_excerpt, 'author' => (int) $post->post_author,
      'meta' => (object) array_map(static fn($values) => maybe_unserialize($values[0]), array_filter(get_post_meta($post->ID), static fn($key) => $key[0] !== '_', ARRAY_FILTER_USE_KEY))], $posts));`)
  return JSON.parse(printed) as StoredPost[]
}
