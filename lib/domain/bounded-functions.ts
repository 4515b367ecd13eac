import type { Environment, Focus } from 'jsonata'
import { longestText, OutOfBounds, type Fuel } from './fuel.ts'

/** Under this name an evaluation's fuel is bound. A space can't be part of a variable's name: no expression reaches it. */
export const fuelName = ' fuel'

export function fuelOf(environment: Environment): Fuel {
  return environment.lookup(fuelName) as Fuel
}

type Match = {
  match: string
  groups: (string | undefined)[]
  start: number
  end: number
  next: () => Match | undefined
}
type Matcher = (text: string) => Promise<Match | undefined>
type Replacer = (match: {
  match: string
  start: number
  end: number
  groups: (string | undefined)[]
}) => Promise<unknown>

/**
 * Stand-ins for built-in functions that make something large out of little, or slow: same meaning, but they look first. No defaults in
 * their parameters: for a partial application JSONata reads the names from the function's text.
 * https://docs.jsonata.org/string-functions
 */
export const boundedFunctions: {
  name: string
  signature: string
  implementation: (this: Focus, ...args: never[]) => unknown
}[] = [
  { name: 'pad', signature: '<s-ns?:s>', implementation: pad },
  { name: 'join', signature: '<a<s>s?:s>', implementation: join },
  { name: 'replace', signature: '<s-(sf)(sf)n?:s>', implementation: replace },
  { name: 'distinct', signature: '<x:x>', implementation: distinct },
]

function pad(this: Focus, text: string | undefined, width: number, filling?: string): string | undefined {
  if (text === undefined) return undefined
  const missing = Math.abs(Math.trunc(width)) - Array.from(text).length
  if (!(missing > 0)) return text
  const characters = Array.from(filling || ' ')
  affordable(this, missing)
  const padding = Array.from({ length: missing }, (_, index) => characters[index % characters.length]).join('')
  return width > 0 ? text + padding : padding + text
}

function join(this: Focus, texts: string[] | undefined, given?: string): string | undefined {
  if (texts === undefined) return undefined
  const separator = given ?? ''
  affordable(
    this,
    texts.reduce((total, text) => total + text.length + separator.length, 0),
  )
  return texts.join(separator)
}

async function replace(
  this: Focus,
  text: string | undefined,
  pattern: string | Matcher,
  replacement: string | Replacer,
  most?: number,
): Promise<string | undefined> {
  if (text === undefined) return undefined
  const limit = most ?? Number.POSITIVE_INFINITY
  if (pattern === '' || limit < 0) throw new OutOfBounds('calls $replace with an empty pattern or a negative limit')
  const pieces: string[] = []
  let length = 0
  const add = (piece: string) => {
    length += piece.length
    affordable(this, piece.length, length)
    pieces.push(piece)
  }
  let position = 0
  let match = await firstMatch(text, pattern)
  for (let count = 0; match && count < limit; count++) {
    add(text.slice(position, match.start))
    add(await substitute(match, pattern, replacement))
    position = match.end
    match = match.next()
  }
  add(text.slice(position))
  return pieces.join('')
}

function distinct(this: Focus, list: unknown): unknown {
  if (!Array.isArray(list) || list.length <= 1) return list
  const seen = new Set<string>()
  return list.filter((item: unknown) => {
    const key = JSON.stringify(item, sortedKeys) ?? typeof item
    return !seen.has(key) && seen.add(key)
  })
}

async function firstMatch(text: string, pattern: string | Matcher): Promise<Match | undefined> {
  if (typeof pattern !== 'string') return pattern(text)
  const from = (position: number): Match | undefined => {
    const start = text.indexOf(pattern, position)
    const end = start + pattern.length
    return start < 0 ? undefined : { match: pattern, groups: [], start, end, next: () => from(end) }
  }
  return from(0)
}

async function substitute(match: Match, pattern: string | Matcher, replacement: string | Replacer): Promise<string> {
  if (typeof replacement !== 'string') {
    const { start, end, groups } = match
    const result = await replacement({ match: match.match, start, end, groups })
    if (typeof result !== 'string') throw new OutOfBounds('calls $replace with a function that gives no text')
    return result
  }
  if (typeof pattern === 'string') return replacement
  return replacement.replace(/\$(\$|\d+)/g, (_, name: string) => {
    if (name === '$') return '$'
    // As many digits as make a group that is there; the others are text.
    let group = name
    while (group.length > 1 && Number(group) > match.groups.length) group = group.slice(0, -1)
    const value = Number(group) === 0 ? match.match : (match.groups[Number(group) - 1] ?? '')
    return value + name.slice(group.length)
  })
}

function affordable(focus: Focus, work: number, length = work): void {
  fuelOf(focus.environment).burn(1 + work / 16)
  if (length > longestText) throw new OutOfBounds(`makes a text of more than ${longestText} characters`)
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
