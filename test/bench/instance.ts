/** Memory of an instance that infra/main.bicep offers, in MB. */
export const instances = [512, 2048] as const
export type Instance = (typeof instances)[number]

/**
 * What Node 24 takes by itself where it finds so much memory (`v8.getHeapStatistics().heap_size_limit` in a cgroup of that size: 259 and
 * 1,120 MiB): half of it for the old generation, and 1 or 32 MiB for each half of the young one. On a machine with much more memory
 * it would let garbage lie until the heap is several times what is in use, so that nothing about an instance could be told.
 */
export const heapLimits: Record<Instance, string> = {
  512: '--max-old-space-size=256 --max-semi-space-size=1',
  2048: '--max-old-space-size=1024 --max-semi-space-size=32',
}
