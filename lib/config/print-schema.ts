import { configurationJsonSchema } from './json-schema.ts'

process.stdout.write(`${JSON.stringify(configurationJsonSchema(), null, 2)}\n`)
