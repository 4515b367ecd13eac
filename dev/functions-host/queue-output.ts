import type { QueueClient } from '@azure/storage-queue'
import type { RpcInvocationResponse, TypedData } from './core-types.ts'
import type { QueueOutput } from './function-definitions.ts'

/** Sends what a function returned to its queue outputs; a queue that isn't there is made. */
export async function sendQueueOutputs(
  outputs: readonly QueueOutput[],
  { outputData, returnValue }: RpcInvocationResponse,
  open: (output: QueueOutput) => QueueClient,
  encoding: 'base64' | 'none',
): Promise<void> {
  for (const output of outputs) {
    const data =
      output.binding === '$return' ? returnValue : outputData?.find((item) => item.name === output.binding)?.data
    const messages = toMessages(data)
    if (messages.length === 0) continue
    const queue = open(output)
    await queue.createIfNotExists()
    for (const message of messages)
      await queue.sendMessage(encoding === 'base64' ? Buffer.from(message).toString('base64') : message)
  }
}

/** An array is a message an element, and so is a string that holds a JSON array. */
function toMessages(data: TypedData | null | undefined): string[] {
  if (data === null || data === undefined) return []
  if (data.bytes) return [Buffer.from(data.bytes).toString('utf8')]
  if (typeof data.int === 'number') return [String(data.int)]
  if (typeof data.double === 'number') return [String(data.double)]
  const text = data.json ?? data.string
  if (text === null || text === undefined) return []
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return [text]
  }
  if (!Array.isArray(parsed)) return [text]
  return parsed.map((element: unknown) => (typeof element === 'string' ? element : JSON.stringify(element)))
}
