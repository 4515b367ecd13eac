import type { HistoryItem } from './admin-schemas.ts'
import type { DirectoryState } from './state.ts'

type What = Pick<HistoryItem, 'kind' | 'id' | 'values'> & Partial<Pick<HistoryItem, 'group' | 'properties' | 'before'>>

/** Writes down what happened now, for whoever asks later what was true at a time. */
export function remember(state: DirectoryState, what: What): void {
  state.history.push({ group: null, properties: null, before: null, ...what, at: Date.now() })
}
