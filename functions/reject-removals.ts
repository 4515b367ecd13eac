import { app } from '@azure/functions'
import { answer } from '../lib/http/answer.ts'
import { decide } from '../lib/http/decide.ts'
import { runtime } from '../lib/runtime.ts'

app.http('reject-removals', {
  route: 'connections/{connection}/held-removals/reject',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, invocation) => answer(invocation, () => decide(runtime(invocation), request, 'reject')),
})
