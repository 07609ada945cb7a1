/**
 * Shells keep a history, processes show their arguments to everybody on the machine, and terminals and
 * logs keep what programs print. So a secret has one way in, standard input, and no way out but the answer.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runWith, type Seen } from './recorded-io.ts'

const CANARY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const ADDRESS = `otpauth://totp/ACME:ada?secret=${CANARY}&issuer=ACME`

/** No six characters in a row of what was given. Our own words have none of these in capitals. */
function assertSilent({ out, err }: Seen, given: string): void {
  for (let at = 0; at + 6 <= given.length; at++) {
    const piece = given.slice(at, at + 6)
    assert.ok(!out.includes(piece), `standard output repeats what was given, from ${at}`)
    assert.ok(!err.includes(piece), `standard error repeats what was given, from ${at}`)
  }
}

const IN_ARGUMENTS = [
  [CANARY],
  [`--${CANARY}`],
  [`-${CANARY}`],
  ['code', CANARY],
  ['code', '--secret', CANARY],
  ['code', `--secret=${CANARY}`],
  ['code', `--${CANARY}`],
  ['code', '--', CANARY],
  ['code', '--digits', CANARY],
  ['code', '--algorithm', CANARY],
  ['code', `--json=${CANARY}`],
  ['code', '--json', CANARY],
  ['secret', CANARY],
  ['secret', '--bytes', CANARY],
  ['uri', '--issuer', 'ACME', '--account', 'ada', CANARY],
  ['qr', CANARY],
  ['qr', ADDRESS],
  ['qr', '--uri', ADDRESS],
  ['verify', CANARY],
  ['verify', '287082', CANARY],
  ['verify', '287082', '--counter', CANARY],
  ['serve', CANARY],
]

test('a secret among the arguments is refused as a usage mistake and not repeated [R44]', async () => {
  for (const argv of IN_ARGUMENTS) {
    const seen = await runWith(argv, { stdin: `${ADDRESS}\n` })
    assert.equal(seen.status, 2, argv[0])
    assertSilent(seen, CANARY)
  }
})

test('an unexpected argument comes with the advice to use standard input [R44]', async () => {
  for (const argv of [
    ['code', CANARY],
    ['code', '--secret', CANARY],
    ['qr', ADDRESS],
  ]) {
    const { err } = await runWith(argv)
    assert.match(err, /hint: a secret is read from standard input/)
  }
})

const MALFORMED = [
  `${CANARY}1`,
  `${CANARY}\n${CANARY}`,
  `${CANARY}!`,
  `"${CANARY}"`,
  `secret=${CANARY}`,
  `${CANARY}\0`,
  `${CANARY}\u{1F511}`,
  `https://example.com/?secret=${CANARY}`,
  `${ADDRESS}#fragment`,
  `${ADDRESS}&secret=${CANARY}`,
  `${ADDRESS}&digits=20`,
  `${ADDRESS}&period=0`,
  `${ADDRESS}&algorithm=MD5`,
  `${ADDRESS}%`,
  `otpauth://totp/ACME:ada?secret=%E0%A4%A`,
  `otpauth://steam/ada?secret=${CANARY}`,
  `otpauth-migration://offline?data=${CANARY}`,
  `${ADDRESS}&x=${CANARY.repeat(200)}`,
]

test('a malformed secret or address is one usage mistake and not repeated [R44]', async () => {
  for (const input of MALFORMED) {
    for (const argv of [['code'], ['verify', '123456'], ['qr'], ['qr', '--png', '-']]) {
      const seen = await runWith(argv, { stdin: input })
      assert.equal(seen.status, 2, `${argv.join(' ')} accepted ${input}`)
      assert.equal(seen.out, '')
      assert.equal(seen.err.match(/^halfminute: error: /gm)?.length, 1)
      assertSilent(seen, CANARY)
    }
  }
})

test('a refused code is not repeated, nor the one that would have been right [R44]', async () => {
  const seen = await runWith(['verify', '111222'], { stdin: CANARY })
  assert.equal(seen.status, 1)
  for (const code of ['111222', '287082', '755224', '359152']) {
    assert.ok(!`${seen.out}${seen.err}`.includes(code), code)
  }
})

const NO_CODES = [
  '',
  ' ',
  '-',
  '28708',
  '+28708',
  '28708x',
  '287_082',
  '287.082',
  '287\t082',
  '287\u00A0082',
  '0x4612a',
  '2.87082e5',
  '２８７０８２',
  '٢٨٧٠٨٢',
  '287082\0',
  '287082\n',
  '287082287',
]

test('what is no code is a usage mistake, whatever the secret [R11]', async () => {
  for (const typed of NO_CODES) {
    const { status, out } = await runWith(['verify', '--', typed], { stdin: CANARY })
    assert.deepEqual({ status, out }, { status: 2, out: '' }, JSON.stringify(typed))
  }
})

test('without --drift, codes two steps away on either side are refused [R7]', async () => {
  const at = async (nowSeconds: number) => {
    const { status } = await runWith(['verify', '287082'], { stdin: CANARY, nowSeconds })
    return status
  }
  assert.deepEqual([await at(0), await at(30), await at(60)], [0, 0, 0])
  assert.equal(await at(90), 1)
  const late = await runWith(['code'], { stdin: CANARY, nowSeconds: 120 })
  const early = await runWith(['verify', late.out.trim()], { stdin: CANARY, nowSeconds: 60 })
  assert.equal(early.status, 1)
})
