import { parseArgs } from 'node:util'
import { isLoopback } from '../../lib/config/site-url.ts'

/** The command can't be run as it was written: exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

export type Command =
  | { name: 'help' }
  | { name: 'status' }
  | { name: 'cycle'; kind: 'incremental' | 'full'; dryRun: boolean; wait: boolean }
  | { name: 'preview'; who: string }
  | { name: 'held' }
  | { name: 'approve' | 'reject'; whose: string[] | 'all' }

export type Arguments = {
  command: Command
  /** Of the app, without `/api`. */
  url: string
  key: string | null
  connection: string | null
  json: boolean
}

export const usage = `npm run sync -- COMMAND [options]

  status                     how each connection is doing: cycles, queues, site, deletion guard
  cycle incremental|full     asks for a cycle
      --wait                 waits until it is done, and shows its progress
      --dry-run              writes nothing: waits, then lists what would happen to whom
  preview ID|UPN             what would happen to one person, with old and new values; writes nothing
  user ID|UPN --dry-run      the same
  held                       suspensions and deletions that the deletion guard keeps back
  approve ID… | --all        lets them happen
  reject ID… | --all         keeps these accounts as they are

  --connection ID            may be left out where there is only one; status then shows all
  --url URL                  of the running app (SYNC_URL, else http://localhost:7071)
  --key KEY                  a function key of the app (better: SYNC_KEY, which no process list shows)
  --json                     the last line of stdout is the result as JSON
  --help                     this text

Exit codes: 0 done, 1 failed, 2 wrong use. docs/operate.md has examples.`

/** @throws WrongUse */
export function readArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { values, positionals } = parse(argv)
  const [name, ...rest] = positionals
  const command = values.help === true ? { name: 'help' as const } : commandOf(name, rest, values)
  return {
    command,
    url: appUrl(values.url ?? (env['SYNC_URL'] || 'http://localhost:7071')),
    key: values.key ?? (env['SYNC_KEY'] || null),
    connection: values.connection ?? null,
    json: values.json === true,
  }
}

type Values = ReturnType<typeof parse>['values']

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        key: { type: 'string' },
        connection: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
        all: { type: 'boolean' },
        wait: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : String(error))
  }
}

function commandOf(name: string | undefined, rest: readonly string[], values: Values): Command {
  // An option that says nothing here must not be passed over: "approve --all --dry-run" would approve.
  if (!['cycle', 'user', 'preview'].includes(name ?? '') && values['dry-run'])
    throw new WrongUse('--dry-run goes with cycle and user only.')
  if (name !== 'cycle' && values.wait) throw new WrongUse('--wait goes with cycle only.')
  if (name !== 'approve' && name !== 'reject' && values.all) throw new WrongUse('--all goes with approve and reject.')
  switch (name) {
    case undefined:
      throw new WrongUse('Say what to do.')
    case 'status':
    case 'held':
      if (rest.length > 0) throw new WrongUse(`${name} takes no ${JSON.stringify(rest[0])}.`)
      return { name }
    case 'cycle': {
      const [kind, more] = rest
      if ((kind !== 'incremental' && kind !== 'full') || more !== undefined)
        throw new WrongUse('Say which cycle: incremental or full.')
      return { name, kind, dryRun: values['dry-run'] === true, wait: values.wait === true }
    }
    case 'preview':
    case 'user':
      if (name === 'user' && !values['dry-run'])
        throw new WrongUse('Syncing one person at once comes later. user … --dry-run shows what a cycle would do.')
      return { name: 'preview', who: onePerson(name, rest) }
    case 'approve':
    case 'reject':
      if (values.all ? rest.length > 0 : rest.length === 0)
        throw new WrongUse(`Say whom to ${name}: object ids as "held" lists them, or --all.`)
      return { name, whose: values.all ? 'all' : [...rest] }
    default:
      throw new WrongUse(`There is no command ${JSON.stringify(name)}.`)
  }
}

function onePerson(name: string, [who, more]: readonly string[]): string {
  const named =
    who !== undefined &&
    more === undefined &&
    (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(who) || /.@./.test(who))
  if (named) return who
  throw new WrongUse(
    `Say whom: ${name} takes one object id, or one user principal name (in quotes: it may hold # or $).`,
  )
}

function appUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new WrongUse('--url (or SYNC_URL) is the address of the app, such as https://my-sync.azurewebsites.net')
  if (url.search || url.hash || url.username || url.password)
    throw new WrongUse('--url (or SYNC_URL) is the bare address of the app; the key belongs in SYNC_KEY.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new WrongUse('--url (or SYNC_URL) must begin with https://, or the key would travel in the clear.')
  return url.origin + url.pathname.replace(/\/+(api\/*)?$/, '')
}
