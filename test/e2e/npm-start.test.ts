import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type Stack } from '../../dev/stack.ts'
import { environmentSchema } from '../../lib/config/environment.ts'
import { listAccounts } from '../support/list-accounts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const patience = { timeout: 120_000, interval: 200 }

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    directory: { users: 5 },
    wordpress: 'embedded',
    settings: { SYNC_SCHEDULE: '*/5 * * * * *' },
  })
})
afterAll(() => stack?.stop())

/** A developer's local.settings.json counts where the environment says nothing: then it says "not set". */
function withoutLocalSettings(): Record<string, string> {
  if (!existsSync(path.join(root, 'local.settings.json'))) return {}
  return Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, '']))
}

test('npm start alone, given settings and nothing else, brings the people by its own schedule', async () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  expect(scripts['start']).toBe('node dev/start.ts')
  // No home, no Core Tools, no other variable.
  const child = spawn(process.execPath, ['dev/start.ts', '--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: path.dirname(process.execPath), ...withoutLocalSettings(), ...stack.environment },
  })
  const exit = once(child, 'exit')
  let output = ''
  createInterface({ input: child.stdout }).on('line', (line) => (output += `${line}\n`))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  try {
    const listening = () => /^Listening on (\S+)$/m.exec(output)?.[1] ?? null
    await expect.poll(listening, patience).not.toBeNull()
    const health = await fetch(`${listening()}/api/health`)
    expect(await health.json()).toMatchObject({ status: 'ok' })

    const people = (await stack.directory.admin.listUsers()).map(({ person }) => String(person.mail)).sort()
    const arrived = async () => (await listAccounts(stack.wordpress)).map(({ email }) => email).sort()
    await expect.poll(arrived, patience).toEqual(people)
    const first = async () => (await stack.context.stores.cycles.list('default', 1000)).at(-1)
    await expect.poll(async () => (await first())?.state, patience).toBe('settled')
    expect(await first()).toMatchObject({
      kind: 'initial',
      trigger: 'timer',
      counters: { created: 5, failed: 0 },
    })
  } catch (error) {
    throw new Error(`npm start wrote:\n${output}`, { cause: error })
  } finally {
    child.kill('SIGTERM')
  }
  expect(await exit).toEqual([0, null])
})
