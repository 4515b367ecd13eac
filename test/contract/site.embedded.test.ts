import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { siteContract } from './site.contract.ts'

siteContract('embedded WordPress 6.6-RC3', () => startEmbeddedWordPress({ version: '6.6-RC3' }), { batch: true })
siteContract('embedded WordPress 6.5.5', () => startEmbeddedWordPress({ version: '6.5.5' }), { batch: false })
