import { AsyncLocalStorage } from 'node:async_hooks'
import type { TableClient } from '@azure/data-tables'

/** The deletes of one transaction as the SDK writes them into its body: request line, headers, `If-Match: *` among them. */
const deletes = /^(DELETE [^\r\n]* HTTP\/1\.1\r\n(?:[^\r\n]+\r\n)*?if-match: )[^\r\n]*/gim

/**
 * Transactions whose deletes hold for one ETag only. Tables know that, the SDK doesn't: its transactions delete a row however it is by
 * now (`submitTransaction` gives `deleteEntity` no options). So the ETags, in the order of the deletes, are set into the request
 * on its way out; a body that doesn't have a place for each is never sent.
 * https://learn.microsoft.com/rest/api/storageservices/delete-entity1#request-headers
 */
export function conditionalDeletes(
  client: TableClient,
): <T>(etags: readonly string[], work: () => Promise<T>) => Promise<T> {
  const underWay = new AsyncLocalStorage<readonly string[]>()
  client.pipeline.addPolicy({
    name: 'conditionalDeletes',
    sendRequest(request, next) {
      const etags = underWay.getStore() ?? []
      if (etags.length > 0) {
        let at = 0
        const plain = typeof request.body === 'string' ? request.body : ''
        const body = plain.replace(deletes, (_, before: string) => `${before}${etags[at++] ?? ''}`)
        if (at !== etags.length) throw new Error(`A transaction with ${at} deletes instead of ${etags.length}`)
        request.body = body
        // The SDK's own signing has set it already; it is no part of a table's signature.
        request.headers.set('Content-Length', String(Buffer.byteLength(body)))
      }
      return next(request)
    },
  })
  return (etags, work) => underWay.run(etags, work)
}
