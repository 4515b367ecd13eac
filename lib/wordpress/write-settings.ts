import * as z from 'zod'
import { companionNamespace } from '../domain/companion.ts'
import type { CompanionSettings } from '../domain/companion-settings.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'

const answerSchema = z.object({ hash: z.string() })

/** The same settings twice change nothing. A refusal in the plugin's own words is no fault of the site: everything else goes on. */
export async function writeSettings(rest: Rest, settings: CompanionSettings): Promise<boolean> {
  const answer = await rest.send({ method: 'PUT', route: `/${companionNamespace}/settings`, body: settings })
  const body = parseJson(answer.text)
  if ((answer.status === 400 || answer.status === 403) && parseErrorBody(body) !== null) return false
  const parsed = answerSchema.safeParse(body)
  if (answer.status !== 200 || !parsed.success) throw answer.fault()
  return parsed.data.hash === settings.hash
}
