import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { companionFolder } from '../../dev/wordpress/companion.ts'

const read = (file: string) => readFileSync(join(companionFolder, file), 'utf8')

test('the companion plugin says one version, and one oldest WordPress and PHP, in all its places', () => {
  const header = read('entra-sync.php')
  const readme = read('readme.txt')
  const version = /^ \* Version: +(\S+)$/m.exec(header)?.[1]
  expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  expect(read('includes/autoload.php')).toContain(`const VERSION = '${version}';`)
  expect(readme).toContain(`\nStable tag: ${version}\n`)
  for (const name of ['Requires at least', 'Requires PHP']) {
    const value = new RegExp(`^ \\* ${name}: +(\\S+)$`, 'm').exec(header)?.[1]
    expect(readme).toContain(`\n${name}: ${value}\n`)
  }
})
