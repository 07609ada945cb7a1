/** Every published row of RFC 4226 Appendix D and RFC 6238 Appendix B, through the public API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hotp, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import hotpFile from './vectors/hotp-rfc4226.json' with { type: 'json' }
import totpFile from './vectors/totp-rfc6238.json' with { type: 'json' }

const ALGORITHMS = { SHA1, SHA256, SHA512 }

function algorithmNamed(name: string): keyof typeof ALGORITHMS {
  if (name === 'SHA1' || name === 'SHA256' || name === 'SHA512') return name
  throw new Error(`the file names an algorithm unknown here: ${name}`)
}

test('the spellings of the RFC 4226 secret are one secret', () => {
  const fromHex = Secret.fromHex(hotpFile.secretHex)
  assert.equal(fromHex.base32, hotpFile.secretBase32)
  assert.equal(Secret.fromBase32(hotpFile.secretBase32).hex, hotpFile.secretHex)
  assert.equal(Buffer.from(fromHex.bytes).toString('latin1'), hotpFile.secretAscii)
})

for (const row of hotpFile.vectors) {
  test(`RFC 4226 Appendix D, counter ${row.counter}`, () => {
    const secret = Secret.fromHex(hotpFile.secretHex)
    const hotp = new Hotp({ secret })
    assert.equal(hotp.code(row.counter), row.hotp)
    assert.deepEqual(hotp.check(row.hotp, { counter: row.counter }), {
      ok: true,
      counter: row.counter + 1,
    })
    assert.equal(SHA1.keyed(secret.bytes).truncated(0, row.counter), row.truncatedDecimal)
  })
}

for (const row of hotpFile.derived.vectors) {
  test(`RFC 4226 secret, counter ${row.counter}, ${row.digits} digits`, () => {
    const secret = Secret.fromHex(hotpFile.secretHex)
    assert.equal(new Hotp({ secret, digits: row.digits }).code(row.counter), row.hotp)
  })
}

for (const row of totpFile.vectors) {
  test(`RFC 6238 Appendix B, ${row.algorithm} at ${row.timeSeconds} s`, () => {
    const algorithm = algorithmNamed(row.algorithm)
    const secret = Secret.fromHex(totpFile.secrets[algorithm].hex)
    const totp = new Totp({ secret, algorithm: ALGORITHMS[algorithm], digits: totpFile.digits })
    const step = Number.parseInt(row.T_hex, 16)
    assert.equal(totp.step(row.timeSeconds), step)
    assert.equal(totp.code({ nowSeconds: row.timeSeconds }), row.totp)
    assert.deepEqual(totp.check(row.totp, { nowSeconds: row.timeSeconds }), {
      ok: true,
      step,
      drift: 0,
    })
  })
}

for (const row of totpFile.derived.vectors) {
  test(`RFC 6238 secrets, ${row.algorithm} at ${row.timeSeconds} s, ${row.digits} digits`, () => {
    const algorithm = algorithmNamed(row.algorithm)
    const secret = Secret.fromHex(totpFile.secrets[algorithm].hex)
    const totp = new Totp({ secret, algorithm: ALGORITHMS[algorithm], digits: row.digits })
    assert.equal(totp.code({ nowSeconds: row.timeSeconds }), row.totp)
  })
}

for (const row of totpFile.negative.vectors) {
  test(`the 20-byte secret does not stand for ${row.algorithm} at ${row.timeSeconds} s`, () => {
    const algorithm = ALGORITHMS[algorithmNamed(row.algorithm)]
    const secret = Secret.fromHex(totpFile.secrets.SHA1.hex)
    const totp = new Totp({ secret, algorithm, digits: totpFile.digits })
    assert.equal(totp.code({ nowSeconds: row.timeSeconds }), row.with20ByteKey)
    assert.deepEqual(totp.check(row.rfc, { nowSeconds: row.timeSeconds }), { ok: false })
  })
}
