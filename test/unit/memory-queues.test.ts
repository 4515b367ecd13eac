import { queuesContract } from '../contract/queues.contract.ts'
import { createMemoryQueues } from '../support/memory-queues.ts'

// Tests of the lane stand on it: it must be what the port promises.
const queues = createMemoryQueues()
queuesContract(() => queues)
