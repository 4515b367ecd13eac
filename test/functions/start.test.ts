import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { useHosts } from './use-hosts.ts'

const { connectionString } = useHosts()
const script = fileURLToPath(new URL('../../dev/start.ts', import.meta.url))

function start(args: string[], env: Record<string, string>) {
  return spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
}

test('without Core Tools it runs this app on the host in dev, from the settings given', async () => {
  // It reads a developer's local.settings.json too: nothing may run by itself on those settings.
  const disabled = ['sync-directory', 'wake-lanes', 'clean-up-audit'].map((name) => [
    `AzureWebJobs.${name}.Disabled`,
    'true',
  ])
  const child = start(['--port', '0'], {
    PATH: path.dirname(process.execPath),
    AzureWebJobsStorage: connectionString(),
    ...(Object.fromEntries(disabled) as Record<string, string>),
  })
  const exit = once(child, 'exit')
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /^Listening on (\S+)$/.exec(line) ?? []
      if (url === undefined) continue
      expect((await fetch(`${url}/api/health`)).headers.get('content-type')).toContain('json')
      expect((await fetch(`${url}/api/no-such-route`)).status).toBe(404)
      break
    }
  } finally {
    child.stdout.resume()
    child.kill('SIGTERM')
  }
  expect(await exit).toEqual([0, null])
})

test('Core Tools are taken where func is on PATH', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'core-tools-'))
  try {
    await writeFile(path.join(folder, 'func'), '#!/bin/sh\necho "func $* in $PWD"\nexit 3\n')
    await chmod(path.join(folder, 'func'), 0o755)
    const child = start(['--port', '7099'], { PATH: `${folder}:/usr/bin:/bin` })
    const exit = once(child, 'exit')
    expect(await text(child.stdout)).toContain(`func start --port 7099 in ${path.dirname(path.dirname(script))}`)
    expect(await exit).toEqual([3, null])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a port that is none ends it with 2 and says so', async () => {
  const child = start(['--port', 'http'], { PATH: '/usr/bin:/bin' })
  const exit = once(child, 'exit')
  expect(await text(child.stderr)).toContain('--port is a number from 0 to 65535, not "http"')
  expect(await exit).toEqual([2, null])
})
