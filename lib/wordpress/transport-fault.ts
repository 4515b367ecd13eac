import { SiteFault } from '../domain/faults.ts'

const certificateCodes =
  /^(CERT_|ERR_TLS_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|UNABLE_TO_(GET|VERIFY)_|HOSTNAME_MISMATCH$)/

const whys = new Map([
  ['ENOTFOUND', "the name doesn't exist: check WORDPRESS_URL"],
  ['EAI_AGAIN', "the name couldn't be looked up: check the network's DNS"],
  ['ECONNREFUSED', 'nothing listens there: is the web server up, and the port in WORDPRESS_URL right?'],
  ['ECONNRESET', 'the connection was cut: a firewall, or a server that restarts'],
  ['EPIPE', 'the connection was cut: a firewall, or a server that restarts'],
  ['EHOSTUNREACH', 'there is no way to it from here: does this app need the virtual network of the site?'],
  ['ENETUNREACH', 'there is no way to it from here: does this app need the virtual network of the site?'],
  ['EPROTO', "https failed: does the site's port speak https? Check WORDPRESS_URL"],
])

/**
 * A request that got no answer, as a SiteFault. The HTTP client's own error carries headers and body, so only its code goes
 * along as the cause.
 */
export function transportFault(origin: string, code: string, timedOut: number | null): SiteFault {
  const cause = new Error(code)
  if (timedOut !== null)
    return new SiteFault(
      'timeout',
      `${origin} gave no answer within ${timedOut} ms. The site is overloaded or out of reach; PHP may still finish what was asked.`,
      { cause },
    )
  if (certificateCodes.test(code))
    return new SiteFault(
      'certificate',
      `The https certificate of ${origin} can't be trusted (${code}). Renew it, or name the private authority's certificate file in NODE_EXTRA_CA_CERTS.`,
      { cause },
    )
  return new SiteFault(
    'unreachable',
    `${origin} can't be reached (${code}): ${whys.get(code) ?? 'look at the network between this app and the site'}.`,
    { cause },
  )
}
