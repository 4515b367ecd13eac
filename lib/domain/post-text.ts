import { plainText } from './plain-text.ts'
import type { PostText } from './post.ts'

/**
 * An expression's text as WordPress stores it in a post. People write their own attributes, and the sync's account may well post unfiltered
 * HTML: so the text is a text, whatever it looks like: no tags, no shortcodes, no blocks. Blank lines make paragraphs (`wpautop`). Sent like
 * this, it is stored as it is with and without `unfiltered_html`.
 * https://developer.wordpress.org/reference/functions/wp_kses_normalize_entities/
 */
export function postText(field: PostText, value: string): string {
  const text = plainText(value).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  // Titles run no shortcodes; a title is one line.
  if (field === 'title') return text.replace(/\s+/g, ' ').trim()
  return text.replace(/\[/g, '&#091;').replace(/\]/g, '&#093;')
}
