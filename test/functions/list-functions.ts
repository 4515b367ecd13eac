import { createAppRegistry, injectCoreModule } from '../../dev/functions-host/core-module.ts'
import { loadApp } from '../../dev/functions-host/load-app.ts'

/**
 * Run as a process of its own, with the app's root as working directory: loads the app as the Node.js worker does and prints
 * `{"node", "milliseconds", "functions": [{"name", "trigger", …}]}` as its last line.
 */
const app = createAppRegistry()
injectCoreModule(app, '4.1037.0.0', (level, _, message) => process.stderr.write(`${level} ${message}\n`))
const started = performance.now()
await loadApp(process.cwd(), app)
const milliseconds = Math.round(performance.now() - started)
const functions = [...app.functions.values()].map(({ metadata }) => {
  const trigger = Object.values(metadata.bindings).find(({ type }) => type?.endsWith('Trigger'))
  return {
    name: metadata.name,
    trigger: trigger?.type,
    route: trigger?.['route'],
    queue: trigger?.['queueName'],
    schedule: trigger?.['schedule'],
  }
})
process.stdout.write(`\n${JSON.stringify({ node: process.version, milliseconds, functions })}\n`)
process.exit(0)
