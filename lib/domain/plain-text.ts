/**
 * The text that is left when WordPress has cleaned it: no tags, no percent-encoded octets, no control characters, white space
 * collapsed, entities as the characters they stand for. WordPress' own order of steps isn't stable (what one step leaves can be
 * a tag for the next), so every step is repeated here until nothing changes: what is sent is then kept as it is.
 * https://developer.wordpress.org/reference/functions/sanitize_text_field/
 */
export function plainLine(value: string): string {
  return untilStable(value, (text) => withoutOctets(trimmed(withoutTags(decoded(text)).replace(/[\r\n\t ]+/g, ' '))))
}

/** As {@link plainLine}, but lines and octets stay. https://developer.wordpress.org/reference/functions/wp_filter_kses/ */
export function plainText(value: string): string {
  return untilStable(value, (text) => trimmed(withoutTags(decoded(text)).replace(/\r\n?/g, '\n')))
}

/** Replaces lone surrogates, which have no UTF-8 form, and takes away the control characters that WordPress drops. */
export function wellFormed(value: string): string {
  // oxlint-disable-next-line no-control-regex -- these very characters are what wp_kses_no_null removes
  return value.replace(/\p{Surrogate}/gu, '\uFFFD').replace(/[\0-\x08\x0B\x0C\x0E-\x1F]/g, '')
}

/** As PHP's `trim`: no Unicode white space. */
export function trimmed(value: string): string {
  return value.replace(/^[ \t\n\r]+/, '').replace(/(?<![ \t\n\r])[ \t\n\r]+$/, '')
}

/** Takes away `%20` and the like, also those that only meet once one is gone. */
export function withoutOctets(value: string): string {
  if (!value.includes('%')) return value
  let kept = ''
  for (const character of value) {
    kept += character
    if (/%[0-9a-f]{2}$/i.test(kept.slice(-3))) kept = kept.slice(0, -3)
  }
  return kept
}

/** The length in the database: `&`, `<` and `>` are saved as entities, a character outside the BMP counts once. */
export function savedLength(value: string): number {
  let length = 0
  for (const character of value) length += character === '&' ? 5 : character === '<' || character === '>' ? 4 : 1
  return length
}

function withoutTags(value: string): string {
  if (!value.includes('<')) return value
  const kept: string[] = []
  const open: number[] = []
  for (const character of value) {
    if (character === '<') open.push(kept.length)
    const start = character === '>' ? open.pop() : undefined
    if (start === undefined) kept.push(character)
    else kept.length = start
  }
  return kept.join('')
}

function decoded(value: string): string {
  if (!value.includes('&')) return value
  return value
    .replace(/&(?:(?:amp|#0*38|#x0*26);)+/gi, '&')
    .replace(/&(lt|gt|quot);/g, (_, name: string) => ({ lt: '<', gt: '>' })[name] ?? '"')
    .replace(/&#(?:(\d{1,9})|x([\da-f]{1,8}));/gi, (entity, decimal?: string, hexadecimal?: string) => {
      const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
      return isCharacter(code) ? wellFormed(String.fromCodePoint(code)) : entity
    })
}

/** https://developer.wordpress.org/reference/functions/valid_unicode/ */
function isCharacter(code: number): boolean {
  return (
    code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff))
  )
}

function untilStable(value: string, step: (text: string) => string): string {
  let text = wellFormed(value)
  for (let round = 0; round < 8; round++) {
    const next = step(text)
    if (next === text) return text
    text = next
  }
  // Only a text made to resist gets here.
  return step(text.replace(/[<>&%]/g, ''))
}
