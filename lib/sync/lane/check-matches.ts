import { SiteFault } from '../../domain/faults.ts'
import type { Case } from './case.ts'
import type { Lane } from './lane.ts'

/** More than this part of the accounts under other logins is no accident. */
const tolerated = 0.01

/**
 * A linked id that shows another login is that user's refusal. Several of them, and more than one in a hundred, mean that ids belong
 * to strangers now (a restored backup, another site behind the address): then nothing at all may be written.
 * @throws SiteFault
 */
export function checkMatches(lane: Lane, cases: readonly Case[]): void {
  const { matches } = lane
  for (const { link, account, plan } of cases) {
    if (link.wordpressId === null || !account) continue
    matches.checked++
    if (plan.verb === 'refuse' && plan.reason === 'login-mismatch') matches.wrong++
  }
  if (matches.wrong < 2 || matches.wrong <= matches.checked * tolerated) return
  throw new SiteFault(
    'login-mismatch',
    `${matches.wrong} of ${matches.checked} accounts have another login than the one they were linked with. Was the site restored from a backup, or does WORDPRESS_URL name another site? Nothing is written until the logins are right again, or the links of this site are removed from the table Links.`,
  )
}
