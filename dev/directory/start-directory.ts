import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createDirectoryAdmin, type DirectoryAdmin } from './admin-client.ts'
import type { DirectoryOptionsInput } from './options.ts'

const readySchema = z.object({
  url: z.string(),
  tenantId: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  caFile: z.string(),
})

/** A running simulated directory: Graph and token endpoint on one https address of the loopback. */
export type DirectoryServer = {
  url: string
  authorityHost: string
  tenantId: string
  clientId: string
  clientSecret: string
  /** PEM file for `NODE_EXTRA_CA_CERTS`; gone after `stop`. */
  caFile: string
  /** Settings for an app that uses this directory. `NODE_EXTRA_CA_CERTS` must be there when its process starts. */
  environment: Record<string, string>
  admin: DirectoryAdmin
  stop(): Promise<void>
}

/** Starts the simulated directory in a process of its own, on a free port; it ends with whoever started it. */
export async function startDirectory(options: DirectoryOptionsInput): Promise<DirectoryServer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const ended = once(child, 'exit')
  const [message] = await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`The simulated directory ended with ${code} before it was ready; its reason stands above.`)
    }),
  ])
  const { url, tenantId, clientId, clientSecret, caFile } = readySchema.parse(message)
  const admin = createDirectoryAdmin(url, readFileSync(caFile, 'utf8'))
  return {
    ...{ url, authorityHost: url, tenantId, clientId, clientSecret, caFile, admin },
    environment: {
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
      AZURE_AUTHORITY_HOST: url,
      GRAPH_BASE_URL: url,
      NODE_EXTRA_CA_CERTS: caFile,
    },
    stop: async () => {
      admin.close()
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
