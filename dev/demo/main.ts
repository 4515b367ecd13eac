import { parseArgs } from 'node:util'
import { loadWordPressFromSettings } from './given-wordpress.ts'
import { runDemo, type DemoOptions } from './run-demo.ts'

const usage = `npm run demo -- [--once] [--users N] [--json] [--wordpress embedded|native|URL]

  --once        end after the changes have arrived, exit code 0 or 1
  --users N     people in the directory (default 20)
  --json        the last line of stdout is one JSON summary
  --wordpress   embedded (default), native, or the address of a site whose WORDPRESS_USERNAME and
                WORDPRESS_APP_PASSWORD are set in the environment`

async function main(): Promise<number> {
  let options: Omit<DemoOptions, 'ended'>
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        users: { type: 'string', default: '20' },
        json: { type: 'boolean', default: false },
        wordpress: { type: 'string', default: 'embedded' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(usage)
      return 0
    }
    const users = Number(values.users)
    if (!Number.isInteger(users) || users < 5 || users > 100_000)
      throw new Error('--users must be a whole number from 5 to 100000')
    const { wordpress } = values
    const site: DemoOptions['wordpress'] =
      wordpress === 'embedded' || wordpress === 'native' ? wordpress : loadWordPressFromSettings(wordpress)
    options = { ...values, users, wordpress: site }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.abort())
  return await runDemo({ ...options, ended: ended.signal })
}

process.exitCode = await main()
