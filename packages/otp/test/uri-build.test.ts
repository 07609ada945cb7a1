/** Addresses we build are the ones the pickiest authenticator apps read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hotp, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import fc from 'fast-check'
import file from './vectors/uris-built.json' with { type: 'json' }

interface Row {
  readonly issuer?: string
  readonly account?: string
  readonly algorithm?: string
  readonly digits?: number
  readonly image?: string
  readonly periodSeconds?: number
  readonly counter?: number
}

function build({ algorithm: name, ...row }: Row): string {
  const algorithm = [SHA1, SHA256, SHA512].find((known) => known.name === name)
  const options = { ...row, algorithm, secret: Secret.fromBase32(file.secret) }
  return row.counter === undefined ? new Totp(options).uri : new Hotp(options).uri
}

for (const row of file.cases) {
  test(`built: ${row.id}`, () => {
    assert.equal(build(row.options), row.uri)
  })
}

for (const row of file.refused) {
  test(`not built: ${row.id}`, () => {
    assert.throws(() => build(row.options), { name: 'OtpError', code: row.code })
  })
}

test('a name too long for any QR picture is refused, not cut', () => {
  const fits = build({ account: 'a'.repeat(4000) })
  assert.ok(fits.length <= 4096)
  assert.throws(() => build({ account: 'a'.repeat(4096) }), { code: 'URI_TOO_LONG' })
  assert.throws(() => build({ account: 'ж'.repeat(700) }), { code: 'URI_TOO_LONG' })
})

test('no address has padding, a plus, a space, a fragment or a second colon in its label', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .map((s) => s.replaceAll(':', '.'))
  const bytes = fc.uint8Array({ minLength: 10, maxLength: 40 })
  fc.assert(
    fc.property(name, name, bytes, (issuer, account, raw) => {
      const { uri } = new Totp({ secret: Secret.fromBytes(raw), issuer, account })
      assert.match(
        uri,
        /^otpauth:\/\/totp\/[^:?#+ =]+:[^:?#+ =]+\?secret=[A-Z2-7]+&issuer=[^?#+ =&]+$/,
      )
      assert.equal(/\/([^/:]+):/.exec(uri.slice(10))?.[1], /&issuer=(.+)$/.exec(uri)?.[1])
    }),
  )
})
