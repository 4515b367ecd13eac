import type { PhotoTarget } from '../domain/photo.ts'

/**
 * Where avatars can be written to, in the order in which it is done. The companion serves the other plugins itself.
 * @param companion whether it is there, in a version that this one knows
 * @param properties of a user, as the site's schema names them: Simple Local Avatars has a field there and no route
 */
export function photoTargetsOf(
  companion: boolean,
  namespaces: readonly string[],
  properties: Readonly<Record<string, unknown>>,
): PhotoTarget[] {
  if (companion) return ['companion']
  const targets: PhotoTarget[] = []
  if ('simple_local_avatar' in properties) targets.push('simple-local-avatars')
  if (namespaces.includes('buddyboss/v1')) targets.push('buddyboss')
  else if (buddyPressNamespace(namespaces) !== null) targets.push('buddypress')
  return targets
}

/** The newest version of its routes: v2 from 15.0 on. */
export function buddyPressNamespace(namespaces: readonly string[]): string | null {
  return ['buddypress/v2', 'buddypress/v1'].find((name) => namespaces.includes(name)) ?? null
}
