import { hasCompanion } from '../../domain/companion.ts'
import { companionSettings } from '../../domain/companion-settings.ts'
import type { Connection } from '../../domain/connection.ts'
import { untakenFields } from '../../domain/untaken-fields.ts'
import type { Case, LookResult } from './case.ts'
import { askAgain } from './create-lane.ts'
import type { Lane } from './lane.ts'

/**
 * Before anything is planned for the mapped meta and ACF fields: the companion plugin is told which there are, and where the site takes one
 * of them not, whoever belongs there waits, with everything of theirs. WordPress would say "done", and the value would be lost. Who
 * leaves is not kept waiting, and other connections are not either.
 */
export async function readyFields(
  lane: Lane,
  connection: Connection,
  cases: readonly Case[],
  results: Map<string, LookResult>,
): Promise<Case[]> {
  if (!cases.some(({ look }) => look.dryRun)) await keepSettings(lane)
  const untaken = untakenFields(connection.mapping.customs, await lane.capabilities())
  if (untaken.length === 0) return [...cases]
  const { context, settings } = lane
  const waiting = cases.filter(({ standing }) => standing.kind === 'here')
  context.log('error', 'the site does not take mapped fields', {
    ...{ site: settings.id, connection: connection.id, fields: untaken.join(', '), people: waiting.length },
  })
  // Whatever the cure is, the next run is to find it.
  askAgain(settings)
  for (const { look } of waiting) results.set(look.objectId, { kind: 'put-back', after: context.timings.breakerMax })
  return cases.filter((one) => !waiting.includes(one))
}

/** Keeps the companion plugin's settings in step with the configuration: a request only where they differ. */
async function keepSettings(lane: Lane): Promise<void> {
  const { context, settings, site } = lane
  const capabilities = await lane.capabilities()
  const { companion } = capabilities
  if (!companion || companion.refused || !hasCompanion(capabilities)) return
  const heirs = context.connections.flatMap(({ site: own, reassignTo }) =>
    own.id === settings.id && reassignTo !== null ? [reassignTo] : [],
  )
  const wanted = companionSettings(settings, heirs)
  if (companion.settingsHash === wanted.hash) return
  if (await site.writeSettings(wanted)) companion.settingsHash = wanted.hash
  else {
    companion.refused = true
    context.log('error', 'the companion plugin refused its settings', { site: settings.id, hash: wanted.hash })
  }
  await context.stores.sites.writeCapabilities(settings.id, capabilities, context.now())
}
