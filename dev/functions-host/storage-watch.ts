import { RestError } from '@azure/storage-queue'

export type StorageWatch = {
  /** Runs a storage operation and notes whether storage answered. */
  watch<T>(operation: () => Promise<T>): Promise<T>
  stop(): void
}

/**
 * Calls `onLost` once storage has been out of reach without a break for `limit` milliseconds. Any answer counts as reached, a 404 too;
 * no answer and 5xx don't.
 */
export function watchStorage(limit: number, onLost: (error: unknown) => void): StorageWatch {
  let timer: NodeJS.Timeout | undefined
  const reached = () => {
    clearTimeout(timer)
    timer = undefined
  }
  return {
    watch: async (operation) => {
      try {
        const result = await operation()
        reached()
        return result
      } catch (error) {
        const status = storageStatus(error)
        if (status !== null && status < 500) reached()
        else timer ??= setTimeout(() => onLost(error), limit)
        throw error
      }
    },
    stop: reached,
  }
}

/** HTTP status of a failed storage call; null where there was no answer. */
export function storageStatus(error: unknown): number | null {
  if (error instanceof RestError) return error.statusCode ?? null
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null
  return typeof status === 'number' ? status : null
}
