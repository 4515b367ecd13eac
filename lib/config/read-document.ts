import { documentFaults, patched } from './document-faults.ts'
import type { SettingFault } from './configuration-error.ts'
import { findJsonFault } from './find-json-fault.ts'
import { configurationSchema, type ConfigurationInput } from './schema.ts'

export type ConfigurationDocument = {
  /** Good enough to look for further faults; only without faults is it what was meant. null = can't be read at all. */
  input: ConfigurationInput | null
  faults: SettingFault[]
}

/** Reads `SYNC_CONFIG`: inline JSON where it begins with `{`, else the path of a JSON document. */
export function readDocument(setting: string | undefined, readFile: (path: string) => string): ConfigurationDocument {
  if (setting === undefined) return { input: {}, faults: [] }
  const unusable = (message: string) => ({ input: null, faults: [{ setting: 'SYNC_CONFIG', message }] })
  let text = setting
  if (!/^[{["]/.test(setting)) {
    try {
      text = readFile(setting).replace(/^\uFEFF/, '')
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      return unusable(`must be JSON that begins with {, or the path of a file that can be read${code}`)
    }
  }
  const fault = findJsonFault(text)
  if (fault !== null) return unusable(`is not valid JSON: ${fault}`)

  const document: unknown = JSON.parse(text)
  const parsed = configurationSchema.safeParse(document)
  if (parsed.success) return { input: parsed.data, faults: [] }
  const { issues } = parsed.error
  const further = configurationSchema.safeParse(patched(configurationSchema, document, issues))
  return { input: further.data ?? null, faults: documentFaults(configurationSchema, issues) }
}

/** True where a fault is told of the setting itself, or of something around it, already. */
export function isTold(faults: readonly SettingFault[], setting: string): boolean {
  return faults.some(
    ({ setting: told }) => setting === told || setting.startsWith(`${told}.`) || setting.startsWith(`${told}[`),
  )
}
