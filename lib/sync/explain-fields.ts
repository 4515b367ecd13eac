import type { Connection } from '../domain/connection.ts'
import { jsonText, type JsonValue } from '../domain/custom-field.ts'
import type { DirectoryUser } from '../domain/directory-user.ts'
import { mapUser } from '../domain/mapping.ts'
import type { Capabilities, FieldName } from '../domain/site-user.ts'

/** What a mapping makes of one field of one person. */
export type FieldExplanation = {
  /** `username`, a field of the account, `meta.<key>`, `acf.<name>`. */
  field: string
  /** null = derived (username, email). */
  expression: string | null
  /** '' = the field is cleared, null = no result: it stays as it is. */
  value: string | null
  /** Who has authority: the directory, or people once it has a value. */
  once: boolean
}

/** Every mapped field with the expression that makes it; empty where an expression fails, which the outcome tells. */
export async function explainFields(
  { mapping }: Connection,
  user: DirectoryUser,
  site: Capabilities,
): Promise<FieldExplanation[]> {
  const desired = await mapUser(mapping, user, site)
  if (!desired.ok) return []
  const values: Record<string, JsonValue | undefined> = {
    ...desired.fields,
    username: desired.usernameCandidate,
    email: desired.email,
  }
  return Object.entries(mapping.sources)
    .filter(([field, expression]) => expression !== null || field === 'username' || field === 'email')
    .map(([field, expression]) => {
      const value = values[field]
      const once = mapping.once.has(field as FieldName)
      return { field, expression, value: value === undefined ? null : jsonText(value), once }
    })
}
