/** Two codes in a row set an authenticator right; one code, or two that are not in a row, never do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { appPerson, client, failsWith, openEngine, signedUpPerson, wrongCode } from './support.ts'
import type { Harness } from './support.ts'

const PLAIN = { ok: false, code: 'CODE_REFUSED' } as const
const NO_WAIT = { codeFailuresBeforeWait: 100, codeFailuresPerDay: 100, codeFailuresPerMonth: 100 }

type User = Awaited<ReturnType<typeof appPerson>>

function callsOf({ engine, store, clock }: Harness, { accountId, authenticatorId, phone }: User) {
  return {
    /** With codes that many steps from the present one. */
    resynchronise: (first: number, second: number) => {
      const codes = [phone.code(first), phone.code(second)]
      return engine.authenticators.resynchronise({ accountId, authenticatorId, codes })
    },
    verify: async (steps: number) =>
      (await engine.verify({ accountId, code: phone.code(steps) })).ok,
    drift: async () => (await store.authenticators(accountId, clock.nowSeconds()))[0]?.driftSteps,
  }
}

/* A token's clock cannot be set, and after years it is minutes off. */
test('a drift of 2 to 20 steps either way is learned from two codes, and signs in from then on', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  for (const steps of [-20, -7, -3, -2, 2, 3, 7, 20]) {
    const user = await appPerson(harness, `user ${steps}`)
    const { resynchronise, verify, drift } = callsOf(harness, user)
    harness.clock.wait(3_000)
    const off = 30 * Math.abs(steps)
    const told = steps < 0 ? { phoneBehindSeconds: off } : { phoneAheadSeconds: off }
    assert.deepEqual(await resynchronise(steps - 1, steps), { ok: true, ...told })
    assert.equal(await drift(), steps)
    const [listed] = await harness.engine.authenticators.list(user)
    assert.deepEqual({ ...listed, ...told }, listed)
    harness.clock.wait(30)
    assert.equal(await verify(steps), true, `${steps}`)
  }
})

test('a clock that is right, or off by no more than a step, is remembered as right', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { resynchronise, verify, drift } = callsOf(harness, await appPerson(harness))
  for (const steps of [-1, 0, 1]) {
    harness.clock.wait(3_000)
    assert.equal((await resynchronise(-6, -5)).ok, true)
    assert.equal(await drift(), -5)
    harness.clock.wait(90)
    assert.deepEqual(await resynchronise(steps - 1, steps), { ok: true })
    assert.equal(await drift(), 0)
    harness.clock.wait(60)
    assert.equal(await verify(0), true)
  }
})

test('21 steps are too many', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { resynchronise, drift } = callsOf(harness, await appPerson(harness))
  harness.clock.wait(3_000)
  for (const steps of [-21, 21]) assert.deepEqual(await resynchronise(steps - 1, steps), PLAIN)
  assert.equal(await drift(), 0)
})

/* An answer that told one of them from none would let both be guessed one after the other. */
test('two right codes that are not in a row, and one right code, are answered like two wrong ones', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const user = await appPerson(harness)
  const { accountId, authenticatorId, phone } = user
  const { resynchronise, drift } = callsOf(harness, user)
  clock.wait(3_000)
  for (const [first, second] of [
    [-4, -6],
    [-5, -5],
    [-4, -2],
    [-5, -6],
  ] as const) {
    assert.deepEqual(await resynchronise(first, second), PLAIN, `${first}, ${second}`)
  }
  const wrong = wrongCode(phone)
  for (const codes of [
    [wrong, wrongCode(phone, 1)],
    [phone.code(-6), wrong],
    [wrong, phone.code(-5)],
    [phone.code(), wrong],
  ]) {
    const target = { accountId, authenticatorId, codes }
    assert.deepEqual(await engine.authenticators.resynchronise(target), PLAIN)
  }
  assert.equal(await drift(), 0)
})

test('both codes are spent, and a spent one resynchronises nothing [R9]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { resynchronise, verify, drift } = callsOf(harness, await appPerson(harness))
  harness.clock.wait(3_000)
  assert.equal((await resynchronise(-5, -4)).ok, true)
  assert.equal(await drift(), -4)
  assert.deepEqual(await resynchronise(-5, -4), PLAIN)
  assert.deepEqual(await resynchronise(-4, -3), PLAIN, 'the first of the two is spent')
  for (const steps of [-5, -4]) assert.equal(await verify(steps), false)
  assert.equal(await verify(-3), true)
  assert.deepEqual(await resynchronise(-3, -2), PLAIN, 'one that signed in is spent')
  assert.equal((await resynchronise(-2, -1)).ok, true)
})

test('of twenty callers with one pair one is answered yes [R9]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { resynchronise } = callsOf(harness, await appPerson(harness))
  harness.clock.wait(3_000)
  const answers = await Promise.all(Array.from({ length: 20 }, () => resynchronise(-5, -4)))
  assert.equal(answers.filter(({ ok }) => ok).length, 1)
})

