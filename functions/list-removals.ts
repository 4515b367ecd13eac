import { app } from '@azure/functions'
import { answer } from '../lib/http/answer.ts'
import { listRemovals } from '../lib/http/list-removals.ts'
import { runtime } from '../lib/runtime.ts'

app.http('list-removals', {
  route: 'connections/{connection}/held-removals',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request, invocation) => answer(invocation, () => listRemovals(runtime(invocation), request)),
})
