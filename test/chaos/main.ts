import { writeFile } from 'node:fs/promises'
import { Killed } from './mortal.ts'
import { readOptions, usage, type ChaosOptions } from './options.ts'
import { printReport } from './report.ts'
import { runChaos } from './run-chaos.ts'

async function main(): Promise<number> {
  let options: ChaosOptions | 'help'
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`)
    return 2
  }
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error('interrupted')))
    // A real process would have died of it. What dead ones leave behind is heard by nobody.
    process.on('unhandledRejection', (error) => {
      if (!(error instanceof Killed)) reject(error instanceof Error ? error : new Error(String(error)))
    })
  })
  interrupted.catch(() => undefined) // also when nobody waits any more
  console.error(`seed ${options.seed}`)
  try {
    const report = await runChaos(options, (line) => console.error(line), interrupted)
    if (options.json !== null) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`)
    console.log(printReport(report))
    return report.violations.length === 0 ? 0 : 1
  } catch (error) {
    console.error(`The runs did not come to their end: ${error instanceof Error ? error.stack : String(error)}`)
    return 1
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// Runs that were interrupted may still have timers.
process.exit(await main())
