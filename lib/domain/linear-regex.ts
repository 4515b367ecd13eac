import { RE2JS } from 're2js'
import type { Fuel } from './fuel.ts'

const compiled = new WeakMap<RegExp, RE2JS>()

/**
 * The pattern for an engine whose time is linear in the text (RE2's): JavaScript's own can take for ever.
 * @throws where the pattern needs what such an engine can't do: look-around and back-references
 */
export function linearPattern(pattern: RegExp): RE2JS {
  const known = compiled.get(pattern)
  if (known) return known
  const flags = (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (pattern.multiline ? RE2JS.MULTILINE : 0)
  const made = RE2JS.compile(RE2JS.translateRegExp(pattern.source), flags)
  compiled.set(pattern, made)
  return made
}

/** Stands in for `RegExp` inside one evaluation: as much of it as JSONata uses, each search paid for with the evaluation's fuel. */
export function linearRegexEngine(fuel: Fuel): RegExpConstructor {
  function LinearRegex(pattern: RegExp) {
    const program = linearPattern(pattern)
    return {
      lastIndex: 0,
      exec(text: string) {
        const from = this.lastIndex
        if (from > text.length) return null
        fuel.burn(1 + Math.ceil(((text.length - from + 1) * (8 + program.programSize())) / 8))
        const matcher = program.matcher(text)
        if (!matcher.find(from)) {
          this.lastIndex = 0
          return null
        }
        this.lastIndex = matcher.end()
        const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined)
        return Object.assign(groups, { index: matcher.start(), input: text })
      },
    }
  }
  return LinearRegex as unknown as RegExpConstructor
}
