import { app } from '@azure/functions'
import { runtime } from '../lib/runtime.ts'
import { receiveDrain } from '../lib/sync/receive-message.ts'

app.storageQueue('reconcile-users', {
  queueName: 'drain',
  connection: 'AzureWebJobsStorage',
  handler: (message, invocation) => receiveDrain(runtime(invocation), message),
})
