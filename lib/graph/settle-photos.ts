import { RetryLater, Terminal } from '../domain/faults.ts'
import {
  classifyGraphFault,
  graphErrorCode,
  graphErrorNames,
  graphErrorSays,
  type Asked,
} from './classify-graph-fault.ts'
import type { GraphAnswer } from './client.ts'

/**
 * Codes that say "no photo", for Exchange, the profile service and the directory each have their own. A mailbox that isn't there has none.
 * https://learn.microsoft.com/graph/api/profilephoto-get
 */
const none =
  /^(ImageNotFound(Exception)?|.*\.ImageNotFoundException|ErrorItemNotFound|ItemNotFound|ErrorNonExistentMailbox|MailboxNotEnabledForRESTAPI|MailboxNotSupportedForRESTAPI|(User|Profile)?PhotoNotFound|ConsumerPhotoIsNotSupported|ProfileNotFound(Exception)?|ResourceNotFound)$/i

/** The tenant has no mailboxes (Azure AD B2C). https://github.com/microsoftgraph/microsoft-graph-docs/issues/12219, #8877 */
const unsupportedText = /OrganizationFromTenantGuidNotFound/
const unsupportedCode = /^AuthenticationError$/i

/** `absent`: nothing is known of this person, and nothing follows from it. */
export type PhotoOutcome<T> =
  | { kind: 'photo'; value: T }
  | { kind: 'none' }
  | { kind: 'later'; fault: RetryLater }
  | { kind: 'absent' }
  /** One mailbox may say so, or all of them. */
  | { kind: 'barred'; fault: Terminal }

/** What an answer about one person's photo means. `read`: of a 200; null = it can't be read. @throws Terminal that is nobody's own */
export function settlePhoto<T>(
  answer: GraphAnswer | RetryLater | undefined,
  id: string,
  asked: Asked,
  read: (answer: GraphAnswer) => PhotoOutcome<T>,
): PhotoOutcome<T> {
  if (answer === undefined || answer instanceof RetryLater)
    return { kind: 'later', fault: answer ?? new RetryLater(`There is no answer to ${asked.what}.`, null) }
  const { status, body } = answer
  if (status === 200) return read(answer)
  const code = graphErrorCode(body)
  if (graphErrorSays(body, unsupportedText)) throw unsupported(status, code)
  if (unsupportedCode.test(code ?? '')) return { kind: 'barred', fault: unsupported(status, code) }
  // A step of a `$batch` may say it with a bare 404. https://github.com/microsoftgraph/microsoft-graph-docs/issues/1524
  if (none.test(code ?? '') || (status === 404 && body === null)) return { kind: 'none' }
  if (status === 404 && code === 'Request_ResourceNotFound')
    return graphErrorNames(body, id) ? { kind: 'absent' } : { kind: 'none' }
  const fault = classifyGraphFault(answer, asked, Date.now())
  if (fault instanceof RetryLater) return { kind: 'later', fault }
  if (!(fault instanceof Terminal)) return { kind: 'absent' }
  // Mailboxes can be closed to an app one by one. https://learn.microsoft.com/exchange/permissions-exo/application-rbac
  if (fault.reason === 'permission-missing' && code !== 'Authorization_RequestDenied') return { kind: 'barred', fault }
  if (fault.reason === 'graph-refused') return { kind: 'absent' }
  throw fault
}

/** People who say together what one of them alone does not. */
const enough = 20

/** The outcomes by person. Where of many nobody could be told of, and some are barred, it is nobody's own trouble. @throws Terminal */
export function gatherPhotos<T>(
  outcomes: ReadonlyMap<string, PhotoOutcome<T>>,
  defaultWait: number,
): { found: Map<string, T | null>; later: Map<string, number> } {
  const found = new Map<string, T | null>()
  const later = new Map<string, number>()
  let barred: Terminal | null = null
  for (const [id, outcome] of outcomes) {
    if (outcome.kind === 'photo') found.set(id, outcome.value)
    else if (outcome.kind === 'none') found.set(id, null)
    else if (outcome.kind === 'later') later.set(id, outcome.fault.after ?? defaultWait)
    else if (outcome.kind === 'barred') barred ??= outcome.fault
  }
  if (barred && outcomes.size >= enough && found.size === 0 && later.size === 0) throw barred
  return { found, later }
}

function unsupported(status: number, code: string | null): Terminal {
  const message =
    `Graph answered ${status}${code === null ? '' : ` ${code}`} to the photo of a person: this tenant has none (Azure AD B2C tenants never have). ` +
    'Take photos out of its connection in SYNC_CONFIG.'
  return new Terminal('photos-not-supported', message)
}
