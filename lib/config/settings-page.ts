import * as z from 'zod'
import { allowedFunctions } from '../domain/check-expression.ts'
import { longestList, longestText } from '../domain/fuel.ts'
import { developmentSchema, environmentSchema } from './environment.ts'
import { describeField, withoutShell } from './schema-at.ts'
import { configurationSchema } from './schema.ts'

/** `docs/settings.md`, made from the schemas that the settings are checked with. */
export function settingsPage(): string {
  return (
    [
      '# Settings',
      'Made from the schemas in `lib/config` by `npm run docs:settings`; a test keeps it up to date.',
      '## App settings',
      'Environment variables; in Azure the app’s settings, on a developer’s machine `local.settings.json`. An empty one counts as not set. ' +
        'Where the storage is comes from `AzureWebJobsStorage`, as for every function app. Private certificates are trusted through ' +
        '`NODE_EXTRA_CA_CERTS`.',
      'The quick start’s one connection, `default`, needs `AZURE_TENANT_ID`, `WORDPRESS_URL`, `WORDPRESS_USERNAME` and `WORDPRESS_APP_PASSWORD`.',
      settingsTable(environmentSchema),
      'For development and tests only:',
      settingsTable(developmentSchema),
      '## SYNC_CONFIG',
      'Inline JSON, or the path of a JSON document. With `connections` it holds all connections, and the `WORDPRESS_…` settings must not be set. ' +
        'Without, what it says holds for the quick start’s connection: mapping, scope, leaving and so on then go under `defaults`. Secrets are ' +
        'references only: `{"env": "NAME"}` names the app setting that holds one. Unknown keys are faults. `npm run --silent config:schema` ' +
        'prints the JSON Schema.',
      table(['key', 'meaning', 'example'], rows(configurationSchema, '')),
      '## Expressions',
      'An expression sees the directory user: the properties that are read, and no others. Names at the start of a path are read without being ' +
        'listed; what only a wildcard or `$lookup` reaches must stand in `properties`. Microsoft Graph’s spelling counts (`givenName`).',
      'A result that is a number, true or false becomes text; a list or an object is a fault of that user, unless the `type` of a meta or ACF ' +
        'field asks for one ([mapping.md](mapping.md)). `null` clears the field; no result leaves it as it is. Texts arrive on the site as WordPress keeps them: without markup, and on one line save for `description`.',
      'The expression `scope.filter` gives true or false; no result and `null` count as false, anything else is a fault of that user, who then ' +
        'stays as they are.',
      `An expression always ends: it may do a limited amount of work, make texts of ${longestText} characters and lists of ${longestList} ` +
        'members. Regular expressions have no look-around and no back-references. Nothing depends on time or chance. These functions are there:',
      [...allowedFunctions].map((name) => code(`$${name}`)).join(', ') + '.',
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  )
}

function settingsTable({ shape }: z.ZodObject): string {
  const settings = Object.entries(shape as Record<string, z.ZodType>).map(([name, schema]) => {
    const { description, example } = describeField(schema)
    return [code(name), description, code(String(example))]
  })
  return table(['setting', 'meaning', 'example'], settings)
}

function rows(schema: z.ZodType, prefix: string): string[][] {
  const bare = withoutShell(schema)
  if (!(bare instanceof z.ZodObject)) return []
  return Object.entries(bare.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
    const { description, example, optional } = describeField(field)
    const path = `${prefix}${key}`
    const inner = withoutShell(field)
    const list = inner instanceof z.ZodArray
    const below = list ? rows(inner.element as z.ZodType, `${path}[].`) : rows(field, `${path}.`)
    const shown = below.length > 0 ? '' : code(JSON.stringify(example))
    return [[code(path), optional ? description : `${description} **Required.**`, shown], ...below]
  })
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
