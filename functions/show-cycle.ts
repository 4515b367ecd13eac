import { app } from '@azure/functions'
import { answer } from '../lib/http/answer.ts'
import { showCycle } from '../lib/http/show-cycle.ts'
import { runtime } from '../lib/runtime.ts'

app.http('show-cycle', {
  route: 'connections/{connection}/cycles/{cycle}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request, invocation) => answer(invocation, () => showCycle(runtime(invocation), request)),
})
