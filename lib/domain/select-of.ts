/** Properties that are always read: what decides on a user, what the default mapping and the derivations use. */
export const baseProperties = [
  'id',
  'accountEnabled',
  'userType',
  'userPrincipalName',
  'mail',
  'otherMails',
  'identities',
  'displayName',
  'givenName',
  'surname',
  'jobTitle',
  'department',
  'preferredLanguage',
] as const

/** `$select` of every read: the base, what the expressions name and what the configuration adds; sorted, each once. */
export function selectOf(mapping: { properties: readonly string[] }, extra: readonly string[]): string[] {
  return [...new Set<string>([...baseProperties, ...mapping.properties, ...extra])].sort()
}
