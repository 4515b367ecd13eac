import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { addMuPlugin } from './companion-scene.ts'

/** From now on the site writes down its mails instead of sending them. */
export async function recordMail(site: WordPressSite): Promise<void> {
  await addMuPlugin(
    site,
    'record-mail',
    `add_filter( 'pre_wp_mail', static function ( $sent, $mail ) {
      file_put_contents( WP_CONTENT_DIR . '/mails.log', json_encode( $mail['to'] ) . "\\n", FILE_APPEND );
      return true;
    }, 10, 2 );`,
  )
}

/** Whom mails went to since the last call. */
export async function takeMails(site: WordPressSite): Promise<string[]> {
  const printed = await site.php(`
    $log = WP_CONTENT_DIR . '/mails.log';
    if ( is_file( $log ) ) { echo file_get_contents( $log ); unlink( $log ); }`)
  return printed
    .split('\n')
    .filter(Boolean)
    .map((line) => String(JSON.parse(line)))
}
