import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import { customFieldsSuite } from './custom-fields.ts'

customFieldsSuite('meta that the companion plugin registers', true, async () => {
  const site = await startNativeWordPress({ companion: true })
  await site.setConditions(['acf-fields'])
  return site
})
