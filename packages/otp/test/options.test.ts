/** What an authenticator is made of is checked at construction, readable afterwards, and never echoed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Hotp,
  OTP_ERRORS,
  OtpError,
  Secret,
  SHA1,
  SHA256,
  SHA512,
  Totp,
  type OtpErrorCode,
} from '@halfminute/otp'

const secret = Secret.fromBytes(new Uint8Array(20).fill(1))

test('the defaults are SHA1, six digits, thirty seconds, counter zero', () => {
  const totp = new Totp({ secret })
  assert.equal(totp.secret, secret)
  assert.equal(totp.algorithm, SHA1)
  assert.equal(totp.digits, 6)
  assert.equal(totp.periodSeconds, 30)
  assert.deepEqual([totp.issuer, totp.account, totp.image], [undefined, undefined, undefined])
  assert.equal(new Hotp({ secret }).counter, 0)
})

test('options come back under their own names', () => {
  const common = {
    secret,
    issuer: 'ACME',
    account: 'ada',
    algorithm: SHA512,
    digits: 8,
    image: 'https://example.com/a.png',
  }
  const { issuer, account, algorithm, digits, image } = common
  const totp = new Totp({ ...common, periodSeconds: 60 })
  const hotp = new Hotp({ ...common, counter: 5 })
  for (const made of [totp, hotp]) {
    assert.deepEqual(
      [made.secret, made.issuer, made.account, made.algorithm, made.digits, made.image],
      [secret, issuer, account, algorithm, digits, image],
    )
  }
  assert.equal(totp.periodSeconds, 60)
  assert.equal(hotp.counter, 5)
})

test('an algorithm carries the name a URI spells', () => {
  assert.deepEqual([SHA1.name, SHA256.name, SHA512.name], ['SHA1', 'SHA256', 'SHA512'])
})

const REFUSED: readonly (readonly [OtpErrorCode, string, Record<string, unknown>])[] = [
  ['SECRET_INVALID', 'secret', { secret: undefined }],
  ['SECRET_INVALID', 'secret', { secret: new Uint8Array(20) }],
  ['SECRET_INVALID', 'secret', { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' }],
  ['ALGORITHM_INVALID', 'algorithm', { algorithm: 'SHA256' }],
  ['ALGORITHM_INVALID', 'algorithm', { algorithm: null }],
  ['ALGORITHM_INVALID', 'algorithm', { algorithm: { name: 'SHA1' } }],
  ['DIGITS_INVALID', 'digits', { digits: 5 }],
  ['DIGITS_INVALID', 'digits', { digits: 9 }],
  ['DIGITS_INVALID', 'digits', { digits: 6.5 }],
  ['DIGITS_INVALID', 'digits', { digits: '6' }],
  ['DIGITS_INVALID', 'digits', { digits: Number.NaN }],
  ['ISSUER_INVALID', 'issuer', { issuer: 5 }],
  ['ISSUER_INVALID', 'issuer', { issuer: null }],
  ['ACCOUNT_INVALID', 'account', { account: {} }],
  ['IMAGE_INVALID', 'image', { image: 'javascript:alert(1)' }],
  ['IMAGE_INVALID', 'image', { image: 'https://a.example/ b' }],
  ['IMAGE_INVALID', 'image', { image: ['https://a.example'] }],
]

const REFUSED_BY_TOTP: typeof REFUSED = [
  ['PERIOD_INVALID', 'periodSeconds', { periodSeconds: 0 }],
  ['PERIOD_INVALID', 'periodSeconds', { periodSeconds: -30 }],
  ['PERIOD_INVALID', 'periodSeconds', { periodSeconds: 29.5 }],
  ['PERIOD_INVALID', 'periodSeconds', { periodSeconds: Infinity }],
  ['PERIOD_INVALID', 'periodSeconds', { periodSeconds: '30' }],
]

const REFUSED_BY_HOTP: typeof REFUSED = [
  ['COUNTER_INVALID', 'counter', { counter: -1 }],
  ['COUNTER_INVALID', 'counter', { counter: 0.5 }],
  ['COUNTER_INVALID', 'counter', { counter: 2 ** 53 }],
  ['COUNTER_INVALID', 'counter', { counter: 5n }],
]

function refuses(name: string, rows: typeof REFUSED, make: (options: never) => unknown) {
  for (const [code, argument, wrong] of rows) {
    test(`${name} refuses ${argument}: ${typeof Object.values(wrong)[0]} ${String(Object.values(wrong)[0])}`, () => {
      assert.throws(
        () => make({ secret, ...wrong } as never),
        (error) => {
          assert.ok(error instanceof OtpError)
          assert.equal(error.code, code)
          assert.ok(error.message.startsWith(argument), error.message)
          return true
        },
      )
    })
  }
}

refuses('Totp', [...REFUSED, ...REFUSED_BY_TOTP], (options) => new Totp(options))
refuses('Hotp', [...REFUSED, ...REFUSED_BY_HOTP], (options) => new Hotp(options))

test('an error is an Error with its code, its sentence and no cause', () => {
  for (const code of Object.keys(OTP_ERRORS) as OtpErrorCode[]) {
    const error = new OtpError(code)
    assert.ok(error instanceof Error)
    assert.equal(error.name, 'OtpError')
    assert.equal(error.code, code)
    assert.equal(error.message, OTP_ERRORS[code])
    assert.equal(error.cause, undefined)
  }
  assert.equal(new OtpError('URI_INVALID', 'why').message, `${OTP_ERRORS.URI_INVALID} (why)`)
})
