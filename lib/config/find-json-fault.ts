/** What is wrong with a JSON text, with its line and column from 1; null = nothing. It quotes nothing of the text but keys. */
export function findJsonFault(text: string): string | null {
  const token =
    // oxlint-disable-next-line no-control-regex -- JSON texts hold none unescaped
    /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\0-\x1F]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.]))/y
  let end = 0
  const fault = (message: string, at: number) => {
    const lines = text.slice(0, at).split('\n')
    return new JsonFault(`${message}, line ${lines.length} column ${(lines.at(-1) ?? '').length + 1}`)
  }
  const next = (wanted: string): { mark?: string | undefined; key?: string | undefined; scalar: boolean } => {
    token.lastIndex = end
    const match = token.exec(text)
    if (!match) {
      const at = end + (/^[ \t\r\n]*/.exec(text.slice(end))?.[0].length ?? 0)
      throw fault(
        at === text.length ? `the text ends where ${wanted} should be` : `${wanted} is missing or not valid`,
        at,
      )
    }
    end = token.lastIndex
    return { mark: match[1], key: match[2], scalar: match[1] === undefined }
  }
  const expected = (wanted: string) => fault(`${wanted} is missing or not valid`, end - 1)

  const value = (first = next('a value')): void => {
    if (first.scalar) return
    if (first.mark === '{') return members('}', object)
    if (first.mark === '[') return members(']', () => (entry) => value(entry))
    throw expected('a value')
  }
  const members = (close: string, start: () => (entry: ReturnType<typeof next>) => void) => {
    const member = start()
    let entry = next(close === '}' ? 'a key in double quotes' : 'a value')
    if (entry.mark === close) return
    for (;;) {
      member(entry)
      const { mark } = next(`a comma or ${close}`)
      if (mark === close) return
      if (mark !== ',') throw expected(`a comma or ${close}`)
      entry = next(close === '}' ? 'a key in double quotes' : 'a value')
    }
  }
  const object = () => {
    const keys = new Set<string>()
    return ({ key }: ReturnType<typeof next>) => {
      if (key === undefined) throw expected('a key in double quotes')
      if (keys.has(key)) throw fault(`the key ${key} stands there twice`, end - key.length)
      keys.add(key)
      if (next('a colon').mark !== ':') throw expected('a colon')
      value()
    }
  }

  try {
    value()
    return text.slice(end).trim() === '' ? null : fault('the text goes on after its end', end).message
  } catch (error) {
    if (error instanceof JsonFault) return error.message
    if (error instanceof RangeError) return 'it is nested too deeply'
    throw error
  }
}

class JsonFault extends Error {}
