import * as z from 'zod'
import { companionContract, companionNamespace, type Companion } from '../domain/companion.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'
import type { Rest } from './rest.ts'

/** What the companion plugin tells of itself and the site. `multisite` null, `roles` empty: it doesn't, so core is asked. */
export type CompanionSite = { companion: Companion | null; multisite: boolean | null; roles: string[] }

const without: CompanionSite = { companion: null, multisite: null, roles: [] }

const companionSchema = z.object({
  version: z.string(),
  contract: z.number().int(),
  settingsHash: z
    .string()
    .nullish()
    .transform((hash) => hash ?? null),
})

const siteSchema = z.object({ multisite: z.boolean(), roles: z.array(z.object({ slug: z.string() })) })

/**
 * Asks the companion plugin, where the site's index names it. One that refuses the sync's account (it lacks the plugin's capability), or
 * whose contract is another, is as none: all else works without it, and the status tells.
 */
export async function readCompanion(rest: Rest, namespaces: readonly string[]): Promise<CompanionSite> {
  if (!namespaces.includes(companionNamespace)) return without
  const answer = await rest.send({ method: 'GET', route: `/${companionNamespace}/site` })
  const body = parseJson(answer.text)
  if (answer.status === 403 && parseErrorBody(body) !== null) return without
  if (answer.status !== 200 || body === undefined) throw answer.fault()
  const companion = companionSchema.safeParse(body)
  if (!companion.success) throw answer.unexpected("gave a companion plugin's answer that can't be read")
  if (companion.data.contract !== companionContract) return { ...without, companion: companion.data }
  const site = siteSchema.safeParse(body)
  if (!site.success) throw answer.unexpected("gave a companion plugin's answer that can't be read")
  const roles = site.data.roles.map(({ slug }) => slug)
  return { companion: companion.data, multisite: site.data.multisite, roles }
}
