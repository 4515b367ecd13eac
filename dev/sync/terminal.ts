/** What a command writes to, and how it waits. Tests have their own. */
export type Terminal = {
  /** A line to stdout. */
  print(line: string): void
  /** A line to stderr. */
  complain(line: string): void
  /** A line on stderr that the next one writes over; nothing where stderr is no terminal. `''` ends it. */
  progress(line: string): void
  now(): number
  wait(milliseconds: number): Promise<void>
}

/** Text of the directory or the site, in one line: an escape sequence in somebody's name must not reach the terminal. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}
