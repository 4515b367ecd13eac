import { describe, expect, test } from 'vitest'
import type { FunctionsHost } from '../../dev/functions-host/start.ts'
import { useHosts } from './use-hosts.ts'

const { appOf, hostOf } = useHosts()

const httpFunction = (name: string, options = '') =>
  `import { app } from '@azure/functions'\napp.http('${name}', { ${options} handler: () => ({ body: 'fine' }) })\n`

describe('loading', () => {
  const served = async (host: FunctionsHost, name: string) => (await fetch(`${host.url}/api/${name}`)).status

  test('a module that throws leaves no function at all, and every route 404', async () => {
    const host = await hostOf(
      await appOf({ 'functions/a.js': httpFunction('sound'), 'functions/b.js': "throw new Error('broken module')" }),
    )
    expect(await served(host, 'sound')).toBe(404)
    expect(host.output()).toMatch(/Critical Host\.Startup The app has no functions: .*functions\/b\.js.*broken module/)
  })

  test('the same name twice leaves no function at all', async () => {
    const host = await hostOf(
      await appOf({ 'functions/a.js': httpFunction('twice'), 'functions/b.js': httpFunction('twice') }),
    )
    expect(await served(host, 'twice')).toBe(404)
    expect(host.output()).toContain('A function with id "twice" has already been registered.')
  })

  test.each([
    ['names that differ only in case', { 'functions/a.js': httpFunction('same') + httpFunction('SAME') }],
    ['a route with a leading slash', { 'functions/a.js': httpFunction('same', "route: '/same',") }],
    ['host.json without version', { 'functions/a.js': httpFunction('same'), 'host.json': '{}' }],
    [
      'a queue option out of range',
      {
        'functions/a.js': httpFunction('same'),
        'host.json': '{"version": "2.0", "extensions": {"queues": {"batchSize": 33}}}',
      },
    ],
  ])('%s: the host answers 503', async (_, files) => {
    const double = files['functions/a.js'].replace(/(import .*\n)([^]*)\1/, '$1$2')
    const host = await hostOf(await appOf({ ...files, 'functions/a.js': double }))
    expect(await served(host, 'same')).toBe(503)
    expect(host.output()).toMatch(/Critical Host\.Startup Every request is answered with 503/)
  })

  test('a CommonJS app is loaded with require, wherever the entry point is', async () => {
    const host = await hostOf(
      await appOf({
        'package.json': '{"main": "src/{index,other}.js"}',
        'src/index.js': `const { app } = require('@azure/functions'); app.http('common', { handler: () => ({ body: 'js' }) })`,
        'src/other.js': `require('@azure/functions').app.http('other', { handler: () => ({}) })`,
        'src/unnamed.js': `throw new Error('not an entry point')`,
      }),
    )
    expect([await served(host, 'common'), await served(host, 'other')]).toEqual([200, 200])
  })

  test('hooks run around every invocation, appStart before and appTerminate after', async () => {
    const host = await hostOf(
      await appOf({
        'functions/a.js': `${httpFunction('hooked')}
          app.hook.appStart(() => console.log('hook: appStart'))
          app.hook.appTerminate(() => console.log('hook: appTerminate'))
          app.hook.preInvocation((context) => {
            const inner = context.functionHandler
            context.functionHandler = async (...args) => ({ ...(await inner(...args)), status: 299 })
          })`,
      }),
    )
    expect(await served(host, 'hooked')).toBe(299)
    await host.stop()
    expect(host.output().match(/hook: \w+/g)).toEqual(['hook: appStart', 'hook: appTerminate'])
  })

  test('HTTP streams are passed through where the app has switched them on', async () => {
    const host = await hostOf(
      await appOf({
        'functions/a.js': `import { app } from '@azure/functions'
          app.setup({ enableHttpStream: true })
          app.http('streams', { route: 'streams/{id}', methods: ['POST'], handler: (request) =>
            ({ status: 202, headers: { 'x-id': request.params.id, 'x-url': request.url, 'x-given': request.headers.get('x-given') }, body: request.body }) })
          app.http('throws', { handler: () => { throw new Error('thrown') } })`,
      }),
    )
    const response = await fetch(`${host.url}/api/streams/7?a=b`, {
      method: 'POST',
      body: 'to and fro',
      headers: { 'x-given': 'g' },
    })
    expect(response.status).toBe(202)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-id': '7',
      'x-given': 'g',
      'x-url': `${host.url}/api/streams/7?a=b`,
    })
    expect(await response.text()).toBe('to and fro')
    expect(await served(host, 'throws')).toBe(500)
  })

  test('local.settings.json fills in what the environment leaves open', async () => {
    const root = await appOf({
      'functions/a.js': `import { app } from '@azure/functions'
        app.http('shows', { handler: () => ({ jsonBody: [process.env.BOTH, process.env.ONLY_FILE] }) })`,
      'local.settings.json': '{"Values": {"BOTH": "file", "ONLY_FILE": "file"}}',
    })
    const shown = async (localSettings: boolean): Promise<unknown> => {
      const host = await hostOf(root, { BOTH: 'environment' }, localSettings)
      return await (await fetch(`${host.url}/api/shows`)).json()
    }
    expect(await shown(true)).toEqual(['environment', 'file'])
    expect(await shown(false)).toEqual(['environment', null])
  })
})
