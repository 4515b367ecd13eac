import { randomBytes } from 'node:crypto'

/**
 * A password for a new account: 44 characters of `A-Z a-z 0-9 - _`, 264 random bits. WordPress refuses `\` in passwords;
 * base64url has none, and its 64 letters leave no bias. Nobody ever sees it: never log or return it.
 */
export function randomPassword(): string {
  return randomBytes(33).toString('base64url')
}
