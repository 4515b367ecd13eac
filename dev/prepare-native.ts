import { ensurePrograms, ensureWordPress } from './wordpress/native-packages.ts'

/** What the native suite needs: installed where root and apt are there, else said, with exit code 1. */
try {
  await ensurePrograms()
  await ensureWordPress('sid')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
