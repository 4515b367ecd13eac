import * as z from 'zod'
import { configurationSchema } from './schema.ts'

/** The JSON Schema of `SYNC_CONFIG`, with descriptions and examples, for editors and other checks. */
export function configurationJsonSchema(): object {
  return { ...z.toJSONSchema(configurationSchema, { io: 'input' }), title: 'SYNC_CONFIG of entra-wordpress-sync' }
}
