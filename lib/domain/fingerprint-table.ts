/** What a full enumeration knows of the links: who has one, and what it was last settled for. */
export type FingerprintTable = {
  readonly size: number
  has(objectId: string): boolean
  /** True where the link was settled for exactly this fingerprint and no intent is open: nothing can have to be done. */
  matches(objectId: string, fingerprint: string): boolean
  /** True once a link, then false: an enumeration repeats entries, and a person must not be counted twice. */
  firstSight(objectId: string): boolean
}

const rowWords = 6
const rowsPerChunk = 8192
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const digits = /^[0-9a-f]{16}$/i

/**
 * Loads the fingerprints of a connection's links, in any order; of an id that comes twice the last one counts. Takes 24 bytes a link
 * and a bit (16 of the id, 8 of the fingerprint; 28 where the stream isn't in id order), in chunks: growing never copies what is there.
 * Ids that are no GUIDs are kept beside.
 */
export async function loadFingerprints(
  links: AsyncIterable<{ objectId: string; fingerprint: string | null; intentOpen: boolean }>,
): Promise<FingerprintTable> {
  const chunks: Uint32Array[] = []
  const others = new Map<string, string | null>()
  let rows = 0
  let inOrder = true

  const word = (row: number, offset: number) =>
    chunks[Math.floor(row / rowsPerChunk)]?.[(row % rowsPerChunk) * rowWords + offset] ?? 0
  const compare = (row: number, id: readonly number[]) => {
    for (let offset = 0; offset < 4; offset++) {
      const difference = word(row, offset) - (id[offset] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  for await (const { objectId, fingerprint, intentOpen } of links) {
    // All zeros stands for "never matches": a real one of that value only costs its user a look.
    const known = !intentOpen && fingerprint !== null && digits.test(fingerprint) ? fingerprint : null
    if (!guid.test(objectId)) {
      others.set(objectId, known?.toLowerCase() ?? null)
      continue
    }
    const id = words(objectId.replace(/-/g, ''))
    if (inOrder && rows > 0 && compare(rows - 1, id) >= 0) inOrder = false
    if (rows % rowsPerChunk === 0) chunks.push(new Uint32Array(rowsPerChunk * rowWords))
    chunks.at(-1)?.set([...id, ...words(known ?? '0000000000000000')], (rows % rowsPerChunk) * rowWords)
    rows++
  }

  const order = inOrder ? null : sorted(rows, word)

  /** The last row of the id, or −1. */
  const find = (objectId: string): number => {
    const id = words(objectId.replace(/-/g, ''))
    let low = 0
    let high = rows
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(order?.[middle] ?? middle, id) <= 0) low = middle + 1
      else high = middle
    }
    const row = low === 0 ? -1 : (order?.[low - 1] ?? low - 1)
    return row >= 0 && compare(row, id) === 0 ? row : -1
  }

  const seen = new Uint8Array(Math.ceil(rows / 8))
  const seenOthers = new Set<string>()

  return {
    size: rows + others.size,
    has: (objectId) => (guid.test(objectId) ? find(objectId) >= 0 : others.has(objectId)),
    matches(objectId, fingerprint) {
      if (!digits.test(fingerprint)) return false
      if (!guid.test(objectId)) return others.get(objectId) === fingerprint.toLowerCase()
      const row = find(objectId)
      if (row < 0) return false
      const [high, low] = words(fingerprint)
      return (high !== 0 || low !== 0) && word(row, 4) === high && word(row, 5) === low
    },
    firstSight(objectId) {
      const row = guid.test(objectId) ? find(objectId) : -1
      if (row < 0) {
        const known = seenOthers.has(objectId)
        seenOthers.add(objectId)
        return !known
      }
      const [byte, bit] = [row >> 3, 1 << (row & 7)]
      const first = ((seen[byte] ?? 0) & bit) === 0
      seen[byte] = (seen[byte] ?? 0) | bit
      return first
    },
  }
}

function sorted(rows: number, word: (row: number, offset: number) => number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) => {
    for (let offset = 0; offset < 4; offset++) {
      const difference = word(a, offset) - word(b, offset)
      if (difference !== 0) return difference
    }
    return a - b
  })
}

/** Hex digits as 32-bit words. */
function words(hexadecimal: string): number[] {
  const result: number[] = []
  for (let start = 0; start < hexadecimal.length; start += 8)
    result.push(Number.parseInt(hexadecimal.slice(start, start + 8), 16))
  return result
}
