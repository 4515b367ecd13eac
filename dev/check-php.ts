import { execFileSync, spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

/** Lints every PHP file where there is a PHP to do it. */
const files = globSync(['dev/**/*.php', 'companion/**/*.php'])
if (spawnSync('php', ['--version']).error) {
  console.log(`PHP lint: skipped, there is no php here (${files.length} files)`)
} else {
  for (const file of files) execFileSync('php', ['-l', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  console.log(`PHP lint: ${files.length} files`)
}
