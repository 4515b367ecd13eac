import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildIfStale } from './build.ts'
import { runHost } from './functions-host/run-host.ts'

/**
 * `npm start`: this app and nothing else, on Core Tools where `func` is on PATH, else on the host in dev/functions-host. Settings come from
 * the environment, then local.settings.json.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { port: { type: 'string', default: '7071' } } })
const port = Number(values.port)

if (!/^\d+$/.test(values.port) || port > 65535) {
  process.stderr.write(`--port is a number from 0 to 65535, not "${values.port}"\n`)
  process.exit(2)
}
if (await buildIfStale(root)) process.stdout.write('Built dist/\n')

const func = await onPath('func')
if (func === null) {
  await runHost({ root, port, localSettings: true })
} else {
  const child = spawn(func, ['start', '--port', values.port], { cwd: root, stdio: 'inherit' })
  // A terminal sends Ctrl-C to both; a supervisor's SIGTERM reaches only this process.
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGINT', () => undefined)
  child.on('error', (error) => {
    process.stderr.write(`${func} could not be started: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code) => (process.exitCode = code ?? 1))
}

async function onPath(command: string): Promise<string | null> {
  const names = process.platform === 'win32' ? [`${command}.exe`, `${command}.cmd`] : [command]
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean))
    for (const name of names) {
      const file = path.join(folder, name)
      if (
        await access(file, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return file
    }
  return null
}
