import { randomUUID } from 'node:crypto'
import type { AppRegistry } from './core-module.ts'
import type { CoreInvocationContext, RpcInvocationResponse, TypedData } from './core-types.ts'
import type { FunctionDefinition } from './function-definitions.ts'
import { describeError, toLogLevel, type Log } from './log.ts'

export type InvocationInput = {
  data: TypedData
  triggerMetadata?: Record<string, TypedData>
  /** What started it, for the log. */
  reason: string
  /** Chosen by the caller where it must know the id beforehand. */
  invocationId?: string
}

export type Invoker = {
  /** Runs a function through the library's own invocation model. Rejects with what the function threw. */
  invoke(definition: FunctionDefinition, input: InvocationInput): Promise<RpcInvocationResponse>
  /** Resolves when nothing runs. */
  idle(): Promise<void>
}

/** `onTimeout` is called when a function passes host.json's `functionTimeout`; the real host kills the worker, so there is no way back. */
export function createInvoker(options: {
  app: AppRegistry
  log: Log
  functionTimeout: number | null
  onTimeout(): void
}): Invoker {
  const { app, log, functionTimeout, onTimeout } = options
  const running = new Set<Promise<unknown>>()

  async function run(definition: FunctionDefinition, input: InvocationInput): Promise<RpcInvocationResponse> {
    const { name } = definition
    const invocationId = input.invocationId ?? randomUUID()
    const category = `Function.${name}`
    const started = performance.now()
    log('Information', category, `Executing '${name}' (${input.reason})`, invocationId)
    const timer =
      functionTimeout === null
        ? undefined
        : setTimeout(() => {
            log('Error', category, `Timeout value of ${functionTimeout} ms exceeded by '${name}'.`, invocationId)
            onTimeout()
          }, functionTimeout)
    const took = () => `${Math.round(performance.now() - started)} ms`
    try {
      const response = await throughModel(app, log, definition, input, invocationId)
      log('Information', category, `Executed '${name}' (Succeeded, ${took()})`, invocationId)
      return response
    } catch (error) {
      log('Error', category, `Executed '${name}' (Failed, ${took()})\n${describeError(error)}`, invocationId)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    invoke: (definition, input) => {
      const result = run(definition, input)
      const ended: Promise<void> = result
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => running.delete(ended))
      running.add(ended)
      return result
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/src/eventHandlers/InvocationHandler.ts */
async function throughModel(
  app: AppRegistry,
  log: Log,
  definition: FunctionDefinition,
  input: InvocationInput,
  invocationId: string,
): Promise<RpcInvocationResponse> {
  const { name, binding, registered } = definition
  if (app.programmingModel === null) throw new Error('The app has set no programming model.')
  let invocationContext: unknown
  const core: CoreInvocationContext = {
    invocationId,
    metadata: registered.metadata,
    request: {
      invocationId,
      functionId: registered.metadata.functionId ?? name,
      inputData: [{ name: binding, data: input.data }],
      triggerMetadata: input.triggerMetadata ?? {},
      traceContext: {},
      retryContext: null,
    },
    log: (level, category, message) => {
      const entry = { level, message, category, invocationContext, hookData: {}, appHookData: app.hookData }
      if (category === 'user') for (const hook of app.hooks.log) hook(entry)
      const suffix = category === 'user' ? '.User' : ''
      log(toLogLevel(entry.level), `Function.${name}${suffix}`, entry.message, invocationId)
    },
  }
  const model = await app.programmingModel.getInvocationModel(core)
  const hookData = {}
  const { context, inputs } = await model.getArguments()
  invocationContext = context

  const before = {
    hookData,
    appHookData: app.hookData,
    invocationContext: context,
    inputs,
    functionCallback: registered.callback,
  }
  core.state = 'preInvocationHooks'
  for (const hook of app.hooks.preInvocation) await hook(before)

  const after: Record<string, unknown> = {
    hookData,
    appHookData: app.hookData,
    invocationContext: context,
    inputs: before.inputs,
    result: null,
    error: null,
  }
  core.state = 'invocation'
  try {
    after['result'] = await model.invokeFunction(context, before.inputs, before.functionCallback)
  } catch (error) {
    after['error'] = error
  }
  core.state = 'postInvocationHooks'
  for (const hook of app.hooks.postInvocation) await hook(after)
  core.state = undefined

  if (after['error'] !== null && after['error'] !== undefined) throw after['error']
  return await model.getResponse(context, after['result'])
}
