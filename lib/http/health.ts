import type { HttpResponseInit } from '@azure/functions'
import { version } from '../version.ts'

/** `GET /health`: 200 even where the settings are wrong, so that a probe tells a process that runs from one that doesn't. */
export function health(configured: boolean): HttpResponseInit {
  return { jsonBody: { status: configured ? 'ok' : 'misconfigured', version } }
}
