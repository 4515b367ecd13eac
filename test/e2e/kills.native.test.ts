import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import { killSuite } from './kills.ts'

killSuite('native WordPress', () => startNativeWordPress(), 1, 12)
