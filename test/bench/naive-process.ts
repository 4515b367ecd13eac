import { createNaiveSync } from './naive-sync.ts'

/** The naive sync in a process of its own: each message is one run, answered with its result or with its error. */
const naive = createNaiveSync(process.env)

process.on('message', () => {
  naive.run().then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  )
})
// Whoever started it is gone: nobody wants the rest of a run.
process.on('disconnect', () => process.exit())
