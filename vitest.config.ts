import { defineConfig } from 'vitest/config'

const native = ['test/**/*.native.test.ts']

export default defineConfig({
  test: {
    // Servers are started by the tests that need them; two cores serve two of those at a time.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    projects: [
      { extends: true, test: { name: 'embedded', include: ['test/**/*.test.ts'], exclude: native } },
      { extends: true, test: { name: 'native', include: native } },
    ],
  },
})
