/** `engine.verify`, for an app that keeps its users and its sign-in and asks here for the second factor. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { appPerson, failsWith, openEngine, signedUpPerson, wrongCode } from './support.ts'

test('a right code names the authenticator, and is accepted once [R9]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { accountId, authenticatorId, phone } = await appPerson(harness)
  clock.wait(30)
  const code = phone.code()
  assert.deepEqual(await engine.verify({ accountId, code }), {
    ok: true,
    method: 'totp',
    authenticatorId,
  })
  assert.deepEqual(await engine.verify({ accountId, code }), { ok: false, code: 'CODE_REFUSED' })
})

/** Spending after answering lets fifty requests with one code through. */
test('fifty parallel verifications of one code accept one [R9]', async (t) => {
  const harness = openEngine(t, {
    limits: { codeFailuresPerDay: 1_000, codeFailuresPerMonth: 1_000 },
  })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  clock.wait(30)
  const code = phone.code()
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => engine.verify({ accountId, code })),
  )
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
})

test('a recovery code is accepted once, and only where the app asks for one [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { accountId, recoveryCodes } = await appPerson(harness)
  const [code] = recoveryCodes
  assert.deepEqual(await engine.verify({ accountId, code }), { ok: false, code: 'CODE_MALFORMED' })
  const use = { accountId, method: 'recovery', code } as const
  assert.deepEqual(await engine.verify(use), { ok: true, method: 'recovery' })
  assert.deepEqual(await engine.verify(use), { ok: false, code: 'CODE_REFUSED' })
  assert.equal(await engine.recoveryCodes.left({ accountId }), 9)
})

test('fifty parallel verifications of one recovery code accept one [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { accountId, recoveryCodes } = await appPerson(harness)
  const use = { accountId, method: 'recovery', code: recoveryCodes[0] } as const
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => engine.verify(use)))
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
})

test('an account without authenticators, known or not, verifies nothing', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { phone } = await appPerson(harness, 'app-user-1')
  for (const accountId of ['app-user-2', '', 'APP-USER-1', 'app-user-1 ']) {
    const outcome = await engine.verify({ accountId, code: phone.code(1) })
    assert.deepEqual(outcome, { ok: false, code: 'CODE_REFUSED' })
    const recovery = { accountId, method: 'recovery', code: '0123-4567-89AB-CDEF' } as const
    assert.deepEqual(await engine.verify(recovery), { ok: false, code: 'CODE_REFUSED' })
  }
})

test('accounts are apart: codes, budgets, lists and events', async (t) => {
  const harness = openEngine(t, { limits: { codeFailuresPerDay: 2 } })
  const { engine, clock } = harness
  const [one, other] = [await appPerson(harness, 'one'), await appPerson(harness, 'other')]
  clock.wait(30)
  for (const nth of [0, 1, 2]) {
    await engine.verify({ accountId: 'one', code: wrongCode(one.phone, nth) })
  }
  const shut = await engine.verify({ accountId: 'one', code: one.phone.code() })
  assert.equal(shut.ok ? '' : shut.code, 'TOO_MANY_ATTEMPTS')
  const wrongPhone = await engine.verify({ accountId: 'other', code: one.phone.code() })
  assert.equal(wrongPhone.ok, false)
  assert.equal((await engine.verify({ accountId: 'other', code: other.phone.code() })).ok, true)
  const stolen = { accountId: 'other', authenticatorId: one.authenticatorId }
  await assert.rejects(engine.authenticators.remove(stolen), failsWith('AUTHENTICATOR_UNKNOWN'))
  const events = await engine.events({ accountId: 'other' })
  assert.ok(events.every(({ accountId }) => accountId === 'other'))
})

test('a closed budget says how long to wait [R14]', async (t) => {
  const limits = { codeFailuresPerDay: 1 }
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  await engine.verify({ accountId, code: wrongCode(phone) })
  for (const [waited, left] of [
    [0, 86_400],
    [60, 86_340],
    [86_339, 1],
  ] as const) {
    clock.wait(waited)
    const outcome = await engine.verify({ accountId, code: wrongCode(phone) })
    assert.deepEqual(outcome, { ok: false, code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds: left })
  }
})

test('the code of any of several authenticators is right, and spends that one only [R9]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { accountId, authenticatorId, phone } = await appPerson(harness)
  const wish = { kind: 'totp', name: 'tablet' } as const
  const started = await engine.authenticators.enrol({ accountId, ...wish })
  const tablet = virtualAuthenticator(started.uri, clock)
  const target = { accountId, authenticatorId: started.id }
  await engine.authenticators.confirm({ ...target, code: tablet.code() })
  clock.wait(30)
  for (const [code, id] of [
    [tablet.code(), started.id],
    [phone.code(), authenticatorId],
  ] as const) {
    const right = { ok: true, method: 'totp', authenticatorId: id }
    assert.deepEqual(await engine.verify({ accountId, code }), right)
    assert.equal((await engine.verify({ accountId, code })).ok, false)
  }
})

test('a removed authenticator is refused at once [R50]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { accountId, authenticatorId, phone } = await appPerson(harness)
  clock.wait(30)
  await engine.authenticators.remove({ accountId, authenticatorId })
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, false)
})

test('a new set of recovery codes voids the old one [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { accountId, recoveryCodes } = await appPerson(harness)
  const fresh = await engine.recoveryCodes.replace({ accountId })
  const verify = async (code: string | undefined) =>
    (await engine.verify({ accountId, method: 'recovery', code })).ok
  assert.equal(await verify(recoveryCodes[0]), false)
  assert.equal(await verify(fresh[0]), true)
})

/** The story of an account as its person and its operator read it: who, what, how, from where, in order. */
test('each step is recorded with its time, factor, result and source [R43]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { accountId, authenticatorId, login, password } = person
  clock.wait(30)
  const source = '203.0.113.9'
  await engine.login.password({ login, password: 'wrong', source })
  await engine.verify({ accountId, code: wrongCode(person.phone), source })
  await engine.verify({ accountId, code: person.phone.code(), source })
  await engine.verify({ accountId, method: 'recovery', code: person.recoveryCodes[0], source })
  await engine.recoveryCodes.replace({ accountId, source })
  await engine.authenticators.remove({ accountId, authenticatorId, source })
  await engine.login.password({ login, password, source })
  const events = (await engine.events({ accountId })).toReversed()
  const story = events.map(({ kind, result, factor }) => `${kind} ${result} ${factor}`)
  assert.deepEqual(story, [
    'account.registered accepted null',
    'sign-in accepted password',
    `authenticator.added accepted ${authenticatorId}`,
    `authenticator.confirmed accepted ${authenticatorId}`,
    'sign-in accepted totp',
    'password refused null',
    'code refused totp',
    'verification accepted totp',
    'verification accepted recovery',
    'recovery-codes.replaced accepted null',
    `authenticator.removed accepted ${authenticatorId}`,
    'sign-in accepted password',
  ])
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, at) => at + 1),
  )
  const now = clock.nowSeconds()
  for (const [at, event] of events.entries()) {
    const early = at < 5
    assert.deepEqual([event.at, event.source], early ? [now - 30, '192.0.2.10'] : [now, source])
  }
})
