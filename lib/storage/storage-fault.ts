import { Conflict, RetryLater, Terminal } from '../domain/faults.ts'

/** What the SDKs of queues and tables throw, as far as both agree. */
type SdkError = {
  name?: string
  statusCode?: number
  code?: string
  message?: string
  details?: { errorCode?: string; Code?: string; odataError?: { code?: string } }
  response?: { headers?: { get(name: string): string | undefined } }
}

const busy = new Set([408, 429, 500, 502, 503, 504])

/** HTTP status of an SDK's error, or null where there was no answer. */
export function statusOf(error: unknown): number | null {
  return (error as SdkError | null)?.statusCode ?? null
}

/** Storage's error code (`TableNotFound`, `EntityAlreadyExists` …); transactions and single requests tell it in different places. */
export function codeOf(error: unknown): string {
  const { code, details, name, response } = (error ?? {}) as SdkError
  const told = details?.odataError?.code ?? details?.errorCode ?? details?.Code ?? code
  return told ?? response?.headers?.get('x-ms-error-code') ?? name ?? 'unknown'
}

/** Somebody else's row is there, or ours is not as it was: a failed precondition of a conditional write. */
export function isPrecondition(error: unknown): boolean {
  return statusOf(error) === 412 || codeOf(error) === 'EntityAlreadyExists'
}

/** True for the name of a table or queue that was just dropped: https://learn.microsoft.com/rest/api/storageservices/delete-table */
export function isBeingDeleted(error: unknown): boolean {
  return /^(Table|Queue)BeingDeleted$/.test(codeOf(error))
}

/**
 * An SDK's error as one of the project's faults, `what` being the operation. Messages hold status and code only: URLs can
 * carry a signature, bodies can carry keys of rows.
 */
export function toFault(error: unknown, what: string): Error {
  if (error instanceof Conflict || error instanceof RetryLater || error instanceof Terminal) return error
  const status = statusOf(error)
  const code = codeOf(error)
  const options = { cause: bareCause(error) }
  if (isPrecondition(error)) return new Conflict(`${what}: the row is not as it was (${code})`, 0, options)
  if (isBeingDeleted(error)) return new RetryLater(`${what}: the name is still being deleted`, 30_000, options)
  if (status === 401 || status === 403)
    return new Terminal(
      'storage-forbidden',
      `${what}: storage refuses the credential (${status} ${code}). Check AzureWebJobsStorage: the account key of the connection string, ` +
        'or the roles Storage Queue Data Contributor and Storage Table Data Contributor of the managed identity, and the firewall of the storage account',
      options,
    )
  if (status === null && /^(CredentialUnavailable|AuthenticationRequired|Authentication)Error$/.test(nameOf(error)))
    return new Terminal(
      'storage-credential',
      `${what}: no credential for storage (${nameOf(error)}). Check AzureWebJobsStorage__credential and AzureWebJobsStorage__clientId, and that the identity is assigned to the app`,
      options,
    )
  // A fault of our own, not storage's.
  if (status === null && !/^(RestError|AbortError|TimeoutError)$/.test(nameOf(error)) && !/^E[A-Z]+$/.test(code))
    return error instanceof Error ? error : new Error(String(error))
  if (status === null) return new RetryLater(`${what}: storage can't be reached (${code})`, null, options)
  if (busy.has(status))
    return new RetryLater(`${what}: storage is busy (${status} ${code})`, retryAfter(error), options)
  return new Terminal('storage-rejected', `${what}: storage refuses the request (${status} ${code})`, options)
}

/** The SDK's error without request and answer: whoever logs a cause whole would log tokens and signatures. */
export function bareCause(error: unknown): Error {
  const { name = 'Error', response } = (error ?? {}) as SdkError
  const request = response?.headers?.get('x-ms-request-id')
  const parts = [name, statusOf(error), codeOf(error), request && `request ${request}`]
  const cause = new Error(parts.filter(Boolean).join(' '))
  const frames = error instanceof Error ? /\n {4}at [\s\S]*/.exec(error.stack ?? '')?.[0] : undefined
  cause.stack = `${cause.message}${frames ?? ''}`
  return cause
}

function nameOf(error: unknown): string {
  return (error as SdkError | null)?.name ?? ''
}

function retryAfter(error: unknown): number | null {
  const seconds = Number((error as SdkError | null)?.response?.headers?.get('retry-after'))
  return seconds > 0 ? seconds * 1000 : null
}
