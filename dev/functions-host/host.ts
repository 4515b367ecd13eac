import { createHash, randomUUID } from 'node:crypto'
import { isDisabled, type AppSettings } from './app-settings.ts'
import type { AppRegistry } from './core-module.ts'
import { defineFunctions, type FunctionDefinition, type QueueOutput } from './function-definitions.ts'
import type { HostJson } from './host-json.ts'
import type { HostTimings } from './host-timings.ts'
import type { ServedApp } from './http-server.ts'
import { createInvoker, type Invoker } from './invoke.ts'
import type { Log } from './log.ts'
import { listenToQueue, type Listener } from './queue-listener.ts'
import { sendQueueOutputs } from './queue-output.ts'
import { openStorageAccount } from './storage-account.ts'
import { watchStorage } from './storage-watch.ts'
import { listenToTimer } from './timer-listener.ts'
import { whileLocked } from './timer-lock.ts'
import { createTimerStore } from './timer-store.ts'

export type HostOptions = {
  root: string
  app: AppRegistry
  settings: AppSettings
  hostJson: HostJson
  timings: HostTimings
  log: Log
  /** The host can't go on: storage is lost, or a function passed its timeout. */
  onFatal(reason: string): void
}

export type Host = { served: ServedApp; /** Starts timers and queues. */ listen(): void; stop(): Promise<void> }

/** Puts the loaded app and its triggers together. @throws Error for what stops the whole host: every answer is then 503 */
export function createHost(options: HostOptions): Host {
  const { app, settings, hostJson, timings, log, onFatal } = options
  const { functions, faults } = defineFunctions(app, settings)
  for (const { name, message } of faults) log('Error', 'Host.Startup', `The '${name}' function is in error: ${message}`)
  const enabled = functions.filter(({ name }) => !isDisabled(name, settings))
  for (const definition of functions)
    log('Information', 'Host.Startup', describeFunction(definition, hostJson, enabled.includes(definition)))

  const storage = watchStorage(timings.storageLost, () => onFatal('Storage is out of reach.'))
  const invoker = createInvoker({
    app,
    log,
    functionTimeout: hostJson.functionTimeout,
    onTimeout: () => onFatal('A function passed functionTimeout.'),
  })
  const openQueue = ({ connection, queueName }: Pick<QueueOutput, 'connection' | 'queueName'>) =>
    openStorageAccount(connection, settings).queue(queueName)
  const fire: Invoker['invoke'] = async (definition, input) => {
    const response = await invoker.invoke(definition, input)
    await sendQueueOutputs(definition.outputs, response, openQueue, hostJson.queues.messageEncoding)
    return response
  }

  const hasTimers = functions.some(({ trigger }) => trigger.type === 'timer')
  const table = hasTimers ? openStorageAccount('AzureWebJobsStorage', settings).table('AzureWebJobsHostTimers') : null
  const timers = table === null ? null : createTimerStore(table, hostId(options.root, settings), storage)

  const startQueue = (definition: FunctionDefinition): Listener[] => {
    const { name, trigger } = definition
    if (trigger.type !== 'queue') return []
    const poison = trigger.queueName.endsWith('-poison')
      ? null
      : openQueue({ ...trigger, queueName: `${trigger.queueName}-poison` })
    const run = async (
      data: Parameters<typeof fire>[1]['data'],
      triggerMetadata: NonNullable<Parameters<typeof fire>[1]['triggerMetadata']>,
    ) => {
      await fire(definition, { data, triggerMetadata, reason: `message of ${trigger.queueName}` })
    }
    return [
      listenToQueue({
        ...{ functionName: name, queue: openQueue(trigger), poison, run, storage, log },
        ...{ options: hostJson.queues, lease: timings.queueLease },
      }),
    ]
  }
  const startTimers = (): Listener[] =>
    enabled.flatMap((definition) => {
      const { name, trigger } = definition
      if (trigger.type !== 'timer' || timers === null) return []
      const run = (data: Parameters<typeof fire>[1]['data']) => fire(definition, { data, reason: 'timer' })
      return [listenToTimer({ functionName: name, ...trigger, run }, timers, log)]
    })

  let listeners: Listener[] = []
  return {
    served: {
      ...{ functions, fire, timers, routePrefix: hostJson.routePrefix, streamUri: null },
      isDisabled: (name) => isDisabled(name, settings),
    },
    listen: () => {
      listeners = enabled.flatMap(startQueue)
      if (timers !== null && enabled.some(({ trigger }) => trigger.type === 'timer'))
        listeners.push(
          whileLocked({ store: timers, owner: randomUUID(), duration: timings.timerLock, log, start: startTimers }),
        )
    },
    stop: async () => {
      await Promise.all(listeners.map((listener) => listener.stop()))
      await invoker.idle()
      storage.stop()
      for (const hook of app.hooks.appTerminate) await hook({ hookData: {}, appHookData: app.hookData })
    },
  }
}

/** Rows of different apps in one storage account must not meet; the setting is the real host's. */
function hostId(root: string, settings: AppSettings): string {
  const configured = settings['AzureFunctionsWebHost__hostid']
  return configured || createHash('sha256').update(root).digest('hex').slice(0, 24)
}

function describeFunction(
  { name, trigger }: FunctionDefinition,
  { routePrefix }: HostJson,
  isEnabled: boolean,
): string {
  const what = {
    http: () => trigger.type === 'http' && `[${trigger.methods.join(',')}] /${routePrefix}/${trigger.template}`,
    queue: () => trigger.type === 'queue' && `queue ${trigger.queueName}`,
    timer: () =>
      trigger.type === 'timer' && `timer, next ${trigger.schedule.next(new Date())?.toISOString() ?? 'never'}`,
  }[trigger.type]()
  return `${name}: ${what}${isEnabled ? '' : ' (disabled)'}`
}
