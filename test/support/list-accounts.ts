import { z } from 'zod'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

const accountSchema = z.object({
  id: z.number(),
  login: z.string(),
  email: z.string(),
  name: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  nickname: z.string(),
  description: z.string(),
  url: z.string(),
  locale: z.string(),
  roles: z.array(z.string()),
  /** WordPress' own opinion of the login. */
  valid: z.boolean(),
})
export type Account = z.infer<typeof accountSchema>

/** All accounts but the two that every site of ours has, asked of WordPress itself and not through the code under test. */
export async function listAccounts(site: WordPressSite): Promise<Account[]> {
  const printed = await site.php(`
    $shown = static fn( $value ) => wp_specialchars_decode( (string) $value, ENT_QUOTES );
    $all = array();
    foreach ( get_users( array( 'orderby' => 'ID' ) ) as $user ) {
      $one = array(
        'id' => (int) $user->ID, 'login' => $user->user_login, 'email' => $user->user_email, 'url' => $user->user_url,
        'name' => $shown( $user->display_name ), 'roles' => array_values( $user->roles ),
        'valid' => validate_username( $user->user_login ),
      );
      foreach ( array( 'first_name', 'last_name', 'nickname', 'description', 'locale' ) as $field ) {
        $one[ $field ] = $shown( get_user_meta( $user->ID, $field, true ) );
      }
      $all[] = $one;
    }
    echo json_encode( $all );`)
  const accounts = z.array(accountSchema).parse(JSON.parse(printed))
  return accounts.filter(({ login }) => login !== site.username && login !== site.adminUsername)
}
