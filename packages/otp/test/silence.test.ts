/**
 * A secret leaves only where it is asked for by name. Log lines, error trackers and JSON replies are
 * where shared keys of second factors usually turn up.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Hotp, parseUri, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import refused from './vectors/uris-refused.json' with { type: 'json' }

const CANARY = 'canary-canary-canary'
const bytes = new TextEncoder().encode(CANARY)
const secret = Secret.fromBytes(bytes)
const { base32 } = secret

/** Every spelling a leak could have, parts of them included. */
const SPELLINGS = [
  CANARY,
  base32,
  secret.hex,
  Buffer.from(bytes).toString('base64'),
  bytes.join(','),
  base32.slice(0, 12),
  secret.hex.slice(0, 12),
  bytes.slice(0, 6).join(','),
].map(plain)

/** Lists of bytes are printed over many lines; neither that nor case may hide a leak. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, '').toLowerCase()
}

function assertSilent(text: string, where: string): void {
  const searched = plain(text)
  for (const spelling of SPELLINGS) {
    assert.ok(!searched.includes(spelling), `${where} shows the secret`)
  }
}

function everyRendering(value: Secret | Totp | Hotp): [string, string][] {
  return [
    ['String()', String(value)],
    ['JSON', JSON.stringify(value)],
    ['JSON, nested', JSON.stringify({ list: [value] })],
    ['inspect', inspect(value)],
    ['inspect, nested', inspect({ list: [value] }, { depth: null })],
    ['inspect, wide open', inspect(value, { depth: null, showHidden: true, getters: true })],
    ['inspect, raw', inspect(value, { depth: null, showHidden: true, customInspect: false })],
    ['own properties', inspect(Object.getOwnPropertyDescriptors(value), { depth: null })],
    ['a plain copy', inspect(Object.assign({}, value), { depth: null })],
    ['for in', JSON.stringify(Object.entries(value))],
  ]
}

test('the canary is found where it is asked for by name', () => {
  for (const asked of [secret.base32, secret.hex, inspect([...secret.bytes])]) {
    assert.throws(() => assertSilent(asked, 'named access'), /shows the secret/)
  }
})

for (const algorithm of [SHA1, SHA256, SHA512]) {
  const options = { secret, issuer: 'ACME', account: 'ada', algorithm }
  for (const value of [
    secret,
    new Totp(options),
    new Hotp(options),
    parseUri(new Totp(options).uri),
  ]) {
    test(`${value.constructor.name} with ${algorithm.name} hides the secret in every rendering`, () => {
      for (const [where, text] of everyRendering(value)) assertSilent(text, where)
    })
  }
}

test('a secret still says what it is', () => {
  assert.equal(String(secret), 'Secret(20 bytes, hidden)')
  assert.equal(inspect(secret), 'Secret(20 bytes, hidden)')
  assert.equal(JSON.stringify({ secret }), '{"secret":"Secret(20 bytes, hidden)"}')
})

test('an authenticator in JSON has all but its secret', () => {
  const totp = new Totp({ secret, issuer: 'ACME', account: 'ada' })
  assert.deepEqual(JSON.parse(JSON.stringify(totp)), {
    type: 'totp',
    issuer: 'ACME',
    account: 'ada',
    algorithm: 'SHA1',
    digits: 6,
    periodSeconds: 30,
  })
  assert.deepEqual(JSON.parse(JSON.stringify(new Hotp({ secret, counter: 5 }))), {
    type: 'hotp',
    algorithm: 'SHA1',
    digits: 6,
    counter: 5,
  })
})

/** One parser on npm prints the whole address, secret included, in its error. */
function assertErrorSilent(act: () => unknown, where: string): void {
  let thrown: unknown
  try {
    act()
  } catch (error) {
    thrown = error
  }
  assert.ok(thrown instanceof Error, `${where}: expected an error`)
  assert.equal(thrown.cause, undefined)
  for (const text of [
    thrown.message,
    thrown.stack ?? '',
    String(thrown),
    JSON.stringify(thrown),
    inspect(thrown, { depth: null, showHidden: true }),
  ]) {
    assertSilent(text, where)
    assert.ok(
      !text.includes('otpauth://totp') && !text.includes('ada%40'),
      `${where} shows the uri`,
    )
  }
}

test('no refused address appears in its error', () => {
  for (const row of refused.cases) {
    const uri = row.uri.replaceAll('{S}', base32).replaceAll('ada', 'ada%40example.com')
    assertErrorSilent(() => parseUri(uri), row.id)
  }
})

test('no refused secret appears in its error', () => {
  const wrong: [string, () => unknown][] = [
    ['fromBase32, alphabet', () => Secret.fromBase32(`${base32}1`)],
    ['fromBase32, length', () => Secret.fromBase32(`${base32}A`)],
    ['fromBase32, pad bits', () => Secret.fromBase32(`${base32}GF`)],
    ['fromBase32, short', () => Secret.fromBase32(base32.slice(0, 15))],
    ['fromHex', () => Secret.fromHex(`${secret.hex}g`)],
    ['fromHex, short', () => Secret.fromHex(secret.hex.slice(0, 18))],
    ['fromBytes, text', () => Secret.fromBytes(CANARY as never)],
    ['Totp with text', () => new Totp({ secret: base32 as never })],
    ['Totp with bytes', () => new Totp({ secret: bytes as never })],
    ['account in place of it', () => new Totp({ secret, account: [base32] as never })],
    ['algorithm in place of it', () => new Totp({ secret, algorithm: base32 as never })],
    ['a colon', () => new Totp({ secret, account: `${base32}:` }).uri],
    ['image', () => new Totp({ secret, image: base32 })],
    ['digits', () => new Hotp({ secret, digits: base32 as never })],
  ]
  for (const [where, act] of wrong) assertErrorSilent(act, where)
})
