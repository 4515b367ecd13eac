import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'
import { needProgram } from './native-packages.ts'

const rows = z.array(z.record(z.string(), z.string().nullable()))

/** Runs PHP in the site of this folder, with WordPress loaded; `before` runs ahead of the loading. Answers the output. */
export function runPhp(folder: string, code: string, script: string, before = ''): Promise<string> {
  return runScript(folder, `${before}\nrequire ${JSON.stringify(join(code, 'wp-load.php'))};\n${script}`)
}

/** Rows of a query in the site's database, or without a database chosen when `database` is empty. */
export async function runSql(folder: string, query: string, database = 'wordpress') {
  const printed = await runScript(
    folder,
    `mysqli_report( MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT );
    $link = new mysqli( null, 'root', '', '${database}', 0, '${join(folder, 'db.sock')}' );
    $link->set_charset( 'utf8mb4' );
    $result = $link->query( base64_decode( '${Buffer.from(query).toString('base64')}' ) );
    $rows = is_bool( $result ) ? array() : $result->fetch_all( MYSQLI_ASSOC );
    array_walk_recursive( $rows, static function ( &$value ) { if ( null !== $value ) { $value = (string) $value; } } );
    echo json_encode( $rows, JSON_THROW_ON_ERROR );`,
  )
  return rows.parse(JSON.parse(printed))
}

async function runScript(folder: string, script: string): Promise<string> {
  const options = ['-d', 'display_errors=stderr', '-d', 'log_errors=0', '-d', 'sendmail_path=/bin/true']
  const child = spawn(needProgram('php'), options, {
    env: { ...process.env, ENTRA_WP_CONFIG: join(folder, 'wp-config.php') },
  })
  child.stdin.on('error', () => undefined) // PHP may end before it has read everything: its exit code tells
  child.stdin.end(`<?php\n${script}`)
  const [printed, errors, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (exitCode !== 0) throw new Error(`PHP ended with ${exitCode}:\n${errors}${printed}`.slice(0, 4000))
  return printed
}
