import Module from 'node:module'
import type {
  CoreLogCategory,
  CoreLogLevel,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HookName,
  ProgrammingModel,
} from './core-types.ts'

export type RegisteredFunction = { metadata: FunctionMetadata; callback: FunctionCallback }

/** What the app has registered. `locked` once start-up is over: registering then throws, as in the worker. */
export type AppRegistry = {
  functions: Map<string, RegisteredFunction>
  hooks: Record<HookName, HookCallback[]>
  hookData: Record<string, unknown>
  programmingModel: ProgrammingModel | null
  locked: boolean
}

export type CoreLog = (level: CoreLogLevel, category: CoreLogCategory, message: string) => void

export function createAppRegistry(): AppRegistry {
  return {
    functions: new Map(),
    hooks: { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [], log: [] },
    hookData: {},
    programmingModel: null,
    locked: false,
  }
}

/** The worker exports a class; `new core.Disposable(callback)` must work. */
class Disposable {
  readonly #onDispose: () => unknown
  constructor(onDispose: () => unknown) {
    this.#onDispose = onDispose
  }
  dispose(): unknown {
    return this.#onDispose()
  }
  static from(...likes: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => likes.forEach((like) => like.dispose()))
  }
}

/**
 * Makes `require('@azure/functions-core')` answer with a module that fills `app`, for the whole process. Call it before the app loads:
 * the library asks once and remembers a failure.
 */
export function injectCoreModule(app: AppRegistry, hostVersion: string, log: CoreLog): void {
  const core = {
    version: hostVersion,
    hostVersion,
    Disposable,
    log,
    setProgrammingModel: (model: ProgrammingModel) => {
      app.programmingModel = model
    },
    getProgrammingModel: () => app.programmingModel,
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => {
      if (app.locked) throw new Error('A function can only be registered during app startup.')
      const id = metadata.functionId ?? metadata.name
      if (app.functions.has(id)) throw new Error(`A function with id "${id}" has already been registered.`)
      app.functions.set(id, { metadata, callback })
      return new Disposable(() => {
        if (app.locked) throw new Error('A function can only be disposed during app startup.')
        app.functions.delete(id)
      })
    },
    registerHook: (name: string, callback: HookCallback) => {
      const hooks: HookCallback[] | undefined = (app.hooks as Record<string, HookCallback[]>)[name]
      if (hooks === undefined) throw new RangeError(`Unrecognized hook "${name}"`)
      hooks.push(callback)
      return new Disposable(() => {
        const index = hooks.indexOf(callback)
        if (index >= 0) hooks.splice(index, 1)
      })
    },
  }
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (target, self, args: [string]) =>
      args[0] === '@azure/functions-core' ? core : Reflect.apply(target, self, args),
  })
}
