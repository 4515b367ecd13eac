import { app } from '@azure/functions'
import { runtime } from '../lib/runtime.ts'
import { receiveRead } from '../lib/sync/receive-message.ts'

app.storageQueue('read-directory', {
  queueName: 'read-directory',
  connection: 'AzureWebJobsStorage',
  handler: (message, invocation) => receiveRead(runtime(invocation), message),
})
