import { expect, test } from 'vitest'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'
import { defaultTimings, scaleTimings } from '../../lib/domain/timings.ts'

const settings = {
  AZURE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  WORDPRESS_URL: 'https://www.contoso.example',
  WORDPRESS_USERNAME: 'entra-sync',
  WORDPRESS_APP_PASSWORD: 'a secret',
}
const scaleOf = (value?: string) =>
  loadConfiguration({ ...settings, ...(value === undefined ? {} : { SYNC_TIME_SCALE: value }) }, () => '').timeScale

test('SYNC_TIME_SCALE is 1 unless it is set', () => {
  expect([scaleOf(), scaleOf(''), scaleOf('0.05'), scaleOf('1')]).toEqual([1, 1, 0.05, 1])
})
test.each(['0', '-1', '2', 'slow', '1e-9', 'NaN'])('SYNC_TIME_SCALE %s is a fault of the settings', (value) => {
  expect(() => scaleOf(value)).toThrow(/SYNC_TIME_SCALE: must be a number from 0.001 to 1/)
})
test('a scale shortens everything but how long a request to the site may take', () => {
  const scaled = scaleTimings(defaultTimings, 0.1)
  expect(scaled.siteRequest).toBe(defaultTimings.siteRequest)
  expect(scaled.laneLease).toBe(defaultTimings.laneLease / 10)
  expect(scaled.secondLook).toBe(defaultTimings.secondLook / 10)
})
