import path from 'node:path'
import { parseArgs } from 'node:util'
import { runHost } from './run-host.ts'

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: '.' },
    port: { type: 'string', default: '7071' },
    'no-local-settings': { type: 'boolean', default: false },
  },
})

await runHost({
  root: path.resolve(values.root),
  port: Number(values.port),
  localSettings: !values['no-local-settings'],
})
