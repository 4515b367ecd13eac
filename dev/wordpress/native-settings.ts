import { userInfo } from 'node:os'
import { join } from 'node:path'

const isRoot = process.getuid?.() === 0

/** Command of a MariaDB of its own: a Unix socket, no port, and quick rather than durable, for its data is thrown away. */
export function mariadbCommand(program: string, folder: string): string[] {
  return [
    program,
    '--no-defaults',
    ...(isRoot ? ['--user=root'] : []), // it refuses to be root by accident
    `--datadir=${join(folder, 'database')}`,
    `--socket=${join(folder, 'db.sock')}`,
    `--pid-file=${join(folder, 'db.pid')}`,
    `--tmpdir=${folder}`,
    '--skip-networking',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--performance-schema=OFF',
    '--innodb-flush-log-at-trx-commit=2',
    '--innodb-log-file-size=32M',
    '--innodb-buffer-pool-size=128M',
    '--innodb-fast-shutdown=1',
    '--character-set-server=utf8mb4',
    '--max-connections=64',
  ]
}

export function phpFpmCommand(program: string, folder: string): string[] {
  const options = ['opcache.enable=1', 'opcache.memory_consumption=128', 'opcache.max_accelerated_files=10000']
  return [
    program,
    '--nodaemonize',
    ...(isRoot ? ['--allow-to-run-as-root'] : []),
    `--fpm-config=${join(folder, 'php-fpm.conf')}`,
    ...options.flatMap((option) => ['-d', option]),
  ]
}

/** Processes run as whoever started them: the folder is theirs alone, and a second account would have to be let in. */
export function phpFpmConf(folder: string, workers: number): string {
  return `[global]
error_log = ${join(folder, 'php-fpm.log')}
[site]
${isRoot ? 'user = root\ngroup = root' : ''}
listen = ${join(folder, 'php.sock')}
listen.backlog = 1024
pm = static
pm.max_children = ${workers}
catch_workers_output = yes
env[ENTRA_WP_CONFIG] = ${join(folder, 'wp-config.php')}
php_admin_value[memory_limit] = 256M
php_admin_value[sendmail_path] = /bin/true
`
}

export function nginxCommand(program: string, folder: string): string[] {
  return [program, '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'nginx.log')]
}

/** @param multisite whether paths may begin with the folder of a network's site: https://developer.wordpress.org/advanced-administration/server/web-server/nginx/ */
export function nginxConf(folder: string, code: string, port: number, multisite = false): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
pid nginx.pid;
worker_processes 1;
${isRoot ? `user ${userInfo().username};` : ''}
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_timeout 75s;
  keepalive_requests 1000000;
  client_max_body_size 64m;
  types { text/html html; text/css css; text/javascript js; image/png png; image/jpeg jpg; image/svg+xml svg; font/woff2 woff2; }
  ${temporary.map((name) => `${name}_temp_path ${join(folder, `tmp-${name}`)};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${code};
    index index.php;
    ${multisite ? 'if (!-e $request_filename) { rewrite ^/[_0-9a-zA-Z-]+(/wp-.*)$ $1 last; }' : ''}
    # Counts the requests without a proxy in the way.
    location = /nginx-status { stub_status; }
    location / { try_files $uri $uri/ /index.php?$args; }
    location /wp-content/ { root ${folder}; try_files $uri $uri/ /index.php?$args; }
    location ~ \\.php$ {
      try_files $uri =404;
      fastcgi_pass unix:${join(folder, 'php.sock')};
      fastcgi_read_timeout 300s;
      fastcgi_buffers 16 64k;
      fastcgi_buffer_size 64k;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param SCRIPT_NAME $fastcgi_script_name;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param REQUEST_URI $request_uri;
      fastcgi_param DOCUMENT_ROOT $document_root;
      fastcgi_param SERVER_PROTOCOL $server_protocol;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param SERVER_ADDR $server_addr;
      fastcgi_param SERVER_PORT $server_port;
      fastcgi_param SERVER_NAME $server_name;
      fastcgi_param GATEWAY_INTERFACE CGI/1.1;
      fastcgi_param REDIRECT_STATUS 200;
    }
  }
}
`
}
