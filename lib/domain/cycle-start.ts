import type { Checkpoint, Cycle, CycleKind } from './cycle.ts'

export type CycleStart = { kind: CycleKind; trigger: Cycle['trigger'] }

/** What stands in a stream's row, compared with the configuration of the process that looks at it. */
export type StartInput = {
  checkpoint: Checkpoint | null
  selectHash: string
  configurationHash: string
  /** Absent: nobody asked for a cycle, go on with the one under way. */
  start: 'due' | 'incremental' | 'full' | undefined
  fullEveryMs: number
  fullWithoutDeltaEveryMs: number
  now: number
}

/** Which cycle to begin: null = go on with the one under way, or there is nothing to do. */
export function cycleToStart(input: StartInput): CycleStart | null {
  const { checkpoint, start, now } = input
  if (checkpoint === null) return start ? { kind: 'initial', trigger: triggerOf(start) } : null
  const same = checkpoint.selectHash === input.selectHash && checkpoint.configurationHash === input.configurationHash
  // Another selection, mapping or policy re-evaluates everyone: what was read under the old one proves nothing.
  if (!same) return { kind: 'full', trigger: 'configuration' }
  if (checkpoint.phase !== 'idle') {
    const wider = start === 'full' && checkpoint.kind === 'incremental'
    return wider ? { kind: 'full', trigger: 'on-demand' } : null
  }
  if (!start) return null
  if (start === 'full') return { kind: 'full', trigger: 'on-demand' }
  const age = now - checkpoint.lastFullAt
  if (checkpoint.withoutDelta)
    return start === 'due' && age < input.fullWithoutDeltaEveryMs ? null : { kind: 'full', trigger: triggerOf(start) }
  if (checkpoint.deltaLink === null) return { kind: 'full', trigger: 'reset' }
  if (start === 'due' && age >= input.fullEveryMs) return { kind: 'full', trigger: 'timer' }
  return { kind: 'incremental', trigger: triggerOf(start) }
}

function triggerOf(start: 'due' | 'incremental' | 'full'): Cycle['trigger'] {
  return start === 'due' ? 'timer' : 'on-demand'
}
