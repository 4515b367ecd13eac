import type { GraphClient } from '../../../lib/graph/client.ts'

export type Script = { status?: number; body: unknown; bytes?: Uint8Array }
export type Sent = { url: string; body: object | null; headers: Record<string, string> }

export const origin = 'https://graph.example'
export const graphError = (status: number, code: string, message = ''): Script => ({
  status,
  body: { error: { code, message } },
})

/** A Graph that answers as it is told, for answers that the simulated directory never gives. `undefined` = not JSON. */
export function scriptedGraph(answer: (sent: Sent) => Script | undefined): { graph: GraphClient; sent: Sent[] } {
  const sent: Sent[] = []
  const give = async (url: string, body: object | null, headers: Record<string, string>) => {
    sent.push({ url, body, headers })
    const script = answer({ url, body, headers })
    return {
      status: script?.status ?? 200,
      retryAfter: null,
      body: script?.body,
      text: '',
      ...(script?.bytes && { bytes: script.bytes }),
    }
  }
  return {
    graph: {
      origin,
      get: (url, headers = {}) => give(url, null, headers),
      getBytes: (url) => give(url, null, {}),
      post: (url, body) => give(url, body, {}),
    },
    sent,
  }
}
