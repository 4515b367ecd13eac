import { type Answer, graphError } from './graph-answer.ts'
import {
  defaultProperties,
  extensionNumbers,
  type Person,
  selectableProperties,
  singleUserProperties,
} from './person.ts'

const extension = /^extension_[0-9a-f]{32}_\w+$/

/** The properties of `$select`, the documented default set without it, or the error that Graph answers. */
export function selection(
  query: URLSearchParams,
  on: 'collection' | 'single' | 'delta',
): readonly string[] | { error: Answer } {
  const text = query.get('$select')
  if (text === null || text.trim() === '') return defaultProperties
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    // Only delta takes the relation in $select; elsewhere it must be expanded.
    if (name === 'manager' && on !== 'delta')
      return { error: graphError(400, 'Request_BadRequest', "'manager' is a relationship: use $expand.") }
    if (singleUserProperties.has(name) && on !== 'single')
      return { error: graphError(501, 'NotImplemented', `'${name}' can't be selected on a collection of users.`) }
    if (!selectableProperties.has(name) && !singleUserProperties.has(name) && !extension.test(name))
      return {
        error: graphError(
          400,
          'Request_BadRequest',
          `Could not find a property named '${name}' on type 'microsoft.graph.user'.`,
        ),
      }
  }
  return [...new Set(['id', ...names])]
}

const value = (person: Person, name: string): unknown => Reflect.get(person, name)

/** As `GET /users` shows a person: a property that was never set is `null`, or an empty list; a directory extension is left out. */
export function projectForGet(person: Person, names: readonly string[]): object {
  const shown: Record<string, unknown> = {}
  for (const name of names) {
    const held = value(person, name)
    if (extension.test(name) && (held === undefined || held === null)) continue
    const lists = name === 'businessPhones' || name === 'otherMails' || name === 'identities'
    shown[name] = name === 'onPremisesExtensionAttributes' ? allAttributes(held) : (held ?? (lists ? [] : null))
  }
  return shown
}

/** As a delta page shows a person: a property that was never set is absent, a cleared one is `null`. */
export function projectForDelta(person: Person, names: readonly string[]): object {
  const shown: Record<string, unknown> = { id: person.id }
  for (const name of names) {
    const held = value(person, name)
    if (held === undefined) continue
    if (name === 'onPremisesExtensionAttributes') shown[name] = allAttributes(held)
    else if (name !== 'manager') shown[name] = held
    else shown['manager@delta'] = typeof held === 'string' ? [{ '@odata.type': '#microsoft.graph.user', id: held }] : []
  }
  return shown
}

/** All fifteen are there wherever the property is shown. */
function allAttributes(held: unknown): object {
  const given: unknown = held ?? {}
  return Object.fromEntries(
    extensionNumbers.map((number) => {
      const name = `extensionAttribute${number}`
      return [name, (typeof given === 'object' && given !== null ? Reflect.get(given, name) : null) ?? null]
    }),
  )
}
