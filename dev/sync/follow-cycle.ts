import { cycleAnswer, type CycleAnswer } from './answers.ts'
import { CommandFailed, type Client } from './client.ts'
import { describeProgress } from './describe.ts'
import { plain, type Terminal } from './terminal.ts'

const second = 1000
/** How long a cycle may take to begin: a full one waits for the reader at work. */
const mostWait = 15 * 60 * second
/** Requests in a row that may fail while an app is restarted or deployed. */
const mostFailures = 40

/**
 * Waits until the cycle at `location` is settled, and shows how far it is.
 * @throws CommandFailed where it doesn't begin, is stopped, or the app can't be asked any more
 */
export async function followCycle(
  client: Client,
  terminal: Terminal,
  connection: string,
  location: string,
): Promise<CycleAnswer> {
  const asked = terminal.now()
  let path = location
  let failures = 0
  for (;;) {
    try {
      const cycle = await client.get(path, cycleAnswer)
      failures = 0
      // From now on it has a name of its own.
      path = `connections/${encodeURIComponent(connection)}/cycles/${encodeURIComponent(cycle.id)}`
      const trouble = cycle.error === null ? '' : `; ${plain(cycle.error)}`
      terminal.progress(`${cycle.kind} cycle: ${describeProgress(cycle)}${trouble}`)
      if (cycle.state === 'settled') return cycle
      if (cycle.state === 'stopped')
        throw new CommandFailed(
          `The ${cycle.kind} cycle ${cycle.id} stopped: ${plain(cycle.error ?? 'nobody said why')}`,
        )
      await terminal.wait(second)
    } catch (error) {
      if (!(error instanceof CommandFailed) || error.retryAfter === null) throw error
      if (error.code === 'not-begun-yet') {
        if (terminal.now() - asked > mostWait)
          throw new CommandFailed(
            `The cycle did not begin within ${mostWait / 60 / second} minutes. "status" shows what is under way, and what is in its way.`,
          )
        terminal.progress('waiting for the cycle to begin')
      } else if (++failures > mostFailures) throw error
      await terminal.wait(error.retryAfter * second)
    }
  }
}