/* Someone who reads a code over the shoulder uses it while its owner types the pair. */
test('a code that signs in meanwhile is no half of a pair [R9]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, store, clock } = harness
  const user = await appPerson(harness)
  const { accountId, authenticatorId, phone } = user
  clock.wait(3_000)
  const codes = [phone.code(0), phone.code(1)]
  let signedIn = false
  const slow = {
    ...store,
    resynchronise: async (use: Parameters<typeof store.resynchronise>[0]) => {
      signedIn = (await engine.verify({ accountId, code: codes[0] })).ok
      return store.resynchronise(use)
    },
  }
  const other = openEngine(t, { ...harness, store: slow, clock })
  const target = { accountId, authenticatorId, codes }
  assert.deepEqual(await other.engine.authenticators.resynchronise(target), PLAIN)
  assert.equal(signedIn, true)
})

test('the window is three steps wide around the known drift, and moves with it [R7]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const accepted: number[] = []
  for (let steps = -9; steps <= 3; steps++) {
    const { resynchronise, verify } = callsOf(harness, await appPerson(harness, `user ${steps}`))
    harness.clock.wait(3_000)
    assert.equal((await resynchronise(-6, -5)).ok, true)
    harness.clock.wait(120)
    if (await verify(steps)) accepted.push(steps)
  }
  assert.deepEqual(accepted, [-6, -5, -4])
})

/* RFC 6238 §6: it goes on drifting. */
test('where a drift is known a right code at the edge moves it on, by one step and never beyond 20', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { resynchronise, verify, drift } = callsOf(harness, await appPerson(harness))
  harness.clock.wait(3_000)
  assert.equal((await resynchronise(-19, -18)).ok, true)
  const path: (number | undefined)[] = []
  for (const steps of [-18, -19, -20, -21, -20, -19]) {
    harness.clock.wait(300)
    assert.equal(await verify(steps), true, `${steps}`)
    path.push(await drift())
  }
  assert.deepEqual(path, [-18, -19, -20, -20, -20, -19])
})

/* A code of the step before mostly comes of slow typing; learning from it would let codes live longer. */
test('where none is known a right code at the edge moves nothing [R7]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { verify, drift } = callsOf(harness, await appPerson(harness))
  for (let nth = 0; nth < 3; nth++) {
    harness.clock.wait(300)
    assert.equal(await verify(-1), true)
    assert.equal(await drift(), 0)
  }
  harness.clock.wait(300)
  assert.equal(await verify(-2), false)
})

/* A step that lies before the present one may still be to come for a clock that is known to be behind. */
test('behind a known drift only steps older than the window are told to be late [R10]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const user = await appPerson(harness)
  const { accountId, phone } = user
  clock.wait(3_000)
  assert.equal((await callsOf(harness, user).resynchronise(-6, -5)).ok, true)
  clock.wait(3_000)
  const told: [number, number][] = []
  // Oldest first, as each spends the older ones.
  for (let steps = -25; steps <= 25; steps++) {
    if (steps >= -6 && steps <= -4) continue
    const outcome = await engine.verify({ accountId, code: phone.code(steps) })
    assert.equal(outcome.ok, false)
    if (!outcome.ok && outcome.phoneBehindSeconds !== undefined) {
      told.push([steps, outcome.phoneBehindSeconds])
    }
  }
  assert.deepEqual(
    told,
    Array.from({ length: 14 }, (_, nth) => [nth - 20, 30 * (20 - nth)]),
  )
  clock.wait(150)
  assert.equal((await engine.verify({ accountId, code: phone.code(-4) })).ok, true)
})

test('every try is counted in the pool of codes, whatever it says, and a right one given back [R14]', async (t) => {
  const harness = openEngine(t, { limits: { codeFailuresBeforeWait: 2 } })
  const { engine, clock, store } = harness
  const user = await appPerson(harness)
  const { accountId, authenticatorId, phone } = user
  clock.wait(3_000)
  const failures = async () =>
    (await store.authenticators(accountId, clock.nowSeconds()))[0]?.consecutiveFailures
  const { resynchronise } = callsOf(harness, user)
  const wrong = { accountId, authenticatorId, codes: [wrongCode(phone), wrongCode(phone, 1)] }
  assert.deepEqual(await engine.authenticators.resynchronise(wrong), PLAIN)
  assert.equal(await failures(), 1)
  assert.equal((await resynchronise(-5, -4)).ok, true)
  assert.equal(await failures(), 0)
  assert.deepEqual(await engine.authenticators.resynchronise(wrong), PLAIN)
  const closed = { ok: false, code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds: 30 }
  assert.deepEqual(await resynchronise(-3, -2), closed)
  assert.deepEqual(await engine.verify({ accountId, code: phone.code(-3) }), closed)
})

