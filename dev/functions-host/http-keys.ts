import { timingSafeEqual } from 'node:crypto'
import type { AuthLevel } from './function-definitions.ts'

export type HostKeys = {
  /** Opens everything, `/admin` too. */ master: string
  /** Opens functions of level `function`. */ host: string
}

/** The key that a request brings. The header wins even when it is wrong; null where there is none. */
export function requestKey(headers: NodeJS.Dict<string | string[]>, query: URLSearchParams): string | null {
  const header = headers['x-functions-key']
  return (Array.isArray(header) ? header[0] : header) ?? query.get('code')
}

export function isAllowed(level: AuthLevel, key: string | null, keys: HostKeys): boolean {
  if (level === 'anonymous') return true
  if (key === null) return false
  return isEqual(key, keys.master) || (level === 'function' && isEqual(key, keys.host))
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
