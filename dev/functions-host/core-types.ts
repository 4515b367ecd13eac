/**
 * The part of `@azure/functions-core` that `@azure/functions` 4 uses. That module is on no registry: the Node.js worker injects it,
 * https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/types-core/index.d.ts
 */

export type CoreLogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none'
export type CoreLogCategory = 'user' | 'system' | 'customMetric'

type NullableString = { value?: string | null }

export type RpcCookie = {
  name?: string | null
  value?: string | null
  domain?: NullableString | null
  path?: NullableString | null
  expires?: { value?: { seconds?: number | null } | null } | null
  secure?: { value?: boolean | null } | null
  httpOnly?: { value?: boolean | null } | null
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone' | null
  maxAge?: { value?: number | null } | null
}

export type RpcHttp = {
  method?: string
  url?: string
  body?: TypedData | null
  nullableHeaders?: Record<string, NullableString>
  nullableQuery?: Record<string, NullableString>
  nullableParams?: Record<string, NullableString>
  /** Answers only. The number is sent as text. */
  statusCode?: string | null
  headers?: Record<string, string> | null
  cookies?: RpcCookie[] | null
}

export type TypedData = {
  string?: string | null
  json?: string | null
  bytes?: Uint8Array | null
  http?: RpcHttp | null
  int?: number | null
  double?: number | null
}

/** A binding as it was registered: type and direction, and the options of its type. */
export type RpcBinding = { type?: string | null; direction?: string | null } & Record<string, unknown>

export type FunctionMetadata = {
  name: string
  functionId?: string
  bindings: Record<string, RpcBinding>
  retryOptions?: unknown
}

export type FunctionCallback = (...args: unknown[]) => unknown

export type RpcInvocationRequest = {
  invocationId: string
  functionId: string
  inputData: { name: string; data: TypedData }[]
  triggerMetadata: Record<string, TypedData>
  traceContext: Record<string, never>
  retryContext: null
}

export type RpcInvocationResponse = {
  outputData?: { name?: string | null; data?: TypedData | null }[] | null
  returnValue?: TypedData | null
}

export type CoreInvocationContext = {
  invocationId: string
  request: RpcInvocationRequest
  metadata: FunctionMetadata
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined
  log(level: CoreLogLevel, category: CoreLogCategory, message: string): void
}

export type InvocationModel = {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>
  getResponse(context: unknown, result: unknown): Promise<RpcInvocationResponse>
}

export type ProgrammingModel = {
  name: string
  version: string
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>
  getCapabilities?(capabilities: Record<string, string>): Record<string, string> | Promise<Record<string, string>>
}

export type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log'
export type HookCallback = (context: Record<string, unknown>) => unknown
