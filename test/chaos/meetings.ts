/** Two processes at the same I/O at the same time: whoever comes first waits for the other, not for ever. */
export type Meetings = {
  /**
   * The next call of this name waits for one of another host, at most so many milliseconds. Resolves with the host that came first, or
   * null where none did in that time.
   */
  arrange(point: string, patience: number): Promise<number | null>
  arrive(host: number, point: string): Promise<void>
}

type Meeting = { patience: number; first: { host: number; go: () => void } | null; tell: (host: number | null) => void }

export function createMeetings(): Meetings {
  const open = new Map<string, Meeting>()
  return {
    arrange: (point, patience) =>
      new Promise((tell) => {
        open.get(point)?.tell(null)
        const meeting: Meeting = { patience, first: null, tell }
        open.set(point, meeting)
        setTimeout(() => {
          if (meeting.first || open.get(point) !== meeting) return
          open.delete(point)
          tell(null)
        }, patience)
      }),
    async arrive(host, point) {
      const meeting = open.get(point)
      if (!meeting || meeting.first?.host === host) return
      if (meeting.first) {
        open.delete(point)
        return meeting.first.go()
      }
      await new Promise<void>((go) => {
        meeting.first = { host, go }
        meeting.tell(host)
        setTimeout(() => {
          if (open.get(point) === meeting) open.delete(point)
          go()
        }, meeting.patience)
      })
    },
  }
}
