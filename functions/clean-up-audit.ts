import { app } from '@azure/functions'
import { runtime } from '../lib/runtime.ts'
import { cleanUpAudit } from '../lib/sync/clean-up-audit.ts'

app.timer('clean-up-audit', {
  schedule: '0 17 3 * * *',
  handler: (_timer, invocation) => cleanUpAudit(runtime(invocation)),
})
