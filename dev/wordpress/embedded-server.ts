/**
 * Runs in a process of its own, started by `embedded.ts`: PHP in WebAssembly serving one WordPress. It ends when the
 * channel to its parent closes, so also when the parent is killed; its PHP workers are threads and end with it.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { runCLI } from '@wp-playground/cli'
import { phpVersion, requestFromParent, serverOptions, type ReplyToParent } from './embedded-messages.ts'

const options = serverOptions.parse(JSON.parse(process.argv[2] ?? ''))
const reply = (message: ReplyToParent) => process.connected && process.send?.(message)
process.on('SIGINT', () => undefined) // Ctrl-C reaches the whole group: the parent decides what ends when

const cli = await runCLI({
  command: 'server',
  php: phpVersion,
  port: 0,
  workers: options.workers,
  verbosity: 'quiet',
  redis: false,
  memcached: false,
  wordpressInstallMode: options.install ? 'install-from-existing-files-if-needed' : 'do-not-attempt-installing',
  ...(options.download === undefined ? {} : { wordpressInstallMode: 'download-and-install', wp: options.download }),
  'mount-before-install': options.mounts,
})
// The tool fixes the site's addresses to its own port, and its server answers on every interface, the first request with
// a redirect to itself. Instead wp-config.php takes the addresses from the Host header, and only 127.0.0.1 is listened to.
const constantsFile = '/internal/shared/consts.json'
const {
  WP_HOME: _home,
  WP_SITEURL: _url,
  ...constants
} = JSON.parse(await cli.playground.readFileAsText(constantsFile))
await cli.playground.writeFile(constantsFile, JSON.stringify(constants))
await fetch(cli.serverUrl, { redirect: 'manual' })
cli.server.close()
cli.server.closeAllConnections()
const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  cli.server.emit('request', request, response)
})
const listen = async () => {
  if (options.port === undefined) return
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
}
const pause = async () => {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

async function runPhp(code: string): Promise<string> {
  const response = await cli.playground.run({ code })
  if (response.exitCode !== 0)
    throw new Error(`PHP ended with ${response.exitCode}:\n${response.errors}${response.text}`)
  return response.text
}

process.on('message', (message) => {
  const { id, ...request } = requestFromParent.parse(message)
  const answer = { php: () => runPhp(request.code), pause, resume: listen }[request.ask]()
  Promise.resolve(answer).then(
    (text) => reply({ id, text: text ?? '' }),
    (error) => reply({ id, error: String(error) }),
  )
})
process.on('disconnect', () => {
  void cli[Symbol.asyncDispose]().finally(() => process.exit(0))
})
await listen()
reply({ id: 0, text: '' })
