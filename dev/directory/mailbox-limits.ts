import { type Answer, type Call, graphError } from './graph-answer.ts'
import type { DirectoryState } from './state.ts'

const window = 600_000
/** https://learn.microsoft.com/graph/throttling-limits, Outlook service limits: per app and mailbox. */
const concurrent = 4

const mailboxOf = (call: Call): string | null => /^\/users\/([^/]+)\/photo/.exec(call.path)?.[1]?.toLowerCase() ?? null

/** The steps of one `$batch` go to their mailboxes at once: the fifth at the same one is refused. */
export function crowdedMailbox(): (state: DirectoryState, call: Call) => Answer | null {
  const steps = new Map<string, number>()
  return (state, call) => {
    const mailbox = mailboxOf(call)
    if (mailbox === null) return null
    const count = (steps.get(mailbox) ?? 0) + 1
    steps.set(mailbox, count)
    return count > concurrent ? refused(state, 'Application is over its MailboxConcurrency limit.', '1') : null
  }
}

/** Counts a request to a mailbox; the refusal where its ten minutes are used up. */
export function chargeMailbox(state: DirectoryState, call: Call, now: number): Answer | null {
  const mailbox = mailboxOf(call)
  if (mailbox === null) return null
  const { mailboxes } = state
  if (now - mailboxes.start >= window) {
    mailboxes.start = now
    mailboxes.requests.clear()
  }
  const count = (mailboxes.requests.get(mailbox) ?? 0) + 1
  if (count > mailboxes.limit)
    return refused(
      state,
      'Application is over its request limit.',
      ((mailboxes.start + window - now) / 1000).toFixed(3),
    )
  mailboxes.requests.set(mailbox, count)
  return null
}

function refused(state: DirectoryState, message: string, retryAfter: string): Answer {
  state.counters.throttled++
  return graphError(429, 'ApplicationThrottled', message, { 'Retry-After': retryAfter })
}
