import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { createState } from './state.ts'
import { directoryListener } from './directory-listener.ts'
import { directoryOptionsSchema } from './options.ts'

const folder = mkdtempSync(join(tmpdir(), 'directory-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGTERM', () => process.exit(0))
// When whoever started it is gone, however that ended, this process ends too.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole group of a terminal: the stack that is still stopping needs its directory until it lets go.
process.on('SIGINT', () => undefined)

const state = createState(directoryOptionsSchema.parse(JSON.parse(process.argv[2] ?? '{}')))
// A name of its own: where a process trusts two directories, OpenSSL looks their certificates up by name.
const name = `directory-${randomUUID()}`
const certificate = await generate([{ name: 'commonName', value: name }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    {
      name: 'subjectAltName',
      altNames: [
        { type: 2, value: 'localhost' },
        { type: 7, ip: '127.0.0.1' },
      ],
    },
  ],
})
const caFile = join(folder, 'ca.pem')
writeFileSync(caFile, certificate.cert)
const server = createServer({ key: certificate.private, cert: certificate.cert }, directoryListener(state))
// Longer than any client keeps an idle connection: none is closed just as it is used again.
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  state.origin = `https://127.0.0.1:${address.port}`
  const { origin, tenantId, clientId, clientSecret } = state
  process.send?.({ url: origin, tenantId, clientId, clientSecret, caFile })
})
