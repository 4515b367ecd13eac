import { describe, expect, test } from 'vitest'
import { compileExpression, ExpressionFailed } from '../../lib/domain/expression.ts'

const user = { givenName: 'Ann', surname: "O'Neill", otherMails: ['a@x.example', 'b@x.example'], employeeId: '0042' }

async function run(source: string, input: object = user): Promise<unknown> {
  const compiled = compileExpression(source)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults))
  return compiled.expression.evaluate(input)
}

function faults(source: string): string {
  const compiled = compileExpression(source)
  return compiled.ok ? '' : compiled.faults.map(({ message }) => message).join('; ')
}

function properties(source: string): string[] {
  const compiled = compileExpression(source)
  return compiled.ok ? compiled.expression.properties : []
}

describe('what expressions can do', () => {
  test.each([
    ['givenName', 'Ann'],
    ['missing', undefined],
    ['otherMails[0]', 'a@x.example'],
    ['$uppercase(givenName) & " " & surname', "ANN O'Neill"],
    ['$join(otherMails, "; ")', 'a@x.example; b@x.example'],
    ['$replace(employeeId, /^0+/, "")', '42'],
    ['$replace("abc", /(b)(c)?/, "[$1$2$0$$$11]")', 'a[bcbc$b1]'],
    ['$replace("a.b.c", ".", "-", 1)', 'a-b.c'],
    ['$replace("abc", /b/, function($m) { $uppercase($m.match) })', 'aBc'],
    ['$pad("x", -5, "#-")', '#-#-x'],
    ['$pad("x", 3) & "|"', 'x  |'],
    ['$match("a1b22", /[0-9]+/).match', ['1', '22']],
    ['$split("a, b", /,\\s*/)', ['a', 'b']],
    ['$contains("Grüße", /\\u00fc/i)', true],
    ['$distinct(["a", "b", "a"])', ['a', 'b']],
    ['($double := function($x) { $x & $x }; $double(givenName))', 'AnnAnn'],
    ['otherMails ~> $sort(function($a, $b) { $a < $b }) ~> $join(" ")', 'b@x.example a@x.example'],
    ['$sum([1..1000])', 500500],
    ['$map(["a", "b"], $pad(?, 3, "-"))', ['a--', 'b--']],
    ['($dashed := $join(?, "-"); $dashed(otherMails))', 'a@x.example-b@x.example'],
    ['("a.b" ~> $replace(?, ".", "-", 1))', 'a-b'],
  ])('%s', async (source, expected) => {
    expect(JSON.parse(JSON.stringify((await run(source)) ?? null))).toEqual(expected ?? null)
  })

  test('two evaluations at once do not pay for each other', async () => {
    const costly = '$sum($map([1..1000], function($i) { $i }))'
    const compiled = compileExpression(costly)
    if (!compiled.ok) throw new Error('does not compile')
    const results = await Promise.all(Array.from({ length: 20 }, () => compiled.expression.evaluate(user)))
    expect(new Set(results)).toEqual(new Set([500500]))
  })
})

