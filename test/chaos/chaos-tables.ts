import { TableClient, TableServiceClient } from '@azure/data-tables'

/** A row as it lies in storage. */
export type Row = Record<string, unknown> & { partitionKey: string; rowKey: string }

const stateTables = ['Links', 'Checkpoints', 'Cycles', 'Sites'] as const
/** The rows that say what is going on in one run. */
export type StateRows = Record<(typeof stateTables)[number], Row[]>
/** All rows of one run: with the audit of what happened, and of what dry runs said would happen. */
export type Rows = StateRows & { Audit: Row[]; DryRuns: Row[] }

const options = { allowInsecureConnection: true }

/** Reads storage past the program's own stores. Connection and site of a run have the same id, which is its partition everywhere. */
export async function readState(connectionString: string, id: string): Promise<StateRows> {
  const lists = await Promise.all(
    stateTables.map((name) => readTable(connectionString, name, `PartitionKey eq '${id}'`)),
  )
  const [Links = [], Checkpoints = [], Cycles = [], Sites = []] = lists
  return { Links, Checkpoints, Cycles, Sites }
}

export async function readAll(connectionString: string, id: string): Promise<Rows> {
  const names: string[] = []
  for await (const { name } of TableServiceClient.fromConnectionString(connectionString, options).listTables())
    if (name?.startsWith('Audit')) names.push(name)
  // A dry run has a partition of its own beside the connection's; `}` follows `|`.
  const own = `PartitionKey eq '${id}' or (PartitionKey ge '${id}|' and PartitionKey lt '${id}}')`
  const audit = (await Promise.all(names.map((name) => readTable(connectionString, name, own)))).flat()
  return {
    ...(await readState(connectionString, id)),
    Audit: audit.filter(({ partitionKey }) => partitionKey === id),
    DryRuns: audit.filter(({ partitionKey }) => partitionKey !== id),
  }
}

async function readTable(connectionString: string, name: string, filter: string): Promise<Row[]> {
  const rows: Row[] = []
  const table = TableClient.fromConnectionString(connectionString, name, options)
  try {
    for await (const row of table.listEntities({ queryOptions: { filter } })) {
      const plain = Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? Number(value) : value,
      ])
      rows.push({ ...Object.fromEntries(plain), partitionKey: row.partitionKey ?? '', rowKey: row.rowKey ?? '' })
    }
  } catch (error) {
    // The first write makes a table.
    if ((error as { statusCode?: number }).statusCode !== 404) throw error
  }
  return rows
}
