import { app, output } from '@azure/functions'
import { setTimeout as delay } from 'node:timers/promises'

app.http('echo', {
  route: 'Echo/{id}/{more?}',
  methods: ['GET', 'POST'],
  handler: async (request, context) => {
    context.log('echoing')
    return {
      status: 201,
      headers: { 'x-fixture': 'yes' },
      cookies: [{ name: 'seen', value: '1', httpOnly: true }],
      jsonBody: {
        ...{ method: request.method, url: request.url, params: request.params },
        ...{ query: Object.fromEntries(request.query), header: request.headers.get('x-given') },
        ...{ body: await request.text(), cwd: process.cwd(), setting: process.env.FIXTURE_SETTING ?? null },
      },
    }
  },
})

app.http('literal', { route: 'echo/literal', methods: ['GET'], handler: () => ({ body: 'the literal route' }) })
app.http('defaults', { handler: () => ({ body: 'by default' }) })
app.http('guarded', { authLevel: 'function', handler: () => ({ body: 'let in' }) })
app.http('for-admins', { authLevel: 'admin', handler: () => ({ body: 'let in' }) })
app.http('nothing', { handler: () => undefined })
app.http('bare-string', { handler: () => 'bare' })
app.http('switched-off', { handler: () => ({ body: 'on' }) })
app.http('throws', {
  handler: () => {
    throw new Error('thrown by the fixture')
  },
})

app.http('waits', {
  handler: async (_, context) => {
    context.log('waits: started')
    await new Promise((resolve) => {
      process.once('SIGTERM', () => delay(100).then(resolve))
    })
    return { body: 'finished' }
  },
})
app.http('crashes', {
  handler: async () => {
    setTimeout(() => {
      throw new Error('uncaught by the fixture')
    })
    await new Promise(() => {})
  },
})
app.http('registers-late', {
  handler: () => {
    app.http('too-late', { handler: () => ({}) })
    return {}
  },
})

const toQueue = output.storageQueue({ queueName: 'fixture-output', connection: 'AzureWebJobsStorage' })
app.http('sends', {
  extraOutputs: [toQueue],
  handler: (_, context) => {
    context.extraOutputs.set(toQueue, [{ a: 1 }, 'two'])
    return { status: 202 }
  },
})
