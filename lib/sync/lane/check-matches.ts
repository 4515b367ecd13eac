import { SiteFault } from '../../domain/faults.ts'
import type { Case } from './case.ts'
import type { Lane } from './lane.ts'

/** So many accounts under other logins, and more than this part of those read, are no accident. */
const fewest = 10
const tolerated = 0.01

/**
 * A linked id that shows another login is that user's refusal. Many of them mean that ids belong to strangers now (a restored backup,
 * another site behind the address): then nothing at all may be written.
 * @param matches what this run has seen so far; grows
 * @throws SiteFault
 */
export function checkMatches(
  matches: Lane['matches'],
  cases: readonly Pick<Case, 'link' | 'account' | 'plan'>[],
): void {
  for (const { link, account, plan } of cases) {
    if (link.wordpressId === null || !account) continue
    matches.checked++
    if (plan.verb === 'refuse' && plan.reason === 'login-mismatch') matches.wrong++
  }
  if (matches.wrong < fewest || matches.wrong <= matches.checked * tolerated) return
  throw new SiteFault(
    'login-mismatch',
    `${matches.wrong} of ${matches.checked} accounts have another login than the one they were linked with. Was the site restored from a backup, or does WORDPRESS_URL name another site? Nothing is written until the logins are right again, or the links of this site are removed from the table Links.`,
  )
}
