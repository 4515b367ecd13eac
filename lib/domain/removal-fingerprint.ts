import { createHash } from 'node:crypto'

/**
 * The fingerprint of somebody who is soft-deleted, or whom the directory doesn't know any more, and for whom everything is done: an
 * enumeration or a sweep that meets them again asks for nothing. It depends on the configuration, so another policy looks at them again.
 */
export function removedFingerprint(configurationHash: string, how: 'deleted' | 'absent' = 'deleted'): string {
  const what = how === 'deleted' ? 'removed' : 'absent'
  return createHash('sha256').update(`${what}\n${configurationHash}`).digest('hex').slice(0, 16)
}
