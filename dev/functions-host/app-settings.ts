import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

export type AppSettings = Record<string, string | undefined>

const localSettings = z.object({
  Values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
})

/** `Values` of local.settings.json; empty where there is no such file. @throws Error that names the fault, never a value */
export async function readLocalSettings(root: string): Promise<AppSettings> {
  let text
  try {
    text = await readFile(path.join(root, 'local.settings.json'), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    // The parser's own message quotes what it read, and there are secrets in this file.
    throw new Error('local.settings.json is not valid JSON')
  }
  const parsed = localSettings.safeParse(data)
  if (!parsed.success) throw new Error(`local.settings.json is not valid\n${z.prettifyError(parsed.error)}`)
  return Object.fromEntries(Object.entries(parsed.data.Values).map(([name, value]) => [name, String(value)]))
}

/** Replaces every `%NAME%`. @throws Error naming a setting that isn't there */
export function resolveSettings(text: string, settings: AppSettings): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name]
    if (value === undefined || value === '') throw new Error(`'%${name}%' does not resolve to a value.`)
    return value
  })
}

export function isDisabled(name: string, settings: AppSettings): boolean {
  return /^(true|1)$/i.test(settings[`AzureWebJobs.${name}.Disabled`] ?? '')
}
