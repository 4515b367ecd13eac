import { expect, test } from 'vitest'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import { wordpressSiteContract } from './wordpress-site.contract.ts'

const start = { module: 'dev/wordpress/native.ts', name: 'startNativeWordPress' }
wordpressSiteContract(() => startNativeWordPress(), { version: /^([7-9]|\d\d)\./, batch: true, start })

test('a native site answers queries', async () => {
  const site = await startNativeWordPress()
  try {
    const rows = await site.sql?.("SELECT user_login, NULL AS nothing, 'ü' AS umlaut FROM wp_users ORDER BY ID")
    expect(rows).toEqual([
      { user_login: site.adminUsername, nothing: null, umlaut: 'ü' },
      { user_login: site.username, nothing: null, umlaut: 'ü' },
    ])
    await expect(site.sql?.('SELECT nonsense')).rejects.toThrow(/nonsense/)
  } finally {
    await site.stop()
  }
})
