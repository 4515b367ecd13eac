/**
 * The site's locale for a language tag (`de-DE` → `de_DE`, `ja-JP` → `ja`, `de` → `de_DE`), or null where the site has none: WordPress
 * refuses a user with a locale that isn't installed.
 */
export function siteLocale(tag: string, locales: readonly string[]): string | null {
  const [language = '', region] = tag.trim().toLowerCase().split(/[-_]/)
  const wanted = [
    tag.trim().replace(/-/g, '_'),
    ...(region ? [`${language}_${region}`] : []),
    language,
    language === 'en' ? 'en_us' : `${language}_${language}`,
  ]
  for (const candidate of wanted) {
    const found = locales.find((locale) => locale.toLowerCase() === candidate.toLowerCase())
    if (found) return found
  }
  return null
}
