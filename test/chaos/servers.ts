import { setDefaultCACertificates, getCACertificates } from 'node:tls'
import { startAzurite } from '../../dev/azurite.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import { makeDirectoryCertificate, type DirectoryCertificate } from './chaos-directory.ts'
import { prepareChaosSite, type ChaosSite } from './chaos-site.ts'

/** What all runs of a command share. */
export type Servers = {
  site: ChaosSite
  /** Connection string of a storage account; a new one now and then, for a simulated one slows down as it fills. */
  storage(): Promise<string>
  certificate: DirectoryCertificate
  stop(): Promise<void>
}

const runsPerStorage = 30

/** Starts a WordPress (native where that can be, else embedded, which takes far longer) and what the runs need beside it. */
export async function startServers(
  wordpress: 'native' | 'embedded' | 'any',
  say: (line: string) => void,
): Promise<Servers> {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const certificate = await makeDirectoryCertificate()
    stops.push(certificate.remove)
    setDefaultCACertificates([...getCACertificates('default'), certificate.cert])
    const running = await startWordPress(wordpress, say)
    stops.push(running.stop)
    const site = await prepareChaosSite(running)
    let left = 0
    let current: Promise<string> = Promise.resolve('')
    const storage = (): Promise<string> => {
      if (left-- > 0) return current
      left = runsPerStorage - 1
      current = startAzurite().then((azurite) => {
        // The last one goes on: runs may still be at work there.
        stops.push(azurite.stop)
        return azurite.connectionString
      })
      return current
    }
    return { site, storage, certificate, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startWordPress(wanted: 'native' | 'embedded' | 'any', say: (line: string) => void) {
  if (wanted === 'embedded') return await startEmbeddedWordPress()
  try {
    return await startNativeWordPress()
  } catch (error) {
    if (wanted === 'native') throw error
    say(`No native WordPress here, so the embedded one is taken, which takes longer: ${String(error).split('\n')[0]}`)
    return await startEmbeddedWordPress()
  }
}
