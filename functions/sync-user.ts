import { app } from '@azure/functions'
import { answer } from '../lib/http/answer.ts'
import { previewUser } from '../lib/http/preview-user.ts'
import { runtime } from '../lib/runtime.ts'

app.http('sync-user', {
  route: 'connections/{connection}/users/{id}/sync',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, invocation) => answer(invocation, () => previewUser(runtime(invocation), request)),
})