describe('what they cannot', () => {
  test.each([
    ['tail recursion without an end', '($f := function($x) { $f($x) }; $f(1))'],
    ['deep recursion', '($f := function($x) { 1 + $f($x) }; $f(1))'],
    ['a long range', '[1..1e7]'],
    ['ranges in ranges', '[1..1000].[1..1000].[1..1000]'],
    ['loops in loops', '$map([1..1000], function($i) { $map([1..1000], function($j) { $j }) })'],
    ['a wide filling', '$pad("", 1e9)'],
    ['an endless filling', '$pad("", 1e300)'],
    ['a text that doubles', '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("ab", 40))'],
    [
      'an object that doubles',
      '($f := function($s, $n) { $n = 0 ? $s : $f({"a": $s, "b": $s}, $n - 1) }; $string($f("ab", 40)))',
    ],
    ['a list that doubles', '($f := function($s, $n) { $n = 0 ? $s : $f($append($s, $s), $n - 1) }; $f([1], 40))'],
    ['a large replacement', '$replace($pad("", 60000, "a"), /a/, $pad("", 60000, "b"))'],
    ['a large separator', '$join([1..1000].$string(), $pad("", 60000))'],
    ['many pieces', '$split($pad("", 60000), "")'],
    ['a text over 64 KiB', '$pad("", 65537)'],
    ['a slow search', '$map([1..1000], function($i) { $contains($pad("", 60000, "a"), /(a*)*b/) })'],
    ['a match that never moves on', '$match("aaa", /x*/)'],
    ['a number that is none', '$power(10, 400)'],
    ['an error of its own', '$error("with a secret")'],
    ['a wrong type', '$uppercase(otherMails)'],
  ])('%s fails', async (_, source) => {
    const failure = await run(source).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ExpressionFailed)
    expect((failure as Error).message).not.toMatch(/secret|example|aaa/)
  })

  test.each(['$split($pad("", 1001), "")', '$append([1..1000], [1])', '[1..600, 1..600]'])(
    'a list of more than 1000 members: %s',
    async (source) => {
      await expect(run(source)).rejects.toThrow(/list of more than 1000 members|D2015/)
    },
  )

  test('deep nesting is a list like any other', async () => {
    expect(JSON.stringify(await run(`${'['.repeat(100)}1${']'.repeat(100)}`))).toMatch(/^\[+1\]+$/)
  })

  test('a pattern that JavaScript would search for ever ends', async () => {
    expect(await run('$contains($pad("", 5000, "a") & "!", /^(a+)+$/)')).toBe(false)
  })

  test.each([
    '__proto__',
    'constructor',
    'constructor.constructor',
    'givenName.constructor',
    '$lookup($, "__proto__")',
    '$$.toString',
    '$string.implementation',
    '{"a": 1}.constructor',
  ])('%s finds nothing', async (source) => {
    expect(await run(source)).toBeUndefined()
    expect(await run(source, Object.assign(Object.create(null) as object, user))).toBeUndefined()
  })

  test('objects made under the name of a prototype change nobody else', async () => {
    await run('$merge([{"__proto__": {"polluted": true}}, {"constructor": {"prototype": {"polluted": true}}}])')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  test('an expression does not change its input', async () => {
    const input = structuredClone(user)
    await run('$sort(otherMails, function($a, $b) { $a < $b })[0] & $string($reverse(otherMails))', input)
    expect(input).toEqual(user)
  })
})

describe('what is refused at once', () => {
  test.each([
    ['$eval("1")', /\$eval is not available/],
    ['$now()', /\$now is not available/],
    ['$millis()', /\$millis/],
    ['$random()', /\$random/],
    ['$shuffle([1])', /\$shuffle/],
    ['$toMillis("2020")', /\$toMillis/],
    ['($e := $eval; $e("1"))', /\$eval/],
    ['$ ~> |$|{"a": 1}|', /transform/],
    ['$contains(mail, /(?=a)/)', /look-around/],
    ['$contains(mail, /(a)\\1/)', /back-reference/],
    ['$uppercas(mail)', /there is no \$uppercas; did you mean \$uppercase\?/],
    ['$constructor', /there is no \$constructor/],
    ['$__proto__', /there is no \$__proto__/],
    ['mail[', /S0203/],
    [' ', /empty/],
    ['"'.padEnd(5000, 'x'), /longer than 4000/],
    ['('.repeat(3990), /./],
  ])('%s', (source, message) => {
    expect(faults(source)).toMatch(message)
  })

  test('tells where', () => {
    expect(compileExpression('givenName & $now()')).toEqual({
      ok: false,
      faults: [{ message: expect.any(String), position: 16 }],
    })
  })

  test('all faults at once', () => {
    expect(faults('$now() & $eval("1")')).toMatch(/\$now.*\$eval|\$eval.*\$now/)
  })
})

describe('the properties that an expression names', () => {
  test.each([
    ['givenName', ['givenName']],
    ['$.givenName & $$.surname', ['givenName', 'surname']],
    ['identities[signInType = "userName"].issuerAssignedId', ['identities']],
    ['identities[issuer = $$.mail]', ['identities', 'mail']],
    ['otherMails[$contains($, "x")] ? a : b', ['a', 'b', 'otherMails']],
    ['$join([jobTitle, department], ", ")', ['department', 'jobTitle']],
    ['onPremisesExtensionAttributes.extensionAttribute1', ['onPremisesExtensionAttributes']],
    ['extension_0123456789abcdef_team', ['extension_0123456789abcdef_team']],
    ['($x := city; $x & function($y) { $y & country }("z"))', ['city', 'country']],
    ['(a; b).c', ['a', 'b']],
    ['identities^(issuer).issuer', ['identities']],
    ['{"x": city}', ['city']],
    ['mail ?: otherMails[0]', ['mail', 'otherMails']],
    ['*', []],
    ['`not a property`', []],
  ])('%s', (source, expected) => {
    expect(properties(source)).toEqual(expected)
  })
})
