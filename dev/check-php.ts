import { execFileSync, spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

/** Lints every PHP file where there is a PHP to do it, and holds the plugin to WordPress' coding standards where those are there. */
const files = globSync(['dev/**/*.php', 'companion/**/*.php', 'test/**/*.php'])
if (spawnSync('php', ['--version']).error) {
  console.log(`PHP lint: skipped, there is no php here (${files.length} files)`)
} else {
  for (const file of files) execFileSync('php', ['-l', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  console.log(`PHP lint: ${files.length} files`)
}

const standards = spawnSync('phpcs', ['-i'], { encoding: 'utf8' })
if (standards.error || !standards.stdout.includes('WordPress')) {
  console.log('WordPress coding standards: skipped, there is no phpcs with them here')
} else {
  execFileSync('phpcs', [], { stdio: 'inherit' }) // phpcs.xml.dist says what and how
  console.log('WordPress coding standards: companion/')
}
