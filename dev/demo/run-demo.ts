import { once } from 'node:events'
import type { Cycle } from '../../lib/domain/cycle.ts'
import { runCycle } from '../run-cycle.ts'
import { startStack, type Stack, type StackOptions } from '../stack.ts'
import { makeChanges } from './changes.ts'
import { createProgressLine, describeCycle, summariseCycle } from './watch-cycle.ts'

export type DemoOptions = {
  once: boolean
  json: boolean
  users: number
  wordpress: StackOptions['wordpress']
  /** Aborted when the user has seen enough. */
  ended: AbortSignal
}

const connection = 'default'

/** Starts everything, lets the directory flow into the site, changes it, shows what arrives. Returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  // With --json the last line of stdout is for programs; people read along on stderr.
  const out = options.json ? process.stderr : process.stdout
  const say = (line = ''): void => void out.write(`${line}\n`)
  const cycles: Cycle[] = []
  let stack: Stack | null = null
  let ok = false
  try {
    say('Starting a directory, a storage account, a WordPress and the functions host, all on this machine …')
    stack = await startStack({
      directory: { users: options.users },
      wordpress: options.wordpress,
      settings: { SYNC_SCHEDULE: options.once ? '0 0 0 1 1 *' : '*/15 * * * * *' },
      onReady: (what) => say(`  ${what} is ready`),
    })
    if (options.ended.aborted) return 1
    await stack.startApp()
    ok = await showCycles(stack, options, cycles, say, out)
    if (!options.once) await stayUp(stack, options.ended, say)
  } catch (error) {
    say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await stack?.stop()
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ ok, cycles: cycles.map(summariseCycle) })}\n`)
  return ok ? 0 : 1
}

async function showCycles(
  stack: Stack,
  { users }: DemoOptions,
  cycles: Cycle[],
  say: (line?: string) => void,
  out: NodeJS.WriteStream,
): Promise<boolean> {
  const { context, directory } = stack
  const run = async (start: 'due' | 'incremental' | 'full'): Promise<Cycle> => {
    const line = createProgressLine(out)
    const cycle = await runCycle(context, connection, start, { onProgress: line.show })
    line.end()
    say(`  ${describeCycle(cycle)}`)
    cycles.push(cycle)
    return cycle
  }

  say(`\n${users} people from the directory into an empty site:`)
  const first = await run('due')
  say('\nThe day goes on in the directory:')
  const changes = await makeChanges(directory.admin)
  for (const { story } of changes) say(`  ${story}`)
  const increment = await run('incremental')
  const arrived = await accountsOf(
    stack,
    changes.map(({ objectId }) => objectId),
  )
  for (const account of arrived) say(`  on the site: ${account}`)
  say('\nEveryone is looked at again, and nothing has changed:')
  const last = await run('full')

  const { created, failed } = first.counters
  return (
    created > 0 &&
    failed === 0 &&
    increment.counters.failed === 0 &&
    increment.counters.suspended === 1 &&
    arrived.length === changes.length &&
    last.counters.siteWrites === 0
  )
}

/** The accounts of these people, as the site says them. */
async function accountsOf({ context, proxy, wordpress }: Stack, objectIds: string[]): Promise<string[]> {
  const site = context.connections[0]!.site
  const links = await context.stores.links.read(site.id, connection, objectIds)
  const reader = context.site({ ...site, url: wordpress.url })
  const accounts = await reader.readUsers(objectIds.flatMap((id) => links.get(id)?.link.wordpressId ?? []))
  return [...accounts.values()].map(
    ({ id, username, fields, roles }) =>
      `${fields.name} <${fields.email}>, login ${username}, ${roles.join(', ') || 'suspended: no role'}, ` +
      `${proxy.url}/wp-admin/user-edit.php?user_id=${id}`,
  )
}

async function stayUp(
  { wordpress, proxy, directory }: Stack,
  ended: AbortSignal,
  say: (line?: string) => void,
): Promise<void> {
  say(`
The site stays up:   ${proxy.url}/wp-admin/users.php
  log in as          ${wordpress.adminUsername}
  with the password  ${wordpress.adminPassword}
The directory is at ${directory.url}/v1.0; what changes there arrives within 15 seconds. Ctrl-C ends everything.`)
  if (!ended.aborted) await once(ended, 'abort')
  say('\nStopping …')
}
