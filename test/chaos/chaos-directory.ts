import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { createDirectoryAdmin, type DirectoryAdmin } from '../../dev/directory/admin-client.ts'
import { directoryListener } from '../../dev/directory/directory-listener.ts'
import { directoryOptionsSchema, type DirectoryOptionsInput } from '../../dev/directory/options.ts'
import { createState } from '../../dev/directory/state.ts'

/** One certificate for all directories of a command: a run's directory then costs no process and no key. */
export type DirectoryCertificate = { key: string; cert: string; caFile: string; remove(): Promise<void> }

export async function makeDirectoryCertificate(): Promise<DirectoryCertificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'chaos-directory' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'))
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, cert)
  return { key, cert, caFile, remove: () => rm(folder, { recursive: true, force: true }) }
}

export type ChaosDirectory = {
  url: string
  tenantId: string
  clientId: string
  clientSecret: string
  admin: DirectoryAdmin
  stop(): Promise<void>
}

/** A simulated directory of a run's own, in this process: its faults are nobody else's. */
export async function startChaosDirectory(
  certificate: DirectoryCertificate,
  options: DirectoryOptionsInput,
): Promise<ChaosDirectory> {
  const state = createState(directoryOptionsSchema.parse(options))
  const server = createServer({ key: certificate.key, cert: certificate.cert }, directoryListener(state))
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  state.origin = `https://127.0.0.1:${address.port}`
  const { origin: url, tenantId, clientId, clientSecret } = state
  const admin = createDirectoryAdmin(url, certificate.cert)
  return {
    url,
    tenantId,
    clientId,
    clientSecret,
    admin,
    async stop() {
      admin.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
