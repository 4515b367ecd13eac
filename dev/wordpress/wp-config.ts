import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

/** `wp-config.php` of a site on the MariaDB in its folder. */
export function nativeWpConfig(folder: string, address: string): string {
  return wpConfig(address, mariadb(folder))
}

/** The same for a network with subdirectories. Its sites are found by their address: through a proxy too it is the network's own. */
export function multisiteWpConfig(folder: string, address: string): string {
  const constants = { ...mariadb(folder), DOMAIN_CURRENT_SITE: address, PATH_CURRENT_SITE: '/' }
  return wpConfig(
    address,
    constants,
    `$_SERVER['HTTP_HOST'] = '${address}';
define( 'MULTISITE', true );
define( 'SUBDOMAIN_INSTALL', false );
define( 'SITE_ID_CURRENT_SITE', 1 );
define( 'BLOG_ID_CURRENT_SITE', 1 );
`,
  )
}

function mariadb(folder: string): Record<string, string> {
  return {
    DB_NAME: 'wordpress',
    DB_USER: 'root',
    DB_PASSWORD: '',
    DB_HOST: `localhost:${join(folder, 'db.sock')}`,
    DB_CHARSET: 'utf8mb4',
    DB_COLLATE: '',
    WP_CONTENT_DIR: join(folder, 'wp-content'),
  }
}

/** The same for a site on SQLite: the embedded server brings the database itself. */
export function embeddedWpConfig(): string {
  return wpConfig('127.0.0.1', {})
}

/**
 * The site's addresses follow the Host header, so that it can be reached through a proxy on another port. It makes no
 * requests of its own: no updates, no cron that would run beside a measurement.
 */
function wpConfig(address: string, constants: Record<string, string>, before = ''): string {
  const salt = randomBytes(24).toString('hex')
  const keys = ['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'].flatMap((name) => [`${name}_KEY`, `${name}_SALT`])
  const all = {
    ...constants,
    ...Object.fromEntries(keys.map((key) => [key, salt + key])),
    WP_ENVIRONMENT_TYPE: 'local', // application passwords work without https only there
  }
  return `<?php
${before}if ( empty( $_SERVER['HTTP_HOST'] ) ) { $_SERVER['HTTP_HOST'] = '${address}'; }
defined( 'WP_HOME' ) || define( 'WP_HOME', 'http://' . $_SERVER['HTTP_HOST'] );
defined( 'WP_SITEURL' ) || define( 'WP_SITEURL', WP_HOME );
foreach ( array( 'WP_HTTP_BLOCK_EXTERNAL', 'AUTOMATIC_UPDATER_DISABLED', 'DISABLE_WP_CRON' ) as $name ) {
	defined( $name ) || define( $name, true );
}
${Object.entries(all)
  .map(([name, value]) => `defined( '${name}' ) || define( '${name}', '${value}' );`)
  .join('\n')}
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
`
}
