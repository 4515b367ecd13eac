export type CycleKind = 'initial' | 'incremental' | 'full'

/** Advisory: a killed process may lose a few. */
export type CycleCounters = {
  /** Directory entries read, repeats included. */
  seen: number
  /** Ids put into a queue. */
  queued: number
  /** People whom the reader dropped because nothing had changed, each once. */
  dropped: number
  created: number
  adopted: number
  updated: number
  unchanged: number
  suspended: number
  restored: number
  deleted: number
  held: number
  skipped: number
  failed: number
  siteRequests: number
  siteWrites: number
}

export type Cycle = {
  connection: string
  /** `20261123T101500123Z-9f2c`: sorts by start. */
  id: string
  kind: CycleKind
  trigger: 'timer' | 'on-demand' | 'reset' | 'configuration'
  /** Nothing is written but what would happen, to the audit. */
  dryRun: boolean
  /** reading → read (all ids are queued) → settled (they are done); stopped = ended by an error or replaced. */
  state: 'reading' | 'read' | 'settled' | 'stopped'
  startedAt: number
  readAt: number | null
  settledAt: number | null
  /** People in the directory at the start, for the ETA; null where unknown. */
  expected: number | null
  error: string | null
  counters: CycleCounters
}

export const noCounters: CycleCounters = {
  seen: 0,
  queued: 0,
  dropped: 0,
  created: 0,
  adopted: 0,
  updated: 0,
  unchanged: 0,
  suspended: 0,
  restored: 0,
  deleted: 0,
  held: 0,
  skipped: 0,
  failed: 0,
  siteRequests: 0,
  siteWrites: 0,
}

/** One stream's place in the directory. Every advance is conditional on the row's ETag: a failed one means somebody else reads. */
export type Checkpoint = {
  /** reading: pages of people. sweeping: every link of a full cycle is asked for by id. */
  phase: 'idle' | 'reading' | 'sweeping'
  kind: CycleKind
  cycle: string | null
  /** null while reading an enumeration's first page. */
  nextLink: string | null
  deltaLink: string | null
  /** The tenant has no delta queries: every cycle is a full one. */
  withoutDelta: boolean
  /** Object id of the last link that the sweep asked for. */
  sweptTo: string | null
  /** groups stream: the configured groups and those nested in them since the last full cycle. */
  groups: string[]
  /** Next number of a message of the cycle. */
  nextMessage: number
  leaseOwner: string | null
  leaseUntil: number
  selectHash: string
  configurationHash: string
  /** Start time of the process that set `configurationHash`: the later started wins. */
  configurationSince: number
  /** When the last full enumeration began, ms; 0 = never. */
  lastFullAt: number
}
