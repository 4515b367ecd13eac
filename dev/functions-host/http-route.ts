/** A route template such as `connections/{connection}/cycles/{cycle?}`, without prefix. */
export type Route = {
  /** The parameters where `path` matches, else null. `path` has no leading slash and is still percent-encoded. */
  match(path: string): Record<string, string> | null
  /** Sorts before another route where its first different segment is more specific. */
  precedence: readonly number[]
}

const constraints: Record<string, RegExp> = {
  int: /^-?\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  alpha: /^[a-z]+$/i,
  bool: /^(true|false)$/i,
  guid: /^[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}$/i,
}

type Segment =
  | { kind: 'literal'; text: string }
  | { kind: 'parameter' | 'rest'; name: string; optional: boolean; pattern: RegExp | null }

/** @throws Error for what this host can't route */
export function parseRoute(template: string): Route {
  const segments = template.replace(/\/$/, '').split('/').map(parseSegment)
  const names = segments.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name.toLowerCase()]))
  if (new Set(names).size < names.length) throw new Error(`The route '${template}' names a parameter twice.`)
  return {
    match: (path) => matchSegments(segments, path.replace(/\/$/, '').split('/')),
    precedence: segments.map(({ kind, ...segment }) =>
      kind === 'literal' ? 1 : kind === 'rest' ? 5 : 'pattern' in segment && segment.pattern !== null ? 2 : 3,
    ),
  }
}

export function comparePrecedence(a: Route, b: Route): number {
  for (let index = 0; ; index++) {
    const [left, right] = [a.precedence[index], b.precedence[index]]
    if (left === undefined || right === undefined) return a.precedence.length - b.precedence.length
    if (left !== right) return left - right
  }
}

function parseSegment(text: string): Segment {
  if (!/[{}]/.test(text)) return { kind: 'literal', text }
  const [, star, name, constraint, optional] = /^\{(\*{0,2})(\w+)(?::(\w+))?(\?)?\}$/.exec(text) ?? []
  const pattern = constraint === undefined ? null : (constraints[constraint] ?? undefined)
  if (name === undefined || pattern === undefined)
    throw new Error(`The route segment '${text}' is not one that the local host knows.`)
  return star === '' || star === undefined
    ? { kind: 'parameter', name, optional: optional !== undefined, pattern }
    : { kind: 'rest', name, optional: true, pattern }
}

function matchSegments(segments: readonly Segment[], path: readonly string[]): Record<string, string> | null {
  const parameters: Record<string, string> = {}
  const isEmpty = (index: number) => path[index] === undefined || path[index] === ''
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'literal') {
      if (decode(path[index] ?? '').toLowerCase() !== segment.text.toLowerCase()) return null
      continue
    }
    if (isEmpty(index)) {
      if (!segment.optional) return null
      continue
    }
    const value = decode(segment.kind === 'rest' ? path.slice(index).join('/') : (path[index] ?? ''))
    if (segment.pattern !== null && !segment.pattern.test(value)) return null
    parameters[segment.name] = value
    if (segment.kind === 'rest') return parameters
  }
  return path.length > segments.length ? null : parameters
}

/** Percent-decodes, but leaves `%2F` as it is, as ASP.NET does. */
function decode(text: string): string {
  try {
    return text
      .split(/(%2f)/i)
      .map((part) => (/^%2f$/i.test(part) ? part : decodeURIComponent(part)))
      .join('')
  } catch {
    return text
  }
}
