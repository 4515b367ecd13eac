import { createHash } from 'node:crypto'

/** Somebody, or a group, is assigned the app role of this value. */
type Assignment = { kind: 'user' | 'group'; id: string; value: string }

/** What was assigned at one moment, in a few kilobytes however many people there are. */
export type AppRoleMarks = {
  /** By the first two hex digits of people's ids: a hash of all that they are assigned. */
  people: ReadonlyMap<string, string>
  /** By a group's id. */
  groups: ReadonlyMap<string, string>
}

/** The marks of these assignments, whatever their order and however often each comes. */
export function marksOf(assignments: Iterable<Assignment>): AppRoleMarks {
  const lines = { user: new Map<string, Set<string>>(), group: new Map<string, Set<string>>() }
  for (const { kind, id, value } of assignments) {
    const key = kind === 'user' ? id.slice(0, 2) : id
    const known = lines[kind].get(key) ?? new Set()
    lines[kind].set(key, known.add(`${id} ${value}`))
  }
  return { people: hashed(lines.user), groups: hashed(lines.group) }
}

/** Where two of them differ: beginnings of people's ids, and groups. */
export function differences(before: AppRoleMarks, after: AppRoleMarks): { prefixes: string[]; groups: string[] } {
  return { prefixes: differing(before.people, after.people), groups: differing(before.groups, after.groups) }
}

export function writeMarks({ people, groups }: AppRoleMarks): string {
  return [...people, ...groups].map(([key, hash]) => `${key}=${hash}`).join(' ')
}

export function readMarks(text: string): AppRoleMarks {
  const pairs = text.split(' ').flatMap((pair): [string, string][] => {
    const [key = '', hash = ''] = pair.split('=')
    return key === '' ? [] : [[key, hash]]
  })
  return {
    people: new Map(pairs.filter(([key]) => key.length === 2)),
    groups: new Map(pairs.filter(([key]) => key.length !== 2)),
  }
}

function hashed(lines: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string> {
  const keys = [...lines.keys()].sort()
  return new Map(
    keys.map((key) => {
      const all = [...(lines.get(key) ?? [])].sort().join('\n')
      return [key, createHash('sha256').update(all).digest('hex').slice(0, 8)]
    }),
  )
}

function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort()
}
