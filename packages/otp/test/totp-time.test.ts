/** Time steps: how seconds become a step, a code and a rest, for every period, far into the future. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hotp, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import fc from 'fast-check'

const secret = Secret.fromBytes(new Uint8Array(20).fill(0x5a))

for (const periodSeconds of [1, 30, 60, 120, 240]) {
  test(`a period of ${periodSeconds} s: the step turns exactly at its edge`, () => {
    const totp = new Totp({ secret, periodSeconds })
    const edge = 58_000_000 * periodSeconds
    assert.equal(totp.step(edge - 1), 58_000_000 - 1)
    assert.equal(totp.step(edge), 58_000_000)
    assert.equal(totp.step(edge + periodSeconds - 1), 58_000_000)
    assert.equal(totp.step(edge + periodSeconds), 58_000_000 + 1)
    assert.equal(totp.secondsRemaining(edge), periodSeconds)
    assert.equal(totp.secondsRemaining(edge - 1), 1)
    assert.equal(totp.secondsRemaining(edge + periodSeconds - 1), 1)
    assert.equal(totp.code({ nowSeconds: edge }), totp.codeForStep(58_000_000))
  })
}

for (const algorithm of [SHA1, SHA256, SHA512]) {
  for (const digits of [6, 7, 8]) {
    test(`${algorithm.name}, ${digits} digits: a TOTP is the HOTP of its step`, () => {
      const totp = new Totp({ secret, algorithm, digits })
      const hotp = new Hotp({ secret, algorithm, digits })
      fc.assert(
        fc.property(fc.maxSafeNat(), (step) => {
          const code = totp.codeForStep(step)
          assert.match(code, /^[0-9]+$/)
          assert.equal(code.length, digits)
          assert.equal(code, hotp.code(step))
        }),
      )
    })
  }
}

test('steps beyond 2^32 are steps of their own', () => {
  const totp = new Totp({ secret, digits: 8, periodSeconds: 1 })
  const codes = new Set([1, 2 ** 32 + 1, 2 ** 33 + 1, 2 ** 40 + 1].map((s) => totp.codeForStep(s)))
  assert.equal(codes.size, 4)
  assert.equal(totp.step(20_000_000_000), 20_000_000_000)
  assert.equal(totp.code({ nowSeconds: 20_000_000_000 }), totp.codeForStep(20_000_000_000))
})

test('codes keep their leading zeros', () => {
  const totp = new Totp({ secret })
  let step = 0
  while (!totp.codeForStep(step).startsWith('00')) step++
  assert.equal(totp.codeForStep(step).length, 6)
  assert.deepEqual(totp.check(totp.codeForStep(step), { nowSeconds: step * 30 }), {
    ok: true,
    step,
    drift: 0,
  })
  assert.deepEqual(totp.check(totp.codeForStep(step).slice(2), { nowSeconds: step * 30 }), {
    ok: false,
  })
})

test('fractions of a second are cut, not rounded', () => {
  const totp = new Totp({ secret })
  assert.equal(totp.step(59.999), 1)
  assert.equal(totp.secondsRemaining(59.999), 1)
  assert.equal(totp.secondsRemaining(0.5), 30)
})

test('without nowSeconds the clock of the machine counts', () => {
  const totp = new Totp({ secret })
  const before = totp.step(Date.now() / 1000)
  const read = totp.step()
  const after = totp.step(Date.now() / 1000)
  assert.ok(before <= read && read <= after)
  const around = [before - 1, before, after].map((step) => totp.codeForStep(step))
  assert.ok(around.includes(totp.code()))
  assert.ok(totp.check(totp.code()).ok)
  assert.ok(totp.secondsRemaining() >= 1 && totp.secondsRemaining() <= 30)
})

for (const wrong of [-1, Number.NaN, Infinity, 2 ** 53, '59', null, 59n, new Date(59_000)]) {
  test(`a time that is none is refused: ${typeof wrong} ${String(wrong)}`, () => {
    const totp = new Totp({ secret })
    const nowSeconds = wrong as number
    const refused = { name: 'OtpError', code: 'NOW_SECONDS_INVALID' }
    assert.throws(() => totp.step(nowSeconds), refused)
    assert.throws(() => totp.secondsRemaining(nowSeconds), refused)
    assert.throws(() => totp.code({ nowSeconds }), refused)
    assert.throws(() => totp.check('000000', { nowSeconds }), refused)
  })
}

for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53, '1', null, 1n]) {
  test(`a step that is none is refused: ${typeof wrong} ${String(wrong)}`, () => {
    assert.throws(() => new Totp({ secret }).codeForStep(wrong as number), {
      name: 'OtpError',
      code: 'STEP_INVALID',
    })
  })
}
