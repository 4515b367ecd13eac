import { compilePost, type PostPolicy, type PostSettings } from '../domain/post-mapping.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { propertyFault } from './untracked-properties.ts'

/** Types that WordPress and its editors keep things of their own in. */
const reserved = /^(attachment|revision|nav_menu_item|custom_css|customize_changeset|oembed_cache|user_request|wp_.*)$/

/** A hundred of the longest keys, with their hashes, fit into one column of a link. */
const longestKey = 100
const mostFields = 50

/** The posts that people have. What can't be used is told in `faults`. */
export function buildPosts({ policy, properties, names }: ConnectionParts, faults: SettingFault[]): PostPolicy[] {
  const types = new Map<string, number>()
  return (policy.posts ?? []).map((settings, index) => {
    const at = names.policy('posts', String(index)).replace(/\.(\d+)$/, '[$1]')
    const tell = (field: string, message: string | null): void => {
      if (message !== null) faults.push({ setting: `${at}.${field}`, message })
    }
    const first = types.get(settings.type)
    if (first !== undefined) tell('type', `is that of posts[${first}] too: a person has one post of each type`)
    else types.set(settings.type, index)
    if (reserved.test(settings.type))
      tell('type', 'is a type that WordPress keeps things of its own in; register another')
    checkStatus(settings, tell)
    checkKeys(settings, tell)
    const { policy: compiled, faults: wrong } = compilePost(settings, properties)
    for (const { field, message, position } of wrong) tell(field, `${message}, near character ${position}`)
    const expressions = compiled.targets.map(({ field, expression }) => ({ field: field as string, expression }))
    for (const { field, expression } of [
      ...expressions,
      ...(compiled.when ? [{ field: 'when', expression: compiled.when }] : []),
    ])
      for (const name of expression.properties) tell(field, propertyFault(name))
    return compiled
  })
}

/** Somebody who left must not be shown as before, unless that is said. */
function checkStatus(
  { status, whenLeaving, whenDeleted }: PostSettings,
  tell: (field: string, message: string) => void,
): void {
  for (const [field, after] of [
    ['whenLeaving', whenLeaving],
    ['whenDeleted', whenDeleted],
  ] as const)
    if (after === 'private' && status === 'private')
      tell(field, 'is the status that the post has anyway; say "leave", or "draft"')
}

function checkKeys({ meta = {}, acf = {} }: PostSettings, tell: (field: string, message: string) => void): void {
  const known = new Map<string, string>()
  for (const [part, settings] of Object.entries({ meta, acf }))
    for (const [key, setting] of Object.entries(settings)) {
      if (setting === null || setting === undefined) continue
      const field = `${part}.${key}`
      if (key === '' || key.length > longestKey || !/^[\w:.-]+$/.test(key) || key === '__proto__')
        tell(field, `must be 1 to ${longestKey} letters, digits, hyphens, underscores, colons and full stops`)
      if (/^_(wp|edit|entra_sync|oembed)_/.test(key))
        tell(field, 'can’t be written: the key belongs to WordPress itself')
      // The database compares keys without case, and an ACF field lies in the meta of its name.
      const same = known.get(key.toLowerCase())
      if (same !== undefined) tell(field, `is the same post meta as ${same}: one of them must go`)
      known.set(key.toLowerCase(), field)
    }
  if (known.size > mostFields) tell('meta', `and acf may have ${mostFields} fields between them`)
}
