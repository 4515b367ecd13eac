import { linearPattern } from './linear-regex.ts'
import { nearest } from './nearest.ts'

/** The built-in functions that an expression may call. */
export const allowedFunctions: ReadonlySet<string> = new Set(
  (
    'string length substring substringBefore substringAfter uppercase lowercase trim pad contains split join match replace ' +
    'base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl number abs floor ceil round power sqrt ' +
    'formatBase sum max min average boolean not exists count append sort reverse distinct zip keys lookup spread merge sift each ' +
    'error assert type map filter single reduce'
  ).split(' '),
)

const refused: Record<string, string> = {
  eval: 'it runs text as code',
  now: 'the same user must always give the same account',
  millis: 'the same user must always give the same account',
  random: 'the same user must always give the same account',
  shuffle: 'the same user must always give the same account',
  toMillis: 'it fills gaps with the time of day',
  fromMillis: 'its picture can ask for any amount of work; cut a date with $substring',
  formatNumber: 'its picture can ask for any amount of work; fill a number up with $pad',
  formatInteger: 'its picture can ask for any amount of work; fill a number up with $pad',
  parseInteger: 'its picture can ask for any amount of work; use $number',
  clone: 'a mapping makes texts only',
}

export type ExpressionFault = { message: string; position: number }

type Node = Record<string, unknown>

/** Everything in a parsed expression that a mapping may not use; names that nothing defines among them. */
export function checkExpression(ast: unknown): ExpressionFault[] {
  const faults: ExpressionFault[] = []
  const nodes = allNodes(ast)
  const defined = new Set(nodes.flatMap(definedBy))
  for (const node of nodes) {
    const message = nodeFault(node, defined)
    if (message !== null) faults.push({ message, position: typeof node.position === 'number' ? node.position : 0 })
  }
  return faults
}

function nodeFault(node: Node, defined: ReadonlySet<string>): string | null {
  if (node.type === 'transform') return 'the transform operator |…| is not available: a mapping makes texts only'
  if (node.type === 'regex' && node.value instanceof RegExp) {
    try {
      linearPattern(node.value)
    } catch {
      return 'the regular expression uses look-around, a back-reference or too many repeats, which could take for ever'
    }
  }
  if (node.type !== 'variable' || typeof node.value !== 'string') return null
  const name = node.value
  const reason = Object.hasOwn(refused, name) ? refused[name] : undefined
  if (reason !== undefined) return `$${name} is not available: ${reason}`
  if (name === '' || name === '$' || allowedFunctions.has(name) || defined.has(name)) return null
  return `there is no $${name}${nearest(name, [...defined, ...allowedFunctions], (near) => `; did you mean $${near}?`)}`
}

/** Names that the node binds: `:=`, parameters, `@$x` and `#$i`. */
function definedBy(node: Node): string[] {
  const names = [node.focus, node.index]
  if (node.type === 'bind' && isNode(node.lhs)) names.push(node.lhs.value)
  if (node.type === 'lambda' && Array.isArray(node.arguments))
    names.push(...node.arguments.map((argument: unknown) => (isNode(argument) ? argument.value : undefined)))
  return names.filter((name) => typeof name === 'string')
}

function allNodes(ast: unknown): Node[] {
  const seen = new Set<object>()
  const open: unknown[] = [ast]
  const nodes: Node[] = []
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next !== 'object' || next === null || next instanceof RegExp || seen.has(next)) continue
    seen.add(next)
    if (isNode(next) && typeof next.type === 'string') nodes.push(next)
    open.push(...Object.values(next))
  }
  return nodes
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
