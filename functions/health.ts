import { app } from '@azure/functions'
import { health } from '../lib/http/health.ts'
import { checkConfiguration } from '../lib/runtime.ts'

app.http('health', {
  route: 'health',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: () => health(checkConfiguration() === null),
})

// Every fault of the settings at once, in the log, before anything runs.
app.hook.appStart(() => {
  const faults = checkConfiguration()
  if (faults !== null) console.error(faults)
})
