import { TableClient } from '@azure/data-tables'
import { describe, expect, test } from 'vitest'
import type { FunctionsHost } from '../../dev/functions-host/start.ts'
import { fixture, useHosts } from './use-hosts.ts'

const { appOf, connectionString, fixtureEnv, hostOf } = useHosts()
const timers = () =>
  TableClient.fromConnectionString(connectionString(), 'AzureWebJobsHostTimers', { allowInsecureConnection: true })

describe('timers', () => {
  test('fire on time, and at start where they ask for it; under a minute there is no schedule status', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    const [, everySecond = ''] = await host.outputMatching(/ every-second (\{.*\})/)
    expect(JSON.parse(everySecond)).toEqual({
      schedule: { adjustForDST: true },
      scheduleStatus: null,
      isPastDue: false,
    })
    const [, onStartup = ''] = await host.outputMatching(/ on-startup (\{.*\})/)
    expect(JSON.parse(onStartup)).toMatchObject({
      isPastDue: false,
      scheduleStatus: { last: expect.stringMatching(/^0001-01-01T/) as string, next: expect.any(String) as string },
    })
    expect(host.output()).not.toContain(' once-a-year {')
  })
})

describe('timers across restarts', () => {
  const yearly = {
    'functions/yearly.js': `import { app } from '@azure/functions'
      const handler = (timer, context) => context.log(context.functionName + ' ' + JSON.stringify(timer))
      app.timer('yearly', { schedule: '0 0 0 1 1 *', handler })
      app.timer('marks', { schedule: '* * * * * *', handler })`,
  }
  const row = (last: Date, next: Date) => ({
    ...{ partitionKey: 'restarts', rowKey: 'timer|yearly' },
    ...{ last: last.toISOString(), next: next.toISOString(), lastUpdated: last.toISOString() },
  })
  const january = (year: number) => new Date(Date.UTC(year, 0, 1))
  const thisYear = new Date().getUTCFullYear()

  test('the first start does not fire; a missed occurrence fires once, as past due; a changed schedule does not', async () => {
    const root = await appOf(yearly)
    const env = { AzureFunctionsWebHost__hostid: 'restarts' }
    const startAndStop = async () => {
      const host = await hostOf(root, env)
      await host.outputMatching(/ marks \{/)
      await host.stop()
      return [...host.output().matchAll(/ yearly (\{.*\})/g)].map(([, json = '']) => JSON.parse(json) as unknown)
    }
    expect(await startAndStop()).toEqual([])
    await timers().updateEntity(row(january(thisYear - 1), january(thisYear)), 'Replace')
    expect(await startAndStop()).toMatchObject([{ isPastDue: true }])
    expect(await startAndStop()).toEqual([])
    await timers().updateEntity(row(january(thisYear - 1), new Date(Date.UTC(thisYear - 1, 5, 1))), 'Replace')
    expect(await startAndStop()).toEqual([])
  })

  test('the successor of a killed host waits for the old lock, the successor of a stopped one does not', async () => {
    const root = await appOf(yearly)
    const env = { AzureFunctionsWebHost__hostid: 'locks', FUNCTIONS_HOST_TIME_SCALE: '0.05' }
    const held = /The timers' lock is held/
    const until = async () => new Date(String((await timers().getEntity('locks', 'lock'))['until'])).getTime()
    const heldAt = async (host: FunctionsHost) =>
      new Date((await host.outputMatching(/^(\S+) .*The timers' lock is held/m))[1] ?? '').getTime()

    const killed = await hostOf(root, env)
    await killed.outputMatching(held)
    await killed.kill()
    const expires = await until()
    const successor = await hostOf(root, env)
    expect(await heldAt(successor)).toBeGreaterThanOrEqual(expires)
    await successor.stop()
    await expect(until()).rejects.toMatchObject({ statusCode: 404 })
  })
})
