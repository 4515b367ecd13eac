import { describe, expect, it } from 'vitest'
import { frontPage, restUrl } from '../../lib/wordpress/rest-url.ts'

describe('the address of a REST route', () => {
  it.each([
    ['https://example.test/wp-json/', 'https://example.test/wp-json/wp/v2/users?page=2'],
    ['https://example.test/blog/wp-json/', 'https://example.test/blog/wp-json/wp/v2/users?page=2'],
    ['https://example.test/index.php/wp-json/', 'https://example.test/index.php/wp-json/wp/v2/users?page=2'],
    ['https://example.test/?rest_route=/', 'https://example.test/?rest_route=%2Fwp%2Fv2%2Fusers&page=2'],
  ])('under %s', (root, expected) => {
    expect(restUrl(root, '/wp/v2/users', { page: '2' })).toBe(expected)
  })

  it.each([
    ['https://example.test', 'https://example.test/'],
    ['https://example.test//', 'https://example.test/'],
    ['https://example.test/blog', 'https://example.test/blog/'],
    ['https://example.test/blog/wp-json/', 'https://example.test/blog/'],
    ['https://example.test/wp-json', 'https://example.test/'],
    ['https://name:secret@example.test/?x=1#y', 'https://example.test/'],
  ])('the front page of %s', (configured, expected) => {
    expect(frontPage(configured)).toBe(expected)
  })
})
