import { app } from '@azure/functions'
import { answer } from '../lib/http/answer.ts'
import { startCycle } from '../lib/http/start-cycle.ts'
import { runtime } from '../lib/runtime.ts'

app.http('start-cycle', {
  route: 'connections/{connection}/cycles',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, invocation) => answer(invocation, () => startCycle(runtime(invocation), request)),
})
