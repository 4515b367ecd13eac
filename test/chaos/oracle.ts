import type { Evidence } from './evidence.ts'
import { asDirectory } from './invariants/as-directory.ts'
import { identityKept } from './invariants/identity-kept.ts'
import { linkedOnce } from './invariants/linked-once.ts'
import { atRest, fewAtOnce, logDiscreet } from './invariants/quiet-and-discreet.ts'
import { guardHeld, removalsJustified } from './invariants/removals-justified.ts'
import { contentKept, strangersUntouched } from './invariants/strangers-untouched.ts'
import { refusalsRight, writesTold } from './invariants/told.ts'

/** One thing that must not be: which rule it breaks, and how it shows. */
export type Finding = { invariant: number; detail: string }

/** Rules by the numbers of docs/chaos.md. 6 and 10 need two looks: see compare-looks.ts. */
const rules: readonly [number, (evidence: Evidence) => string[]][] = [
  [0, atRest],
  [1, linkedOnce],
  [2, asDirectory],
  [3, strangersUntouched],
  [3, contentKept],
  [4, removalsJustified],
  [5, guardHeld],
  [7, refusalsRight],
  [8, writesTold],
  [9, identityKept],
  [11, fewAtOnce],
  [12, logDiscreet],
]

/** Judges a run by what is seen from outside. It shares no code with the program. */
export function judge(evidence: Evidence): Finding[] {
  return rules.flatMap(([invariant, rule]) => rule(evidence).map((detail) => ({ invariant, detail })))
}
