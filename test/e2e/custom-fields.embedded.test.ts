import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { customFieldsSuite } from './custom-fields.ts'

customFieldsSuite('meta that the site registers itself', false, async () => {
  const site = await startEmbeddedWordPress({ version: '6.6-RC3' })
  await site.setConditions(['registered-meta', 'acf-fields'])
  return site
})
