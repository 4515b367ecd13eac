import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { killSuite } from './kills.ts'

// The native suite kills at many I/Os; this one at a few, so that a change is not blind without root.
killSuite('embedded WordPress', () => startEmbeddedWordPress(), 40, 8)