test('parallel pairs are never looked at beyond the pool [R14]', async (t) => {
  const harness = openEngine(t, { limits: { codeFailuresBeforeWait: 3 } })
  const user = await appPerson(harness)
  harness.clock.wait(3_000)
  const { accountId, authenticatorId, phone } = user
  const codes = [wrongCode(phone), wrongCode(phone, 1)]
  const target = { accountId, authenticatorId, codes }
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => harness.engine.authenticators.resynchronise(target)),
  )
  const looked = answers.filter((one) => !one.ok && one.code === 'CODE_REFUSED')
  assert.equal(looked.length, 3)
})

test('what are not two codes of its length costs no try [R11]', async (t) => {
  const harness = openEngine(t, { limits: { codeFailuresBeforeWait: 1 } })
  const { engine, clock } = harness
  const { accountId, authenticatorId, phone } = await appPerson(harness)
  clock.wait(3_000)
  const [first, second] = [phone.code(-5), phone.code(-4)]
  const shapes: unknown[] = [
    undefined,
    null,
    '',
    first,
    first + second,
    {},
    { 0: first, 1: second, length: 2 },
    [],
    [first],
    [first, second, second],
    [first, Number(second)],
    [first, null],
    [[first], [second]],
    [first, '１２３４５６'],
    [first, `${second}7`],
    [`${first}78`, `${second}78`],
  ]
  for (const codes of shapes) {
    const outcome = await engine.authenticators.resynchronise({ accountId, authenticatorId, codes })
    assert.deepEqual(outcome, { ok: false, code: 'CODE_MALFORMED' }, JSON.stringify(codes))
  }
  const spaced = [`${first.slice(0, 3)} ${first.slice(3)}`, `${second}-`]
  const target = { accountId, authenticatorId, codes: spaced }
  assert.equal((await engine.authenticators.resynchronise(target)).ok, true)
})

test('one that is switched off stays so, and others are not there [R13]', async (t) => {
  const harness = openEngine(t, { limits: { ...NO_WAIT, consecutiveFailures: 2 } })
  const { engine, clock } = harness
  const user = await appPerson(harness)
  const { accountId, authenticatorId, phone } = user
  const other = await appPerson(harness, 'app-user-2')
  const wish = { kind: 'totp', name: 'tablet' } as const
  const pending = await engine.authenticators.enrol({ accountId, ...wish })
  clock.wait(300)
  const codes = [phone.code(-5), phone.code(-4)]
  const ids = [pending.id, other.authenticatorId, 'unknown']
  for (const id of ids) {
    await assert.rejects(
      engine.authenticators.resynchronise({ accountId, authenticatorId: id, codes }),
      failsWith('AUTHENTICATOR_UNKNOWN'),
    )
  }
  for (const nth of [0, 1]) await engine.verify({ accountId, code: wrongCode(phone, nth) })
  const target = { accountId, authenticatorId, codes }
  assert.deepEqual(await engine.authenticators.resynchronise(target), PLAIN)
  const listed = await engine.authenticators.list({ accountId })
  assert.equal(listed.find(({ id }) => id === authenticatorId)?.state, 'disabled')
})

test('a person does it signed in, and it is recorded [R35] [R43]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { token, accountId, authenticatorId, phone } = await signedUpPerson(harness)
  clock.wait(240)
  const codes = [phone.code(-4), phone.code(-3)]
  const input = { token, client, authenticatorId, codes }
  const told = { ok: true, phoneBehindSeconds: 90 }
  assert.deepEqual(await engine.self.resynchroniseAuthenticator(input), told)
  const [event] = await engine.events({ accountId, limit: 1 })
  const { kind, result, factor, source } = event ?? {}
  assert.deepEqual(
    [kind, result, factor, source],
    ['authenticator.resynchronised', 'accepted', authenticatorId, client.source],
  )
  clock.wait(61)
  const late = engine.self.resynchroniseAuthenticator(input)
  await assert.rejects(late, failsWith('REAUTHENTICATION_REQUIRED'))
})

test('longer periods drift in steps of their own', async (t) => {
  const { engine, clock } = openEngine(t, { limits: NO_WAIT })
  const accountId = 'app-user-1'
  const wish = { kind: 'totp', name: 'token', periodSeconds: 60, digits: 8 } as const
  const { id, uri } = await engine.authenticators.enrol({ accountId, ...wish })
  const token = virtualAuthenticator(uri, clock)
  const target = { accountId, authenticatorId: id }
  await engine.authenticators.confirm({ ...target, code: token.code() })
  clock.wait(6_000)
  const codes = [token.code(-4), token.code(-3)]
  const told = { ok: true, phoneBehindSeconds: 180 }
  assert.deepEqual(await engine.authenticators.resynchronise({ ...target, codes }), told)
  clock.wait(60)
  assert.equal((await engine.verify({ accountId, code: token.code(-3) })).ok, true)
})
