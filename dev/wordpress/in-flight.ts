/** Counts what is under way at a time. */
export function countInFlight() {
  let now = 0
  let most = 0
  return {
    /** One more; call what it answers once that one is over, as often as you like. */
    begin(): () => void {
      let over = false
      most = Math.max(most, ++now)
      return () => {
        if (!over) now -= 1
        over = true
      }
    },
    most: () => most,
    reset: () => void (most = now),
  }
}
