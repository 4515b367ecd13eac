import fc from 'fast-check'

/**
 * What WordPress makes of a value on save, decoded: `name` stands for first, last and display name and nickname (where an
 * empty one of the latter two becomes the login), `description` for the biographical text.
 */
export const savedValues: { given: string; name: string; description: string }[] = [
  { given: 'R&D', name: 'R&D', description: 'R&D' },
  { given: 'R&amp;D', name: 'R&D', description: 'R&D' },
  { given: 'caf&eacute;', name: 'caf&eacute;', description: 'caf&eacute;' },
  { given: 'it&#39;s &#039;x&#039;', name: "it's 'x'", description: "it's 'x'" },
  { given: '<b>x</b>', name: 'x', description: '<b>x</b>' },
  { given: '3 <4> 5', name: '3 5', description: '3  5' },
  { given: 'a < b', name: 'a < b', description: 'a < b' },
  { given: 'a <b', name: 'a <b', description: 'a <b' },
  { given: `<"a' b`, name: `<"a' b`, description: `<"a' b` },
  { given: '<script>x()</script>y', name: 'y', description: 'x()y' },
  { given: 'a  b', name: 'a b', description: 'a  b' },
  { given: ' x ', name: 'x', description: ' x ' },
  { given: 'a\tb\r\nc', name: 'a b c', description: 'a\tb\r\nc' },
  { given: 'a\u00a0b', name: 'a\u00a0b', description: 'a\u00a0b' },
  { given: 'a\u0007b\u0000c', name: 'abc', description: 'abc' },
  { given: '50%20off', name: '50off', description: '50%20off' },
  { given: '50% off', name: '50% off', description: '50% off' },
  { given: 'Zoë 🎉 „x“', name: 'Zoë 🎉 „x“', description: 'Zoë 🎉 „x“' },
  { given: 'e\u0301', name: 'e\u0301', description: 'e\u0301' },
  { given: 'O\'Neil \\ "x" \\\\', name: 'O\'Neil \\ "x" \\\\', description: 'O\'Neil \\ "x" \\\\' },
  // PHP's empty() takes "0" for nothing.
  { given: '0', name: '', description: '' },
  {
    given: 'a\n\n<p>b</p><br><a href="https://people.test" onclick="x()">c</a> <strong>d</strong>',
    name: 'a bc d',
    description: 'a\n\nb<a href="https://people.test">c</a> <strong>d</strong>',
  },
]

export const urlValues: { given: string; kept: string }[] = [
  { given: 'people.test', kept: 'http://people.test' },
  { given: 'people.test/a b?x=1&y=2', kept: 'http://people.test/a%20b?x=1&y=2' },
  { given: 'http://PEOPLE.test/ü', kept: 'http://PEOPLE.test/ü' },
  { given: 'https://people.test/?a=%20', kept: 'https://people.test/?a=%20' },
  { given: 'https://people.test/\'q"<x>', kept: "https://people.test/'qx" },
  { given: 'mailto:x@people.test', kept: 'mailto:x@people.test' },
  { given: 'javascript:alert(1)', kept: '' },
  { given: '', kept: '' },
]

const pieces = [
  ...['&', '&amp;', '&lt;', '&#39;', '&#8217;', '&#x27;', '&nbsp;', '&foo;', '&amp;amp;', '&&', '&#55296;', ';'],
  ...[
    '<',
    '>',
    '<b>',
    '</b>',
    '<a href="x">',
    '<!--',
    '-->',
    '<?php',
    '<3',
    '%20',
    '%',
    '%2',
    '\\',
    "'",
    '"',
    '[x]',
    '`',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    '\u00a0',
    '\u2028',
    '\u0000',
    '\u0007',
    '\u007f',
    '\ufeff',
    '0',
    '🎉',
    'é',
    'javascript:',
  ],
]

/** The same texts every time, made of what WordPress treats specially and of anything else. */
export function awkwardTexts(count: number): string[] {
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 5 }))
  const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''))
  return fc.sample(text, { numRuns: count, seed: 7 })
}
