import { connectionsAnswer, previewAnswer, startedAnswer } from './answers.ts'
import { CommandFailed, createClient, type Client } from './client.ts'
import { describeDryRun } from './describe-dry-run.ts'
import { describePreview } from './describe-preview.ts'
import { describeCounters } from './describe.ts'
import { followCycle } from './follow-cycle.ts'
import { decide, describeDecided, describeHeld, readHeld } from './held-removals.ts'
import { readArguments, usage, WrongUse, type Arguments, type Command } from './read-arguments.ts'
import { describeStatus, readStatus } from './show-status.ts'
import type { Terminal } from './terminal.ts'

/** What a command found out: for people, and as JSON. `code`: 1 where not everything that was asked for is done. */
type Result = { lines: string[]; json: unknown; code?: 1 }

/** `npm run sync -- …`: returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function runCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<0 | 1 | 2> {
  try {
    const options = readArguments(argv, env)
    const { command } = options
    if (command.name === 'help') {
      terminal.print(usage)
      return 0
    }
    const { lines, json, code = 0 } = await run(command, createClient(options), options, terminal)
    terminal.progress('')
    for (const line of options.json ? [JSON.stringify(json)] : lines) terminal.print(line)
    return code
  } catch (error) {
    terminal.progress('')
    if (error instanceof WrongUse) terminal.complain(`${error.message}\n\n${usage}`)
    else if (error instanceof CommandFailed) terminal.complain(error.message)
    else throw error
    return error instanceof WrongUse ? 2 : 1
  }
}

async function run(
  command: Exclude<Command, { name: 'help' }>,
  client: Client,
  options: Arguments,
  terminal: Terminal,
): Promise<Result> {
  switch (command.name) {
    case 'status': {
      const names = options.connection === null ? await connectionsOf(client) : [options.connection]
      const all = await Promise.all(names.map((name) => readStatus(client, name)))
      return { lines: all.flatMap((status) => describeStatus(status, terminal.now())), json: { connections: all } }
    }
    case 'cycle':
      return await cycle(command, client, await oneConnection(client, options), terminal)
    case 'preview': {
      const connection = encodeURIComponent(await oneConnection(client, options))
      const path = `connections/${connection}/users/${encodeURIComponent(command.who)}/sync`
      const preview = await client.post(path, { dryRun: true }, previewAnswer)
      return { lines: describePreview(command.who, preview), json: preview }
    }
    case 'held': {
      const held = await readHeld(client, await oneConnection(client, options))
      return { lines: describeHeld(held), json: held }
    }
    case 'approve':
    case 'reject': {
      const decided = await decide(client, await oneConnection(client, options), command.name, command.whose)
      const partly = decided.lost.length + decided.unknown.length > 0
      return { lines: describeDecided(command.name, decided), json: decided, ...(partly ? { code: 1 } : {}) }
    }
  }
}

async function cycle(
  { kind, dryRun, wait }: Command & { name: 'cycle' },
  client: Client,
  connection: string,
  terminal: Terminal,
): Promise<Result> {
  const path = `connections/${encodeURIComponent(connection)}/cycles`
  const { location } = await client.post(path, { kind, dryRun }, startedAnswer)
  if (!dryRun && !wait)
    return { lines: ['Asked for it. Follow it with: npm run sync -- status'], json: { connection, kind, location } }
  const done = await followCycle(client, terminal, connection, location)
  return {
    lines: dryRun ? describeDryRun(done) : [`${done.kind} cycle: ${describeCounters(done.counters)}`],
    json: done,
  }
}

async function connectionsOf(client: Client): Promise<string[]> {
  return (await client.get('connections', connectionsAnswer)).connections.map(({ id }) => id)
}

async function oneConnection(client: Client, { connection }: Arguments): Promise<string> {
  if (connection !== null) return connection
  const names = await connectionsOf(client)
  const [only, another] = names
  if (only !== undefined && another === undefined) return only
  throw new WrongUse(`Say which connection with --connection: ${names.join(', ')}`)
}
