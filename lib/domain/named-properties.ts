import { isNode } from './check-expression.ts'

/** Parts of a step whose context is a member of what they stand behind. */
const innerParts = new Set(['predicate', 'stages', 'group'])

/**
 * The properties of the directory user that a parsed expression names, as far as they can be read from it: names at the start of a path
 * whose context is the user. What a wildcard or `$lookup` reaches isn't known from the text: the configuration lists it (`properties`).
 */
export function namedProperties(ast: unknown): string[] {
  const names = new Set<string>()
  const seen = { outer: new Set<unknown>(), inner: new Set<unknown>() }

  const visit = (node: unknown, outer: boolean): void => {
    if (Array.isArray(node)) {
      for (const member of node) visit(member, outer)
      return
    }
    const visited = outer ? seen.outer : seen.inner
    if (!isNode(node) || node instanceof RegExp || visited.has(node)) return
    visited.add(node)
    if (node.type === 'path' && Array.isArray(node.steps)) visitSteps(node.steps, outer)
    for (const [part, child] of Object.entries(node)) if (part !== 'steps') visit(child, outer && !innerParts.has(part))
  }

  const visitSteps = (steps: readonly unknown[], outer: boolean): void => {
    let atUser = outer
    for (const step of steps) {
      if (!isNode(step)) continue
      if (step.type === 'variable' && step.value === '$') atUser = true
      else if (step.type !== 'variable' || step.value !== '') {
        if (atUser && step.type === 'name' && typeof step.value === 'string') names.add(step.value)
        visit(step, atUser && step.type !== 'name')
        atUser = false
        continue
      }
      visit(step, false)
    }
  }

  visit(ast, true)
  return [...names].filter((name) => /^[A-Za-z][A-Za-z0-9_]*$/.test(name)).sort()
}
