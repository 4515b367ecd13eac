import { createHash } from 'node:crypto'

/**
 * The fingerprint of somebody who was soft-deleted and for whom everything is done: an enumeration or a sweep that meets them again asks
 * for nothing. It depends on the configuration, so another policy looks at them again.
 */
export function removedFingerprint(configurationHash: string): string {
  return createHash('sha256').update(`removed\n${configurationHash}`).digest('hex').slice(0, 16)
}
