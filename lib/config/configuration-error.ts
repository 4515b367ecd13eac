/** What is wrong with a setting: its name or path, and what to do. Never its value. */
export type SettingFault = { setting: string; message: string }

/** The settings can't be used. The message lists every fault at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly faults: readonly SettingFault[]
  constructor(faults: readonly SettingFault[]) {
    const lines = [...new Set(faults.map(({ setting, message }) => `- ${setting}: ${message}`))]
    super(`The settings have ${lines.length === 1 ? 'a fault' : `${lines.length} faults`}:\n${lines.join('\n')}`)
    this.faults = faults
  }
}
