import { z } from 'zod'
import { type Answer, graphError } from './graph-answer.ts'

export const groupKindSchema = z.enum(['security', 'm365'])

/** `user.{property} -eq "{equals}"`: nobody else is a member, and nobody is one by hand. */
const ruleSchema = z.strictObject({ property: z.string().min(1), equals: z.string().min(1) })

const visibilitySchema = z.enum(['Public', 'Private', 'HiddenMembership'])

export const groupSchema = z.strictObject({
  id: z.string(),
  displayName: z.string(),
  kind: groupKindSchema,
  /** `HiddenMembership`: without Member.Read.Hidden, which nobody has here, its members are not shown. */
  visibility: visibilitySchema.nullable(),
  /** Of a dynamic group, which can be of either kind; null = its members are chosen by hand. */
  rule: ruleSchema.nullable(),
  createdDateTime: z.string(),
})
export type Group = z.infer<typeof groupSchema>

export const newGroupSchema = z.strictObject({
  id: z.guid().optional(),
  displayName: z.string().min(1),
  kind: groupKindSchema.default('security'),
  visibility: visibilitySchema.nullable().default(null),
  rule: ruleSchema.nullable().default(null),
  /** Object ids of people and groups. */
  members: z.array(z.string()).default([]),
})

const properties: Record<string, (group: Group) => unknown> = {
  id: ({ id }) => id,
  displayName: ({ displayName }) => displayName,
  description: () => null,
  createdDateTime: ({ createdDateTime }) => createdDateTime,
  groupTypes: ({ kind, rule }) => [...(kind === 'm365' ? ['Unified'] : []), ...(rule ? ['DynamicMembership'] : [])],
  mailEnabled: ({ kind }) => kind === 'm365',
  mailNickname: ({ id }) => id.slice(0, 8),
  securityEnabled: ({ kind }) => kind === 'security',
  membershipRule: ({ rule }) => rule && `user.${rule.property} -eq "${rule.equals}"`,
  membershipRuleProcessingState: ({ rule }) => rule && 'On',
  visibility: ({ visibility }) => visibility,
}

/** The properties of `$select`, all without it, or the error that Graph answers. Only delta takes the relation `members`. */
export function groupSelection(query: URLSearchParams, on: 'single' | 'delta'): string[] | { error: Answer } {
  const text = query.get('$select')
  const all = [...Object.keys(properties), ...(on === 'delta' ? ['members'] : [])]
  if (text === null || text.trim() === '') return all
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !all.includes(name))
  if (unknown === undefined) return [...new Set(['id', ...names])]
  return {
    error: graphError(
      400,
      'Request_BadRequest',
      `Could not find a property named '${unknown}' on type 'microsoft.graph.group'.`,
    ),
  }
}

/** A group as its own page and lists show it; names of other types of object are passed over. */
export function projectGroup(group: Group, names: readonly string[]): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const name of names) {
    const read = properties[name]
    if (read) shown[name] = read(group)
  }
  return shown
}
