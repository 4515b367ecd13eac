import * as z from 'zod'

/** An HTTP answer of the site as it came, header names in lower case. */
export type HttpAnswer = {
  status: number
  headers: Readonly<Record<string, string>>
  text: string
}

const errorBody = z.object({
  code: z.string().regex(/^[\w-]{1,80}$/),
  data: z.unknown().optional(),
  additional_errors: z.array(z.object({ code: z.string() })).catch([]),
})

/** WordPress' error body: its code and the names of refused parameters. */
export type ErrorBody = { code: string; params: string[] }

/** The parsed JSON of a text, or undefined where it isn't JSON. Some plugins print a byte order mark first. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

/** The error body of an answer, or null where it has none in WordPress' form (`{code, message, data}`). */
export function parseErrorBody(body: unknown): ErrorBody | null {
  const parsed = errorBody.safeParse(body)
  if (!parsed.success) return null
  const { code, data, additional_errors } = parsed.data
  const named = [...refusedParams(data), ...additional_errors.flatMap((error) => signupParam(error.code))]
  return { code, params: [...new Set(named)] }
}

/** `data.params` is `{name: message}` for refused and `[name]` for missing parameters; messages can hold values, names can't. */
function refusedParams(data: unknown): string[] {
  const parsed = z.object({ params: z.unknown() }).safeParse(data)
  if (!parsed.success || typeof parsed.data.params !== 'object' || parsed.data.params === null) return []
  const { params } = parsed.data
  const names: unknown[] = Array.isArray(params) ? params : Object.keys(params)
  return names.filter((name): name is string => typeof name === 'string' && /^\w{1,40}$/.test(name))
}

/** A multisite tells what `wpmu_validate_user_signup()` found as additional errors. */
function signupParam(code: string): string[] {
  if (code === 'user_name') return ['username']
  return code === 'user_email' ? ['email'] : []
}
