import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import { killSuite } from './kills.ts'

// `npm run chaos` comes past every I/O, before and after; this one day is killed at every eighth.
killSuite('native WordPress', () => startNativeWordPress(), 8, 12)
