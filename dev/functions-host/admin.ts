import { z } from 'zod'
import type { TypedData } from './core-types.ts'
import type { FunctionDefinition } from './function-definitions.ts'
import { timerData } from './timer-listener.ts'
import type { TimerStore } from './timer-store.ts'

const body = z.object({ input: z.string().nullish() })

/** `{"input": "…"}` of `POST /admin/functions/<name>`; null where it isn't that. */
export function parseInput(text: string): { input: string } | null {
  try {
    const parsed = body.safeParse(JSON.parse(text))
    return parsed.success ? { input: parsed.data.input ?? '' } : null
  } catch {
    return null
  }
}

/** What a function is given that is fired by hand; null for HTTP functions, which have a route for that. */
export async function manualData(
  { name, trigger }: FunctionDefinition,
  input: string,
  timers: TimerStore | null,
): Promise<TypedData | null> {
  switch (trigger.type) {
    case 'queue':
      return { string: input }
    case 'timer':
      return timerData(trigger.useMonitor && timers !== null ? await timers.read(name) : null, false)
    case 'http':
      return null
  }
}
