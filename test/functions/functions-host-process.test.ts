import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { fixture, useHosts } from './use-hosts.ts'

const { appOf, fixtureEnv, hostOf } = useHosts()

describe('the process', () => {
  test('SIGTERM lets a call in flight finish and ends with 0', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    const answer = fetch(`${host.url}/api/waits`)
    await host.outputMatching(/waits: started/)
    await host.stop()
    expect(await (await answer).text()).toBe('finished')
    expect(await host.exited).toBe(0)
  })

  test('an uncaught exception ends it with 1 and what was in flight with 500', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    expect((await fetch(`${host.url}/api/crashes`)).status).toBe(500)
    expect(await host.exited).toBe(1)
    expect(host.output()).toMatch(/Critical Host Worker uncaught exception: Error: uncaught by the fixture/)
  })

  test('a function that passes functionTimeout ends it with 1', async () => {
    const host = await hostOf(
      await appOf({
        'host.json': '{"version": "2.0", "functionTimeout": "00:00:00.200"}',
        'functions/a.js': `import { app } from '@azure/functions'
          app.http('hangs', { handler: () => new Promise(() => {}) })`,
      }),
    )
    expect((await fetch(`${host.url}/api/hangs`)).status).toBe(500)
    expect(await host.exited).toBe(1)
  })

  test('storage out of reach ends it with 1', async () => {
    const storage = await startAzurite()
    const host = await hostOf(fixture, {
      ...fixtureEnv(),
      AzureWebJobsStorage: storage.connectionString,
      FUNCTIONS_HOST_TIME_SCALE: '0.02',
    })
    await host.outputMatching(/The timers' lock is held/)
    await storage.stop()
    expect(await host.exited).toBe(1)
    expect(host.output()).toContain('Critical Host Storage is out of reach.')
  })

  test('it ends when the process that started it is gone', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    host.process.disconnect()
    expect(await host.exited).toBe(0)
  })

  test('it listens on loopback only', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    const port = Number(new URL(host.url).port).toString(16).toUpperCase().padStart(4, '0')
    const listening = (
      await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
    )
      .flatMap((table) => table.split('\n'))
      .filter((line) => line.includes(`:${port} `) && / 0A /.test(line))
    expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${port}`])
  })
})
