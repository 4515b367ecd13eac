import { hasCompanion } from './companion.ts'
import { placeOf, type CustomField } from './custom-field.ts'
import type { Capabilities } from './site-user.ts'

/**
 * Mapped fields that the site would not take: WordPress says "done" to meta that isn't registered, and keeps nothing. Where the companion
 * plugin is, it registers what it is told before anything is written.
 */
export function untakenFields(
  customs: readonly { field: CustomField }[],
  { meta, acf, companion }: Pick<Capabilities, 'meta' | 'acf' | 'companion'>,
): CustomField[] {
  const registers = companion !== null && hasCompanion({ companion }) && !companion.refused
  return customs
    .map(({ field }) => field)
    .filter((field) => {
      const { part, name } = placeOf(field)
      return part === 'meta' ? !registers && !meta.includes(name) : !acf.includes(name)
    })
}

/** The cure, for the status and the log. */
export function untakenMessage(fields: readonly CustomField[]): string {
  const names = (part: 'meta' | 'acf') =>
    fields.flatMap((field) => (placeOf(field).part === part ? [placeOf(field).name] : []))
  const [meta, acf] = [names('meta'), names('acf')]
  return [
    'The site takes no values for what the mapping names, so nobody who belongs there is written.',
    ...(meta.length > 0
      ? [
          `User meta that isn't registered for REST: ${meta.join(', ')}. Install the companion plugin, or register it with ` +
            "register_meta('user', …, ['single' => true, 'show_in_rest' => true]), or take it out of the mapping.",
        ]
      : []),
    ...(acf.length > 0
      ? [
          `ACF fields that the site doesn't show: ${acf.join(', ')}. Their field group must have a location rule for users and ` +
            '"Show in REST API" switched on; or take them out of the mapping.',
        ]
      : []),
  ].join(' ')
}
