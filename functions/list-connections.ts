import { app } from '@azure/functions'
import { answer } from '../lib/http/answer.ts'
import { listConnections } from '../lib/http/list-connections.ts'
import { runtime } from '../lib/runtime.ts'

app.http('list-connections', {
  route: 'connections',
  methods: ['GET'],
  authLevel: 'function',
  handler: (_request, invocation) => answer(invocation, () => listConnections(runtime(invocation))),
})
