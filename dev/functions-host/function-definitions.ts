import { resolveSettings, type AppSettings } from './app-settings.ts'
import type { RpcBinding } from './core-types.ts'
import type { AppRegistry, RegisteredFunction } from './core-module.ts'
import { parseRoute, type Route } from './http-route.ts'
import { hasConnection } from './storage-account.ts'
import { parseTimerSchedule, type TimerSchedule } from './timer-schedule.ts'

export type AuthLevel = 'anonymous' | 'function' | 'admin'

export type Trigger =
  | { type: 'http'; template: string; route: Route; methods: readonly string[]; authLevel: AuthLevel }
  | { type: 'queue'; queueName: string; connection: string }
  | { type: 'timer'; schedule: TimerSchedule; runOnStartup: boolean; useMonitor: boolean }

export type QueueOutput = { binding: string; queueName: string; connection: string }

export type FunctionDefinition = {
  name: string
  /** Name of the trigger's binding, under which its data is handed over. */
  binding: string
  trigger: Trigger
  outputs: QueueOutput[]
  registered: RegisteredFunction
}

export type Definitions = {
  functions: FunctionDefinition[]
  /** Functions that are left out, each with its reason: a bad cron, an unresolved setting, a bad queue name … */
  faults: { name: string; message: string }[]
}

/** @throws Error for what stops the whole host: names that differ only in case, a route with a leading slash */
export function defineFunctions(app: AppRegistry, settings: AppSettings): Definitions {
  const all = [...app.functions.values()]
  const names = new Set<string>()
  for (const { metadata } of all) {
    const name = metadata.name.toLowerCase()
    if (names.has(name)) throw new Error(`The function name '${metadata.name}' differs from another one only in case.`)
    names.add(name)
    for (const { type, route } of Object.values(metadata.bindings))
      if (type === 'httpTrigger' && typeof route === 'string' && route.startsWith('/'))
        throw new Error(`The route template of '${metadata.name}' cannot start with a '/'.`)
  }
  const definitions: Definitions = { functions: [], faults: [] }
  for (const registered of all) {
    const { name } = registered.metadata
    try {
      const definition = defineFunction(registered, settings)
      checkRouteConflict(definition, definitions.functions)
      definitions.functions.push(definition)
    } catch (error) {
      definitions.faults.push({ name, message: error instanceof Error ? error.message : String(error) })
    }
  }
  return definitions
}

function defineFunction(registered: RegisteredFunction, settings: AppSettings): FunctionDefinition {
  const { name, bindings, retryOptions } = registered.metadata
  if (!/^[a-z][a-z0-9_-]{0,127}$/i.test(name)) throw new Error(`'${name}' is not a valid function name.`)
  if (retryOptions !== undefined) throw new Error('The local host knows no retry policies.')
  const entries = Object.entries(bindings)
  const [binding, trigger] = entries.find(([, { type }]) => type?.toLowerCase().endsWith('trigger')) ?? []
  if (binding === undefined || trigger === undefined) throw new Error('The function has no trigger.')
  return {
    name,
    binding,
    trigger: defineTrigger(name, trigger, settings),
    outputs: entries.flatMap(([key, other]) => defineOutput(key, other, trigger, settings)),
    registered,
  }
}

function defineTrigger(name: string, trigger: RpcBinding, settings: AppSettings): Trigger {
  switch (trigger.type ?? '') {
    case 'httpTrigger': {
      const template = text(trigger, 'route') || name
      // The host's own test: anything that begins so, `administrators` too.
      if (/^(admin|runtime)/i.test(template))
        throw new Error('The specified route conflicts with one or more built in routes.')
      const methods = Array.isArray(trigger['methods']) ? trigger['methods'].map((m) => String(m).toUpperCase()) : []
      return { type: 'http', template, route: parseRoute(template), methods, authLevel: authLevel(trigger) }
    }
    case 'queueTrigger':
      return { type: 'queue', ...defineQueue(trigger, settings) }
    case 'timerTrigger': {
      const schedule = parseTimerSchedule(resolveSettings(text(trigger, 'schedule'), settings))
      const useMonitor = trigger['useMonitor'] !== false && !schedule.isFrequent
      needConnection('AzureWebJobsStorage', settings)
      return { type: 'timer', schedule, runOnStartup: trigger['runOnStartup'] === true, useMonitor }
    }
    default:
      throw new Error(`The local host knows no trigger of type '${trigger.type}'.`)
  }
}

function defineOutput(binding: string, output: RpcBinding, trigger: RpcBinding, settings: AppSettings): QueueOutput[] {
  if (output === trigger || (output.type === 'http' && trigger.type === 'httpTrigger')) return []
  if (output.direction !== 'out' || output.type !== 'queue')
    throw new Error(`The local host knows no binding of type '${output.type}', direction '${output.direction}'.`)
  return [{ binding, ...defineQueue(output, settings) }]
}

function defineQueue(binding: RpcBinding, settings: AppSettings): { queueName: string; connection: string } {
  const queueName = resolveSettings(text(binding, 'queueName'), settings).toLowerCase()
  if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(queueName))
    throw new Error(`'${queueName}' is not a valid queue name.`)
  const connection = resolveSettings(text(binding, 'connection'), settings) || 'AzureWebJobsStorage'
  needConnection(connection, settings)
  return { queueName, connection }
}

function needConnection(connection: string, settings: AppSettings): void {
  if (!hasConnection(connection, settings))
    throw new Error(`Storage account connection string or identity settings '${connection}' do not exist.`)
}

function authLevel({ authLevel: level }: RpcBinding): AuthLevel {
  if (level === 'function' || level === 'admin') return level
  if (level === 'anonymous') return level
  throw new Error(`'${String(level)}' is not an authorization level.`)
}

function text(binding: RpcBinding, key: string): string {
  const value = binding[key]
  return typeof value === 'string' ? value : ''
}

function checkRouteConflict({ trigger }: FunctionDefinition, others: readonly FunctionDefinition[]): void {
  if (trigger.type !== 'http') return
  for (const { name, trigger: other } of others) {
    if (other.type !== 'http' || other.template.toLowerCase() !== trigger.template.toLowerCase()) continue
    if (other.methods.some((method) => trigger.methods.includes(method)))
      throw new Error(`The route specified conflicts with the route defined by function '${name}'.`)
  }
}
