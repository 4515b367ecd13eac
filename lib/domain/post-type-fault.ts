import { nearest } from './nearest.ts'
import { customsOf, type PostPolicy } from './post-mapping.ts'
import { postTexts, type PostType } from './post.ts'

/**
 * Why posts of this type can't be written as configured, with the cure; null where they can.
 * @param type as the site says; null = it has none by this name that is open
 * @param known all types that are
 */
export function postTypeFault(policy: PostPolicy, type: PostType | null, known: readonly string[]): string | null {
  const name = `"${policy.type}"`
  if (type === null)
    return (
      `The site has no post type ${name} that is open to the REST API and to the sync’s account.${nearest(policy.type, known, (near) => ` Did you mean "${near}"?`)} ` +
      `It has: ${known.join(', ')}. Register the type with show_in_rest, or correct "type" in posts.`
    )
  const faults: string[] = []
  if (type.lacks.length > 0)
    faults.push(`The sync’s account lacks ${type.lacks.join(', ')}, which posts of the type ${name} need.`)
  const texts = postTexts.filter(
    (field) => !type.texts.includes(field) && policy.targets.some((one) => one.field === field),
  )
  if (texts.length > 0)
    faults.push(`Posts of the type ${name} have no ${texts.join(', ')}: add it to "supports", or take it out of posts.`)
  const meta = customsOf(policy, 'meta').filter((key) => !type.meta.includes(key))
  if (meta.length > 0)
    faults.push(
      `Post meta that isn’t registered for REST: ${meta.join(', ')}. The type ${name} must support "custom-fields", and each key needs ` +
        `register_post_meta('${policy.type}', …, ['single' => true, 'show_in_rest' => true]).`,
    )
  const acf = customsOf(policy, 'acf').filter((field) => !type.acf.includes(field))
  if (acf.length > 0)
    faults.push(
      `ACF fields that posts of the type ${name} don’t show: ${acf.join(', ')}. Their field group must have a location rule for the type, and ` +
        '"Show in REST API" switched on.',
    )
  return faults.length === 0 ? null : faults.join(' ')
}
