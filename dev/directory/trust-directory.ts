import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/** Makes this process trust a directory that it started itself: `NODE_EXTRA_CA_CERTS` is read at the start only. */
export function trustDirectory(directory: { caFile: string }): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(directory.caFile, 'utf8')])
}
