import { app } from '@azure/functions'
import { runtime } from '../lib/runtime.ts'
import { wakeLanes } from '../lib/sync/wake-lanes.ts'

app.timer('wake-lanes', {
  schedule: '0 * * * * *',
  handler: (_timer, invocation) => wakeLanes(runtime(invocation)),
})
