import type { DequeuedMessageItem } from '@azure/storage-queue'
import type { TypedData } from './core-types.ts'
import type { QueueOptions } from './host-json.ts'

/** The message's text, or null where it is not base64 though host.json wants that: no function ever sees such a message. */
export function decodeMessage(raw: string, encoding: QueueOptions['messageEncoding']): string | null {
  if (encoding === 'none') return raw
  const compact = raw.replace(/\s/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) return null
  return Buffer.from(compact, 'base64').toString('utf8')
}

/**
 * What a queue-triggered function finds in `context.triggerMetadata`. The fields of a JSON body come last and overwrite the message's own
 * (`id`, `dequeueCount`, `popReceipt`), as on the real host.
 */
export function triggerMetadata(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const json = (value: unknown): TypedData => ({ json: JSON.stringify(value) })
  return byCamelCase({
    QueueTrigger: { string: text },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    DequeueCount: json(message.dequeueCount),
    InsertionTime: json(message.insertedOn),
    ExpirationTime: json(message.expiresOn),
    NextVisibleTime: json(message.nextVisibleOn),
    ...bodyFields(text),
  })
}

/** Top-level fields of a JSON object: objects as they are, the rest as text; no arrays, no nulls. */
function bodyFields(text: string): Record<string, TypedData> {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return {}
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return {}
  const fields: Record<string, TypedData> = {}
  for (const [name, value] of Object.entries(body as Record<string, unknown>)) {
    if (value === null || Array.isArray(value)) continue
    // .NET writes booleans as True and False.
    if (typeof value === 'boolean') fields[name] = { string: value ? 'True' : 'False' }
    else fields[name] = typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) }
  }
  return fields
}

/** The library camel-cases the keys: of two that then are equal the later one wins, wherever the earlier one stood. */
function byCamelCase(metadata: Record<string, TypedData>): Record<string, TypedData> {
  const merged: Record<string, TypedData> = {}
  for (const [key, value] of Object.entries(metadata)) merged[key.charAt(0).toLowerCase() + key.slice(1)] = value
  return merged
}
