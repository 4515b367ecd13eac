import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { wordpressSiteContract } from './wordpress-site.contract.ts'

const start = { module: 'dev/wordpress/embedded.ts', name: 'startEmbeddedWordPress' }
wordpressSiteContract(() => startEmbeddedWordPress({ version: '6.6-RC3' }), {
  version: /^6\.6-RC3$/,
  batch: true,
  start,
})
wordpressSiteContract(() => startEmbeddedWordPress({ version: '6.5.5' }), { version: /^6\.5\.5$/, batch: false, start })
