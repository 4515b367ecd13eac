import { RestError, TableClient } from '@azure/data-tables'

/** Every row of a partition as it is stored, ETag and time of the last write too, by row key: read past the code under test. */
export async function tableRows(storage: string, table: string, partition: string): Promise<Record<string, unknown>> {
  const client = TableClient.fromConnectionString(storage, table, { allowInsecureConnection: true })
  const rows: Record<string, unknown> = {}
  const filter = `PartitionKey eq '${partition}'`
  try {
    for await (const row of client.listEntities({ queryOptions: { filter } })) rows[row.rowKey ?? ''] = row
  } catch (error) {
    // Made with its first row.
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error
  }
  return rows
}
