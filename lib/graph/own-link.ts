import { Terminal } from '../domain/faults.ts'
import type { GraphClient } from './client.ts'

/** A nextLink or deltaLink as it came: links are followed only to the Graph they came from. @throws Terminal `foreign-link` */
export function ownLink(graph: GraphClient, link: string, what: string): string {
  if (URL.parse(link)?.origin === graph.origin) return link
  throw new Terminal(
    'foreign-link',
    `A link of ${what} leads to another host than GRAPH_BASE_URL; the access token does not go there.`,
  )
}
