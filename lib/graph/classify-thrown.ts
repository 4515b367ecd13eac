import { RetryLater, Terminal } from '../domain/faults.ts'

/** The TLS layer's codes for a certificate that this process does not trust. */
const certificate =
  /\b(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID)\b/

function causes(error: unknown): { name: string; code: string; message: string }[] {
  const chain: { name: string; code: string; message: string }[] = []
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) {
    const code: unknown = Reflect.get(at, 'code')
    chain.push({ name: at.name, code: typeof code === 'string' ? code : '', message: at.message })
  }
  return chain
}

/** What an error of the network means. Its message stays out: it can name machines and people. */
export function classifyThrown(error: unknown, during: 'sign-in' | 'request'): RetryLater | Terminal {
  if (error instanceof RetryLater || error instanceof Terminal) return error
  const chain = causes(error)
  const text = chain.map(({ code, message }) => `${code} ${message}`).join('\n')
  const what = during === 'sign-in' ? 'Signing in to the directory' : 'The request to Graph'
  const untrusted = certificate.exec(text)?.[1]
  if (untrusted !== undefined)
    return new Terminal(
      'certificate',
      `${what} failed: the certificate is not trusted (${untrusted}). A private authority goes into NODE_EXTRA_CA_CERTS.`,
      { cause: error },
    )
  const told = chain.map(({ code, name }) => code || name).filter((word) => word !== 'Error' && word !== 'TypeError')
  return new RetryLater(`${what} got no answer${told.length > 0 ? ` (${[...new Set(told)].join(', ')})` : ''}.`, null, {
    cause: error,
  })
}
