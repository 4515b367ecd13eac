import { app } from '@azure/functions'

const handler = () => {}
const connection = 'AzureWebJobsStorage'

app.timer('bad-cron', { schedule: '0 61 * * * *', handler })
app.timer('unresolved', { schedule: '%NOWHERE%', handler })
app.storageQueue('bad-queue', { queueName: 'not_a_queue', connection, handler })
app.storageQueue('no-connection', { queueName: 'fixture-none', connection: 'NoSuchStorage', handler })
app.http('reserved', { route: 'admin/anything', handler })
