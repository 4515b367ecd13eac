import type { FunctionsHost } from '../../dev/functions-host/start.ts'

/** Starts a function by hand, as the portal's "Test/Run" does; the host's answer is that it was started. */
export async function fireFunction(host: FunctionsHost, name: string, input = ''): Promise<number> {
  const answer = await fetch(`${host.url}/admin/functions/${name}`, {
    method: 'POST',
    headers: { 'x-functions-key': host.masterKey, 'content-type': 'application/json' },
    body: JSON.stringify({ input }),
  })
  return answer.status
}
