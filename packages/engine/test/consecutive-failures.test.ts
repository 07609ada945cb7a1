/** 63B §3.2.2: so many wrong codes in a row, whenever they come, are the end of an authenticator. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import {
  appPerson,
  openEngine,
  signedUpPerson,
  ticketOf,
  tokenIn,
  client,
  wrongCode,
} from './support.ts'

const DAY_SECONDS = 86_400
const roomy = { codeFailuresPerDay: 200, codeFailuresPerMonth: 1_000, codeFailuresBeforeWait: 200 }

async function appUser(t: TestContext) {
  const harness = openEngine(t, { limits: roomy })
  const user = await appPerson(harness)
  const { accountId, phone } = user
  const fail = async (many: number) => {
    for (let nth = 0; nth < many; nth++) {
      const outcome = await harness.engine.verify({ accountId, code: wrongCode(phone, nth) })
      assert.equal(outcome.ok ? '' : outcome.code, 'CODE_REFUSED')
    }
  }
  const states = async () =>
    (await harness.engine.authenticators.list({ accountId })).map(({ state }) => state)
  return { ...harness, ...user, fail, states }
}

test('after 100 wrong codes in a row the right one is refused, for ever [R13]', async (t) => {
  const { engine, clock, accountId, phone, fail, states } = await appUser(t)
  await fail(100)
  assert.deepEqual(await states(), ['disabled'])
  for (const later of [30, DAY_SECONDS, 400 * DAY_SECONDS]) {
    clock.wait(later)
    const outcome = await engine.verify({ accountId, code: phone.code() })
    assert.deepEqual(outcome, { ok: false, code: 'CODE_REFUSED' })
  }
})

test('the hundredth code may still be the right one, and the row begins anew [R13]', async (t) => {
  const { engine, clock, accountId, phone, fail, states } = await appUser(t)
  for (const day of [1, 2]) {
    await fail(99)
    clock.wait(DAY_SECONDS)
    assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true, `day ${day}`)
  }
  assert.deepEqual(await states(), ['active'])
})

/** Each of them must see the others, or a crowd of guesses is looked at beyond the hundredth. */
test('of 60 parallel codes around the hundredth none is looked at beyond it [R13 R14]', async (t) => {
  const { engine, accountId, phone, fail } = await appUser(t)
  await fail(90)
  const right = phone.code(1)
  const crowd = await Promise.all(
    Array.from({ length: 60 }, (_, nth) =>
      engine.verify({ accountId, code: nth < 10 ? wrongCode(phone, nth) : right }),
    ),
  )
  assert.deepEqual(
    crowd.filter(({ ok }) => ok),
    [],
  )
})

test('a disabled authenticator is a second factor still: the password alone does not get in [R13 R39]', async (t) => {
  const harness = openEngine(t, { limits: { ...roomy, consecutiveFailures: 3 } })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  for (let nth = 0; nth < 3; nth++) {
    await engine.verify({ accountId: person.accountId, code: wrongCode(person.phone, nth) })
  }
  clock.wait(60)
  const { login, password } = person
  const offered = await engine.login.password({ login, password, ...client })
  assert.ok(offered.status === 'second_factor')
  assert.deepEqual(offered.methods, ['recovery'], 'what is switched off is not offered')
  const { ticket } = offered
  const code = person.phone.code()
  const refused = await engine.login.code({ ticket, method: 'totp', code, ...client })
  assert.deepEqual(refused, { status: 'refused', code: 'CODE_REFUSED' })

  // The way back: a recovery code, another authenticator, and the old one goes.
  const recovery = { ticket, method: 'recovery', code: person.recoveryCodes[0], ...client } as const
  const bearer = { token: tokenIn(await engine.login.code(recovery)), client }
  const started = await engine.self.enrol({ ...bearer, kind: 'totp', name: 'new phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const first = { ...bearer, authenticatorId: started.id, code: phone.code() }
  const confirmed = await engine.self.confirmAuthenticator(first)
  assert.ok(confirmed.ok && confirmed.signedIn)
  const { token } = confirmed.signedIn
  const listed = await engine.self.listAuthenticators({ token, client })
  assert.deepEqual(
    listed.map(({ state }) => state),
    ['disabled', 'active'],
  )
  await engine.self.removeAuthenticator({ token, client, authenticatorId: person.authenticatorId })
  clock.wait(30)
  const again = await ticketOf(engine, person)
  tokenIn(await engine.login.code({ ticket: again, method: 'totp', code: phone.code(), ...client }))
})

/** A spare one in a drawer must not end because the phone is used every day. */
test('right codes of one authenticator are no failures of another [R13]', async (t) => {
  const { engine, clock, accountId, phone, fail, states } = await appUser(t)
  clock.wait(1)
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'spare' })
  const spare = virtualAuthenticator(started.uri, clock)
  const first = { accountId, authenticatorId: started.id, code: spare.code() }
  assert.ok((await engine.authenticators.confirm(first)).ok)
  for (let day = 0; day < 120; day++) {
    clock.wait(DAY_SECONDS)
    assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
  }
  assert.deepEqual(await states(), ['active', 'active'])
  await fail(99)
  clock.wait(DAY_SECONDS)
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
  await fail(1)
  assert.deepEqual(await states(), ['active', 'disabled'], 'wrong ones are failures of both')
  const told = (await engine.events({ accountId, limit: 500 })).filter(
    ({ kind }) => kind === 'authenticator.disabled',
  )
  assert.deepEqual(
    told.map(({ factor }) => factor),
    [started.id],
  )
})

test('no limit above 100 is accepted [R13]', (t) => {
  assert.throws(() => openEngine(t, { limits: { consecutiveFailures: 101 } }), {
    name: 'RangeError',
    message: 'limits.consecutiveFailures: expected a whole number of at most 100',
  })
})
