import type { DirectoryServer } from '../../dev/directory/start-directory.ts'
import type { Cycle } from '../../lib/domain/cycle.ts'
import type { Timings } from '../../lib/domain/timings.ts'
import type { Directory } from '../../lib/sync/ports/directory.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { readUntilQuiet } from './queue-contents.ts'
import { createSyncApp, type SyncAppOptions } from './sync-app.ts'

/** Nobody may ask the site: there is none. */
const noSite = { url: 'http://127.0.0.1:9', username: 'sync', applicationPassword: 'none' }

let scenes = 0

export type ReaderSceneOptions = {
  directory: DirectoryServer
  storage: string
  id?: string
  timings?: Partial<Timings>
  policy?: NonNullable<SyncAppOptions['policy']>
  /** Stands between the reader and the real directory. */
  wrap?: (directory: Directory) => Partial<Directory>
}

/** The reader with the real adapters and no site: what it queues is taken out by hand. */
export function createReaderScene(options: ReaderSceneOptions) {
  const { id = `reader${++scenes}`, wrap, ...rest } = options
  const { context, connection } = createSyncApp({ ...rest, site: noSite, id })
  const real = context.directory(connection)
  if (wrap) Object.assign(context, { directory: () => ({ ...real, ...wrap(real) }) })
  const { checkpoints, cycles } = context.stores
  return {
    context,
    connection,
    id,
    /** Asks for a cycle and reads until no message is left. */
    async read(start: 'due' | 'incremental' | 'full' = 'due'): Promise<number> {
      await sendRead(context, { connection: id, start })
      return await readUntilQuiet(context)
    },
    cycles: () => cycles.list(id, 20),
    async lastCycle(): Promise<Cycle> {
      return (await cycles.list(id, 1))[0]!
    },
    checkpoint: async (stream = 'users') => (await checkpoints.read(id, stream))!.row,
    rows: (cycle: string) => checkpoints.messages(id, cycle, 100),
  }
}

/** Object ids of everybody who is there, sorted. */
export async function activeIds(directory: DirectoryServer): Promise<string[]> {
  const people = await directory.admin.listUsers()
  return people.flatMap(({ status, person }) => (status === 'active' ? [person.id] : [])).sort()
}

/** Each id once, sorted. */
export const unique = (ids: readonly string[]): string[] => [...new Set(ids)].sort()
