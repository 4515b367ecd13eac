import { companionContract, companionNamespace, hasCompanion } from './companion.ts'
import type { Connection } from './connection.ts'
import { leavingReasons } from './leaving.ts'
import type { Capabilities } from './site-user.ts'

/** What an operator should know of the companion plugin: it is there and can't be used, or something that is configured needs it. Each with its cure. */
export function companionWarnings(
  { leaving }: Pick<Connection, 'leaving'>,
  { companion, multisite, namespaces }: Pick<Capabilities, 'companion' | 'multisite' | 'namespaces'>,
): string[] {
  const warnings: string[] = []
  if (companion === null && namespaces.includes(companionNamespace))
    warnings.push(
      'The companion plugin is active but refuses the sync’s account, so it is not used: give the account the role Entra Sync, or that of an administrator.',
    )
  if (companion && companion.contract > companionContract)
    warnings.push(
      `The companion plugin ${companion.version} is too new for this version (contract ${companion.contract}, known is ${companionContract}), so it is not used: update the app.`,
    )
  if (companion && companion.contract < companionContract)
    warnings.push(
      `The companion plugin ${companion.version} is too old for this version (contract ${companion.contract}, needed is ${companionContract}), so it is not used: update the plugin.`,
    )
  const deletes = leavingReasons.some((reason) => leaving[reason].action === 'delete' || leaving[reason].deleteAfter)
  if (multisite && deletes && !hasCompanion({ companion }))
    warnings.push(
      'The site is part of a multisite, where no account can be deleted over WordPress’ own REST API, and leaving says that accounts are deleted: ' +
        'install the companion plugin, or let leaving suspend. Until then each such deletion fails.',
    )
  return warnings
}
