/** 64 KiB encoded: https://learn.microsoft.com/rest/api/storageservices/put-message */
const longestMessage = 64 * 1024

/** Base64 of a message's text; null where it would not fit into a message. */
export function encodeMessage(text: string): string | null {
  const encoded = Buffer.from(text, 'utf8').toString('base64')
  return encoded.length <= longestMessage ? encoded : null
}

/** The text behind a received message; null where it is no base64 of UTF-8: somebody else put it there. */
export function decodeMessage(encoded: string): string | null {
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'))
  } catch {
    return null
  }
}
