import { writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { settingsPage } from '../lib/config/settings-page.ts'

const page = new URL('../docs/settings.md', import.meta.url)
writeFileSync(page, await format(settingsPage(), { parser: 'markdown', printWidth: 120 }))
