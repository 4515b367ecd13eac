import { setTimeout as wait } from 'node:timers/promises'
import { runCommand } from './run-command.ts'

/** `npm run sync -- COMMAND`: the operator's command line, over the HTTP routes of a running app. */
const { stdout, stderr } = process
let shown = false

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  print: (line) => void stdout.write(`${line}\n`),
  complain: (line) => void stderr.write(`${line}\n`),
  progress: (line) => {
    if (!stderr.isTTY || (line === '' && !shown)) return
    shown = line !== ''
    // Cut to the width: a line that wraps can't be written over.
    stderr.write(`\r${line.slice(0, stderr.columns - 1)}\x1b[K`)
  },
  now: Date.now,
  wait: (milliseconds) => wait(milliseconds),
})
