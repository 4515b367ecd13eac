import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { buildApp } from '../../dev/build.ts'
import { nodeRelease } from '../../dev/node-release.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const lister = fileURLToPath(new URL('list-functions.ts', import.meta.url))

const answer = z.object({
  node: z.string(),
  functions: z.array(z.object({ name: z.string() }).loose()),
})

let root: string

/** What is deployed: no sources, no node_modules, and none above it either. */
beforeAll(async () => {
  await buildApp()
  root = await mkdtemp(path.join(tmpdir(), 'deployed-app-'))
  for (const name of ['host.json', 'package.json', 'dist'])
    await cp(path.join(repository, name), path.join(root, name), { recursive: true })
})

afterAll(() => rm(root, { recursive: true }))

describe.each([22, 24] as const)('under Node %i', (major) => {
  test('the built app loads by the rules of the worker, and every function is there once', async () => {
    const env = { PATH: process.env['PATH'] ?? '' }
    const { stdout, stderr } = await promisify(execFile)(await nodeRelease(major), [lister], { cwd: root, env })
    const { node, functions } = answer.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
    expect(node).toMatch(new RegExp(`^v${major}\\.`))
    // In test mode the library skips every registration, with a warning.
    expect(stderr).not.toContain('test mode')
    expect(functions.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      {
        name: 'approve-removals',
        trigger: 'httpTrigger',
        route: 'connections/{connection}/held-removals/approve',
      },
      { name: 'clean-up-audit', trigger: 'timerTrigger', schedule: expect.any(String) as string },
      { name: 'health', trigger: 'httpTrigger', route: 'health' },
      { name: 'list-connections', trigger: 'httpTrigger', route: 'connections' },
      { name: 'list-removals', trigger: 'httpTrigger', route: 'connections/{connection}/held-removals' },
      { name: 'read-directory', trigger: 'queueTrigger', queue: 'read-directory' },
      { name: 'reconcile-users', trigger: 'queueTrigger', queue: 'drain' },
      { name: 'reject-removals', trigger: 'httpTrigger', route: 'connections/{connection}/held-removals/reject' },
      { name: 'show-cycle', trigger: 'httpTrigger', route: 'connections/{connection}/cycles/{cycle}' },
      { name: 'show-status', trigger: 'httpTrigger', route: 'connections/{connection}/status' },
      { name: 'start-cycle', trigger: 'httpTrigger', route: 'connections/{connection}/cycles' },
      { name: 'sync-directory', trigger: 'timerTrigger', schedule: expect.any(String) as string },
      { name: 'sync-user', trigger: 'httpTrigger', route: 'connections/{connection}/users/{id}/sync' },
      { name: 'wake-lanes', trigger: 'timerTrigger', schedule: '0 * * * * *' },
    ])
  })
})
