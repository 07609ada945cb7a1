/** Addresses of others: read where the meaning is plain, refused by name where it is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hotp, OtpError, parseUri, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import fc from 'fast-check'
import accepted from './vectors/uris-accepted.json' with { type: 'json' }
import refused from './vectors/uris-refused.json' with { type: 'json' }

/** What the reader saw, as plain values. */
function seen(otp: Totp | Hotp) {
  const { issuer, account, digits, image } = otp
  const common = {
    secret: otp.secret.hex,
    issuer,
    account,
    algorithm: otp.algorithm.name,
    digits,
    image,
  }
  return otp instanceof Totp
    ? { ...common, periodSeconds: otp.periodSeconds, counter: undefined }
    : { ...common, periodSeconds: undefined, counter: otp.counter }
}

for (const row of accepted.cases) {
  test(`read: ${row.id}`, () => {
    const otp = parseUri(row.uri.replaceAll('{S}', accepted.secret))
    const isHotp = 'counter' in row.expect
    assert.ok(isHotp ? otp instanceof Hotp : otp instanceof Totp)
    assert.deepEqual(seen(otp), {
      secret: Secret.fromBase32(accepted.secret).hex,
      issuer: undefined,
      account: undefined,
      algorithm: 'SHA1',
      digits: 6,
      image: undefined,
      counter: undefined,
      periodSeconds: isHotp ? undefined : 30,
      ...row.expect,
    })
  })
}

for (const row of refused.cases) {
  test(`refused with ${row.code}: ${row.id}`, () => {
    assert.throws(() => parseUri(row.uri.replaceAll('{S}', refused.secret)), {
      name: 'OtpError',
      code: row.code,
    })
  })
}

for (const value of [
  undefined,
  null,
  42,
  {},
  ['otpauth://totp/a?secret=x'],
  new URL('otpauth://totp/a'),
]) {
  test(`refused: ${Object.prototype.toString.call(value)} is no address`, () => {
    assert.throws(() => parseUri(value as string), { name: 'OtpError', code: 'URI_INVALID' })
  })
}

test('4,096 bytes are read and one more is refused, counted in bytes', () => {
  const head = `otpauth://totp/ada?secret=${refused.secret}&x=`
  const fill = 4096 - head.length
  assert.ok(parseUri(head + 'a'.repeat(fill)) instanceof Totp)
  assert.throws(() => parseUri(head + 'a'.repeat(fill + 1)), { code: 'URI_TOO_LONG' })
  assert.ok(parseUri(head + 'ж'.repeat(Math.floor(fill / 2))) instanceof Totp)
  assert.throws(() => parseUri(head + 'ж'.repeat(Math.floor(fill / 2) + 1)), {
    code: 'URI_TOO_LONG',
  })
  assert.throws(() => parseUri('a'.repeat(10_000_000)), { code: 'URI_TOO_LONG' })
})

const names = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((name) => name.replaceAll(':', '').replace(/^ +/, ''))
const common = {
  secret: fc.uint8Array({ minLength: 10, maxLength: 64 }).map((bytes) => Secret.fromBytes(bytes)),
  issuer: names,
  account: names.filter((name) => name !== ''),
  algorithm: fc.constantFrom(SHA1, SHA256, SHA512),
  digits: fc.constantFrom(6, 7, 8),
  image: fc.option(fc.webUrl({ validSchemes: ['https'] }), { nil: undefined }),
}

test('a Totp read from its own address is the same one', () => {
  const periods = fc.integer({ min: 1, max: 86_400 })
  fc.assert(
    fc.property(fc.record({ ...common, periodSeconds: periods }), (options) => {
      const totp = new Totp(options)
      const read = parseUri(totp.uri)
      assert.ok(read instanceof Totp)
      assert.deepEqual(seen(read), seen(totp))
      assert.equal(read.uri, totp.uri)
      assert.equal(read.codeForStep(1), totp.codeForStep(1))
    }),
    { numRuns: 500 },
  )
})

test('a Hotp read from its own address is the same one', () => {
  fc.assert(
    fc.property(fc.record({ ...common, counter: fc.maxSafeNat() }), (options) => {
      const hotp = new Hotp(options)
      const read = parseUri(hotp.uri)
      assert.ok(read instanceof Hotp)
      assert.deepEqual(seen(read), seen(hotp))
      assert.equal(read.uri, hotp.uri)
    }),
    { numRuns: 500 },
  )
})

test('whatever text comes in, the answer is an authenticator or an OtpError', () => {
  const noise = fc.string({ unit: 'binary', maxLength: 60 })
  const near = fc
    .tuple(
      fc.constantFrom('totp', 'hotp', 'steam', ''),
      noise,
      fc.array(
        fc.tuple(
          fc.constantFrom(
            'secret',
            'issuer',
            'digits',
            'period',
            'counter',
            'algorithm',
            'image',
            'x',
          ),
          fc.oneof(noise, fc.constantFrom(refused.secret, '6', '30', 'SHA1', '%', '%00')),
        ),
        { maxLength: 6 },
      ),
    )
    .map(
      ([type, label, query]) =>
        `otpauth://${type}/${label}?${query.map((p) => p.join('=')).join('&')}`,
    )
  fc.assert(
    fc.property(fc.oneof(noise, near), (text) => {
      try {
        assert.ok(parseUri(text).secret instanceof Secret)
      } catch (error) {
        assert.ok(error instanceof OtpError, String(error))
      }
    }),
    { numRuns: 3000 },
  )
})
