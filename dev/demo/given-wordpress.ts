import type { WordPressSite } from '../wordpress/wordpress-site.ts'

/** A site that something else started: only its address and the sync's credential are known. */
export function loadWordPressFromSettings(url: string): WordPressSite {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new Error('--wordpress must be embedded, native, or a URL that begins with https:// or http://')
  const { WORDPRESS_USERNAME: username, WORDPRESS_APP_PASSWORD: applicationPassword } = process.env
  if (!username || !applicationPassword)
    throw new Error('--wordpress URL needs WORDPRESS_USERNAME and WORDPRESS_APP_PASSWORD in the environment')
  const ours = (): never => {
    throw new Error('this site is not ours to start, stop or change')
  }
  return {
    kind: 'native',
    url: url.replace(/\/+$/, ''),
    username,
    applicationPassword,
    adminUsername: '(yours)',
    adminPassword: '(yours)',
    version: '(unknown)',
    php: ours,
    setConditions: ours,
    pause: ours,
    resume: ours,
    stop: () => Promise.resolve(),
  }
}
