import { app } from '@azure/functions'
import { answer } from '../lib/http/answer.ts'
import { showStatus } from '../lib/http/show-status.ts'
import { runtime } from '../lib/runtime.ts'

app.http('show-status', {
  route: 'connections/{connection}/status',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request, invocation) => answer(invocation, () => showStatus(runtime(invocation), request)),
})
