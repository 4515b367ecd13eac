import { app } from '@azure/functions'

const connection = 'AzureWebJobsStorage'

app.storageQueue('collects', {
  queueName: '%FIXTURE_QUEUE%',
  connection,
  handler: (message, context) => {
    context.log(`collected ${JSON.stringify({ type: typeof message, message, metadata: context.triggerMetadata })}`)
    if (message?.fail) throw new Error('failed by the fixture')
  },
})

app.storageQueue('takes-long', {
  queueName: 'fixture-long',
  connection,
  handler: async (message, context) => {
    context.log('takes-long: started', message)
    await new Promise((resolve) => setTimeout(resolve, 3500))
    context.log('takes-long: ended', message)
  },
})
