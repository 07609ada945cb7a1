/** Counter-based checks: how far they look ahead, and which counter comes next. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hotp, Secret, SHA256, type Algorithm } from '@halfminute/otp'
import fc from 'fast-check'
import refused from './vectors/codes-refused.json' with { type: 'json' }

const secret = Secret.fromBytes(new TextEncoder().encode(refused.secretAscii))
const hotp = new Hotp({ secret })

test('without looking ahead only the expected counter passes', () => {
  assert.deepEqual(hotp.check(hotp.code(7), { counter: 7 }), { ok: true, counter: 8 })
  assert.deepEqual(hotp.check(hotp.code(8), { counter: 7 }), { ok: false })
  assert.deepEqual(hotp.check(hotp.code(6), { counter: 7 }), { ok: false })
})

test('looking ahead reaches as far as asked and not one further', () => {
  for (const lookAhead of [1, 10, 1000]) {
    const last = 50 + lookAhead
    const options = { counter: 50, lookAhead }
    assert.equal(hotp.check(hotp.code(last), options).ok, true)
    const code = hotp.code(last + 1)
    const sameCodeInside = Array.from({ length: lookAhead + 1 }, (_, i) => hotp.code(50 + i))
    assert.equal(hotp.check(code, options).ok, sameCodeInside.includes(code))
    assert.equal(hotp.check(hotp.code(49), options).ok, sameCodeInside.includes(hotp.code(49)))
  }
})

test('the answer is the next counter, so the same code does not pass again', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 20 }), (start, ahead) => {
      const counter = Math.min(start, Number.MAX_SAFE_INTEGER - 100)
      const code = hotp.code(counter + ahead)
      const answer = hotp.check(code, { counter, lookAhead: 20 })
      assert.ok(answer.ok)
      assert.ok(answer.counter > counter && answer.counter <= counter + ahead + 1)
      assert.equal(hotp.code(answer.counter - 1), code)
      const again = hotp.check(code, { counter: answer.counter })
      assert.equal(again.ok, hotp.code(answer.counter) === code)
    }),
  )
})

test('of two counters with one code the earlier is taken', () => {
  let counter = 0
  while (hotp.code(counter) !== hotp.code(counter + 1)) counter++
  assert.deepEqual(hotp.check(hotp.code(counter), { counter, lookAhead: 5 }), {
    ok: true,
    counter: counter + 1,
  })
  assert.deepEqual(hotp.check(hotp.code(counter), { counter: counter - 2, lookAhead: 5 }), {
    ok: true,
    counter: counter + 1,
  })
})

test('the last counter of all has no next one and is not accepted', () => {
  const last = Number.MAX_SAFE_INTEGER
  assert.deepEqual(hotp.check(hotp.code(last), { counter: last, lookAhead: 5 }), { ok: false })
  assert.deepEqual(hotp.check(hotp.code(last - 1), { counter: last - 1, lookAhead: 5 }), {
    ok: true,
    counter: last,
  })
})

test('checking does not move the counter of the object', () => {
  const own = new Hotp({ secret, counter: 3 })
  own.check(own.code(3), { counter: 3 })
  assert.equal(own.counter, 3)
})

/** The time of a check must not tell which counter matched, or whether one did. */
test('every counter of the window is computed, whatever matches [R12]', () => {
  let computed = 0
  const counting: Algorithm = {
    name: 'SHA256',
    keyed(key) {
      const mac = SHA256.keyed(key)
      return {
        truncated(high, low) {
          computed++
          return mac.truncated(high, low)
        },
      }
    },
  }
  const own = new Hotp({ secret, algorithm: counting })
  const plain = new Hotp({ secret, algorithm: SHA256 })
  for (const counter of [10, 15, 20, 21]) {
    const code = plain.code(counter)
    computed = 0
    own.check(code, { counter: 10, lookAhead: 10 })
    assert.equal(computed, 11)
  }
})

for (const row of refused.cases) {
  test(`refused as a code: ${row.id}`, () => {
    assert.equal(hotp.check(refused.right, { counter: 1 }).ok, true)
    assert.deepEqual(hotp.check(row.code as string, { counter: 1 }), { ok: false })
  })
}

test('no value a person or a client can send makes a check throw', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
      assert.deepEqual(hotp.check(value as string, { counter: 1 }), { ok: false })
    }),
    { numRuns: 1000 },
  )
})

const WRONG_OPTIONS = [
  ['COUNTER_INVALID', {}],
  ['COUNTER_INVALID', { counter: -1 }],
  ['COUNTER_INVALID', { counter: 1.5 }],
  ['COUNTER_INVALID', { counter: '1' }],
  ['COUNTER_INVALID', { counter: 2 ** 53 }],
  ['LOOK_AHEAD_INVALID', { counter: 1, lookAhead: -1 }],
  ['LOOK_AHEAD_INVALID', { counter: 1, lookAhead: 1001 }],
  ['LOOK_AHEAD_INVALID', { counter: 1, lookAhead: 0.5 }],
  ['LOOK_AHEAD_INVALID', { counter: 1, lookAhead: '5' }],
] as const

for (const [code, options] of WRONG_OPTIONS) {
  test(`the caller's own mistake is told at once: ${JSON.stringify(options)}`, () => {
    for (const typed of ['287082', '']) {
      assert.throws(() => hotp.check(typed, options as never), { name: 'OtpError', code })
    }
  })
}
