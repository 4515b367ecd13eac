import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import { siteContract } from './site.contract.ts'

siteContract('native WordPress', () => startNativeWordPress(), { batch: true })
