import { app } from '@azure/functions'
import { runtime, syncSchedule } from '../lib/runtime.ts'
import { syncDirectory } from '../lib/sync/sync-directory.ts'

app.timer('sync-directory', {
  schedule: syncSchedule,
  handler: (_timer, invocation) => syncDirectory(runtime(invocation)),
})
