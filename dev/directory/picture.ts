import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

/** A square PNG of one colour, which `look` chooses: a picture that any program opens. https://www.w3.org/TR/png */
export function pngOf(edge: number, look: string): Uint8Array {
  const colour = createHash('sha256').update(look).digest().subarray(0, 3)
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: edge }, () => colour)])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(edge, 0)
  header.writeUInt32BE(edge, 4)
  header.set([8, 2, 0, 0, 0], 8) // eight bits a colour, RGB
  const pixels = deflateSync(Buffer.concat(Array.from({ length: edge }, () => row)))
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const framed = Buffer.alloc(named.length + 8)
  framed.writeUInt32BE(content.length, 0)
  named.copy(framed, 4)
  framed.writeUInt32BE(crc32(named), named.length + 4)
  return framed
}

/** The smallest GIF: an image that is neither JPEG nor PNG. */
export const gifOf = (): Uint8Array => Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
