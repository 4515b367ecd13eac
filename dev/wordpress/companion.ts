import { fileURLToPath } from 'node:url'

/** The companion plugin's sources, as they are: what is changed there holds from the next request on. */
export const companionFolder = fileURLToPath(new URL('../../companion', import.meta.url))

/** Where WordPress wants it, within `wp-content`. */
export const companionPlace = 'plugins/entra-sync'

export type CompanionOptions = {
  /** With the companion plugin, active (on a multisite for the whole network). */
  companion?: boolean
  /** Role of the sync's own account; `administrator` by default, on a multisite a super admin. `entra_sync` is the companion's. */
  role?: 'administrator' | 'entra_sync'
}

/** Activates the plugin and gives the sync's own account its role, in a site that runs and has the plugin in its place. */
export async function enableCompanion(
  php: (code: string) => Promise<string>,
  { companion = false, role = 'administrator' }: CompanionOptions,
): Promise<void> {
  if (companion)
    await php(`
      require_once ABSPATH . 'wp-admin/includes/plugin.php';
      $failed = activate_plugin( 'entra-sync/entra-sync.php', '', is_multisite() );
      if ( is_wp_error( $failed ) ) { throw new RuntimeException( $failed->get_error_message() ); }
      $account = get_user_by( 'login', 'entra-sync' );
      $account->set_role( '${role}' );
      if ( is_multisite() && 'administrator' !== '${role}' ) { revoke_super_admin( $account->ID ); }
    `)
  else if (role !== 'administrator') throw new Error('The role entra_sync is there with the companion plugin only')
}
