/** The window of a check: which steps it takes, which it no longer takes, and what it never does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret, SHA1, SHA256, SHA512, Totp, type Algorithm } from '@halfminute/otp'
import fc from 'fast-check'
import refused from './vectors/codes-refused.json' with { type: 'json' }

const secret = Secret.fromBytes(new TextEncoder().encode(refused.secretAscii))
const totp = new Totp({ secret })
const at = (step: number) => step * 30

/** The first step from `from` on whose code is also that of the step `apart` later. */
function stepWithTwin(apart: number, from: number): number {
  let step = from
  while (totp.codeForStep(step) !== totp.codeForStep(step + apart)) step++
  return step
}

for (const periodSeconds of [30, 60, 120, 240]) {
  for (const algorithm of [SHA1, SHA256, SHA512]) {
    for (const digits of [6, 7, 8]) {
      test(`${periodSeconds} s, ${algorithm.name}, ${digits} digits: ±1 step is taken, ±2 is not`, () => {
        const own = new Totp({ secret, algorithm, digits, periodSeconds })
        const present = 123_456
        const code = own.codeForStep(present)
        for (const drift of [-1, 0, 1]) {
          // First and last second of the step in which the code is typed.
          for (const second of [0, periodSeconds - 1]) {
            const nowSeconds = (present - drift) * periodSeconds + second
            assert.deepEqual(own.check(code, { nowSeconds }), { ok: true, step: present, drift })
          }
        }
        for (const drift of [-2, 2]) {
          const nowSeconds = (present - drift) * periodSeconds
          assert.deepEqual(own.check(code, { nowSeconds }), { ok: false })
        }
      })
    }
  }
}

test('each side of the window is as wide as asked, to the step', () => {
  // Eight digits, and a step compared by its code: two steps of a window may still share one.
  const long = new Totp({ secret, digits: 8 })
  const sides = fc.integer({ min: 0, max: 100 })
  const drifts = fc.integer({ min: -102, max: 102 })
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), sides, sides, drifts, (offset, past, future, drift) => {
      const present = 1000 + offset
      const code = long.codeForStep(present + drift)
      const window = Array.from({ length: past + future + 1 }, (_, i) => i - past)
      const inside = window.some((near) => long.codeForStep(present + near) === code)
      const answer = long.check(code, { nowSeconds: at(present), driftSteps: { past, future } })
      assert.equal(answer.ok, inside)
      if (!answer.ok) return
      assert.ok(window.includes(answer.drift))
      assert.equal(answer.step, present + answer.drift)
      assert.equal(long.codeForStep(answer.step), code)
    }),
    { numRuns: 300 },
  )
})

test('one number is both sides', () => {
  const code = totp.codeForStep(500)
  for (const [now, ok] of [
    [495, true],
    [505, true],
    [494, false],
    [506, false],
  ] as const) {
    assert.equal(totp.check(code, { nowSeconds: at(now), driftSteps: 5 }).ok, ok)
  }
  assert.equal(totp.check(code, { nowSeconds: at(501), driftSteps: 0 }).ok, false)
  assert.equal(totp.check(code, { nowSeconds: at(500), driftSteps: 0 }).ok, true)
})

test('at the beginning of time there is no step before the first', () => {
  assert.deepEqual(totp.check(totp.codeForStep(0), { nowSeconds: 0, driftSteps: 100 }), {
    ok: true,
    step: 0,
    drift: 0,
  })
  // What a step of -1 would be if only its low half were looked at.
  const wrapped = totp.codeForStep(2 ** 32 - 1)
  assert.deepEqual(totp.check(wrapped, { nowSeconds: 0 }), { ok: false })
})

test('at the end of numbers the window still answers, and ends there', () => {
  const second = new Totp({ secret, periodSeconds: 1 })
  const beyond = SHA1.keyed(secret.bytes).truncated(2 ** 53 / 2 ** 32, 0) % 1_000_000
  const nowSeconds = Number.MAX_SAFE_INTEGER
  assert.deepEqual(second.check(second.codeForStep(nowSeconds), { nowSeconds }), {
    ok: true,
    step: nowSeconds,
    drift: 0,
  })
  assert.deepEqual(second.check(String(beyond).padStart(6, '0'), { nowSeconds }), { ok: false })
})

test('less than six zeros are not the code 000000', () => {
  let step = 0
  while (totp.codeForStep(step) !== '000000') step++
  assert.equal(totp.check('000000', { nowSeconds: at(step) }).ok, true)
  for (const short of ['', '0', '00000']) {
    assert.deepEqual(totp.check(short, { nowSeconds: at(step) }), { ok: false })
  }
})

/**
 * A code stays on a screen for half a minute and in the window for longer. Whoever reads it over a
 * shoulder would use it again (RFC 6238 §5.2).
 */
test('a spent step and every older one match nothing', () => {
  const nowSeconds = at(1000)
  for (const drift of [-1, 0, 1]) {
    const code = totp.codeForStep(1000 + drift)
    for (const spentStep of [999, 1000, 1001]) {
      const answer = totp.check(code, { nowSeconds, spentStep })
      assert.equal(answer.ok, 1000 + drift > spentStep, `drift ${drift}, spent ${spentStep}`)
    }
  }
})

test('spending step 0 is not the same as having spent none', () => {
  const code = totp.codeForStep(0)
  assert.equal(totp.check(code, { nowSeconds: 0 }).ok, true)
  assert.equal(totp.check(code, { nowSeconds: 0, spentStep: -1 }).ok, true)
  assert.equal(totp.check(code, { nowSeconds: 0, spentStep: 0 }).ok, false)
})

/**
 * Two neighbouring steps show the same code about once in a million. A check that matches first and
 * asks about spending afterwards finds the spent step and turns the right code away.
 */
test('of two neighbours with one code, the later counts when the earlier is spent', () => {
  const earlier = stepWithTwin(1, 0)
  const later = earlier + 1
  const code = totp.codeForStep(later)
  for (const present of [earlier, later, later + 1]) {
    const nowSeconds = at(present)
    assert.deepEqual(
      totp.check(code, { nowSeconds, driftSteps: 2, spentStep: earlier }),
      { ok: true, step: later, drift: later - present },
      `present ${present - earlier}`,
    )
    assert.deepEqual(totp.check(code, { nowSeconds, driftSteps: 2, spentStep: later }), {
      ok: false,
    })
  }
})

test('of several unspent matches the one nearest the present is taken', () => {
  const earlier = stepWithTwin(1, 0)
  const code = totp.codeForStep(earlier)
  for (const [present, drift] of [
    [earlier - 1, 1],
    [earlier, 0],
    [earlier + 1, 0],
    [earlier + 2, -1],
  ] as const) {
    assert.deepEqual(totp.check(code, { nowSeconds: at(present), driftSteps: 3 }), {
      ok: true,
      step: present + drift,
      drift,
    })
  }
})

test('of two equally near matches the past one is taken', () => {
  const earlier = stepWithTwin(2, 0)
  const present = earlier + 1
  const code = totp.codeForStep(earlier)
  assert.deepEqual(totp.check(code, { nowSeconds: at(present) }), {
    ok: true,
    step: earlier,
    drift: -1,
  })
})

/** The time of a check must not tell which step matched, or whether one did. */
test('every step of the window is computed, whatever matches [R12]', () => {
  let computed = 0
  const counting: Algorithm = {
    name: 'SHA1',
    keyed(key) {
      const mac = SHA1.keyed(key)
      return {
        truncated(high, low) {
          computed++
          return mac.truncated(high, low)
        },
      }
    },
  }
  const own = new Totp({ secret, algorithm: counting })
  for (const spentStep of [-1, 998, 1000, 5000]) {
    for (const step of [997, 998, 1000, 1002, 1003, 4000]) {
      const code = totp.codeForStep(step)
      computed = 0
      own.check(code, { nowSeconds: at(1000), driftSteps: { past: 2, future: 3 }, spentStep })
      assert.equal(computed, 6, `step ${step}, spent ${spentStep}`)
    }
  }
})

test(`the right code among the refused ones is right (${refused.source})`, () => {
  const answer = totp.check(refused.right, { nowSeconds: refused.nowSeconds })
  assert.deepEqual(answer, { ok: true, step: 1, drift: 0 })
})

for (const row of refused.cases) {
  test(`refused as a code: ${row.id}`, () => {
    const answer = totp.check(row.code as string, { nowSeconds: refused.nowSeconds })
    assert.deepEqual(answer, { ok: false })
  })
}

test('no value a person or a client can send makes a check throw', () => {
  const rich = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  fc.assert(
    fc.property(rich, (value) => {
      assert.deepEqual(totp.check(value as string, { nowSeconds: 59 }), { ok: false })
    }),
    { numRuns: 2000 },
  )
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('looked inside')
      },
    },
  )
  for (const value of [
    hostile,
    Symbol('287082'),
    undefined,
    new String('287082'),
    () => '287082',
  ]) {
    assert.deepEqual(totp.check(value as string, { nowSeconds: 59 }), { ok: false })
  }
})

test('of all six-digit strings only those of the window pass', () => {
  const present = 777
  const right = new Set([776, 777, 778].map((step) => totp.codeForStep(step)))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999 }), (number) => {
      const code = String(number).padStart(6, '0')
      assert.equal(totp.check(code, { nowSeconds: at(present) }).ok, right.has(code))
    }),
    { numRuns: 3000 },
  )
})

const WRONG_OPTIONS = [
  ['DRIFT_STEPS_INVALID', { driftSteps: 101 }],
  ['DRIFT_STEPS_INVALID', { driftSteps: -1 }],
  ['DRIFT_STEPS_INVALID', { driftSteps: 0.5 }],
  ['DRIFT_STEPS_INVALID', { driftSteps: '1' }],
  ['DRIFT_STEPS_INVALID', { driftSteps: null }],
  ['DRIFT_STEPS_INVALID', { driftSteps: { past: 1 } }],
  ['DRIFT_STEPS_INVALID', { driftSteps: { past: 1, future: 101 } }],
  ['DRIFT_STEPS_INVALID', { driftSteps: { past: -1, future: 1 } }],
  ['SPENT_STEP_INVALID', { spentStep: -2 }],
  ['SPENT_STEP_INVALID', { spentStep: 0.5 }],
  ['SPENT_STEP_INVALID', { spentStep: '1' }],
  ['SPENT_STEP_INVALID', { spentStep: null }],
] as const

for (const [code, options] of WRONG_OPTIONS) {
  test(`the caller's own mistake is told at once: ${JSON.stringify(options)}`, () => {
    for (const typed of ['287082', '', 'not a code']) {
      assert.throws(() => totp.check(typed, { nowSeconds: 59, ...options } as never), {
        name: 'OtpError',
        code,
      })
    }
  })
}
