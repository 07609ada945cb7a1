/** A phone whose clock is off: who is told what of it, and what it costs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import {
  appPerson,
  client,
  openEngine,
  PASSWORD,
  signedUpPerson,
  ticketOf,
  wrongCode,
} from './support.ts'
import type { Harness, Person } from './support.ts'

const PLAIN = { ok: false, code: 'CODE_REFUSED' } as const
const behind = (phoneBehindSeconds: number) => ({ ...PLAIN, phoneBehindSeconds })
const NO_WAIT = { codeFailuresBeforeWait: 100, codeFailuresPerDay: 100, codeFailuresPerMonth: 100 }

async function giveCode({ engine }: Harness, person: Person, code: string) {
  const ticket = await ticketOf(engine, person)
  return engine.login.code({ ticket, method: 'totp', code, ...client })
}

/* Without help the owner of a slow phone types right codes until the account shuts. */
test('phones 2 to 20 steps behind are told by how much, and sign in once the clock is mended [R10]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  for (let steps = 2; steps <= 20; steps++) {
    clock.wait(30 * 40)
    const late = await engine.verify({ accountId, code: phone.code(-steps) })
    assert.deepEqual(late, behind(steps * 30))
    assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true, `${steps}`)
  }
})

test('one step behind is accepted, 21 are a plain refusal [R7] [R10]', async (t) => {
  const harness = openEngine(t)
  const { accountId, phone } = await appPerson(harness)
  harness.clock.wait(3_000)
  const verify = (steps: number) => harness.engine.verify({ accountId, code: phone.code(steps) })
  assert.deepEqual(await verify(-21), PLAIN)
  assert.equal((await verify(-1)).ok, true)
})

test('signing in, re-authenticating and an app are told the same [R10]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { token, accountId, phone } = person
  clock.wait(3_000)
  const signIn = await giveCode(harness, person, phone.code(-9))
  const again = { token, client, password: PASSWORD, code: phone.code(-8) }
  const reauthentication = await engine.self.reauthenticate(again)
  const app = await engine.verify({ accountId, code: phone.code(-7) })
  const { ok: _, ...refused } = PLAIN
  assert.deepEqual(signIn, { status: 'refused', ...refused, phoneBehindSeconds: 270 })
  assert.deepEqual(reauthentication, { status: 'refused', ...refused, phoneBehindSeconds: 240 })
  assert.deepEqual(app, behind(210))
})

test('a minute is two steps of 30 seconds and one of 60', async (t) => {
  const { engine, clock } = openEngine(t)
  const accountId = 'app-user-1'
  const wish = { kind: 'totp', name: 'token', periodSeconds: 60 } as const
  const { id, uri } = await engine.authenticators.enrol({ accountId, ...wish })
  const token = virtualAuthenticator(uri, clock)
  const target = { accountId, authenticatorId: id }
  await engine.authenticators.confirm({ ...target, code: token.code() })
  clock.wait(6_000)
  assert.deepEqual(await engine.verify({ accountId, code: token.code(-3) }), behind(180))
})

/*
 * Whoever is told "that was right, but late" holds a code that was right. It must be worth nothing, also
 * where the server's clock goes back, or a second server's is behind.
 */
test('a code that was told to be late is spent [R9] [R10]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  clock.wait(3_000)
  const late = phone.code(-3)
  const older = phone.code(-4)
  assert.deepEqual(await engine.verify({ accountId, code: late }), behind(90))
  assert.deepEqual(await engine.verify({ accountId, code: late }), PLAIN)
  assert.deepEqual(await engine.verify({ accountId, code: older }), PLAIN)
  clock.wait(-90)
  assert.deepEqual(await engine.verify({ accountId, code: late }), PLAIN)
  assert.deepEqual(await engine.verify({ accountId, code: older }), PLAIN)
  clock.wait(90)
  assert.equal((await engine.verify({ accountId, code: phone.code(-1) })).ok, true)
})

/* Spending an older step must never make a newer, used one good again. */
test('nothing is told of the last code used and of older ones, and they stay spent [R9] [R10]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  clock.wait(3_000)
  const used = phone.code()
  const older = phone.code(-2)
  assert.equal((await engine.verify({ accountId, code: used })).ok, true)
  for (const waited of [0, 60, 120]) {
    clock.wait(waited)
    assert.deepEqual(await engine.verify({ accountId, code: used }), PLAIN)
    assert.deepEqual(await engine.verify({ accountId, code: older }), PLAIN)
  }
  clock.wait(-180)
  assert.deepEqual(await engine.verify({ accountId, code: used }), PLAIN)
})

test('of twenty callers with one late code one is told [R10]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  clock.wait(3_000)
  const code = phone.code(-5)
  const callers = Array.from({ length: 20 }, () => engine.verify({ accountId, code }))
  const told = (await Promise.all(callers)).filter((one) => 'phoneBehindSeconds' in one)
  assert.deepEqual(told, [behind(150)])
})

/* Else guesses would be free: two in a hundred thousand fit a late step. */
test('a late code is a wrong try in every pool [R14]', async (t) => {
  const harness = openEngine(t, {
    limits: { ...NO_WAIT, triesPerTicket: 1, codeFailuresPerDay: 2 },
  })
  const { engine, clock, store } = harness
  const person = await signedUpPerson(harness)
  const { accountId, phone } = person
  clock.wait(3_000)
  const before = await store.authenticators(accountId, clock.nowSeconds())
  const ticket = await ticketOf(engine, person)
  const give = (code: string) => engine.login.code({ ticket, method: 'totp', code, ...client })
  assert.equal((await give(phone.code(-4))).status, 'refused')
  const [after] = await store.authenticators(accountId, clock.nowSeconds())
  assert.equal(after?.consecutiveFailures, 1)
  assert.equal(after.lastUsedAt, before[0]?.lastUsedAt)
  const { status, ...worn } = await engine.login.code({
    ticket,
    method: 'totp',
    code: phone.code(),
    ...client,
  })
  assert.deepEqual([status, worn], ['refused', { code: 'TICKET_REFUSED' }])
  assert.deepEqual(await engine.verify({ accountId, code: phone.code(-3) }), behind(90))
  const shut = await engine.verify({ accountId, code: phone.code() })
  assert.deepEqual(shut, { ok: false, code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds: 86_400 })
  const events = (await engine.events({ accountId, limit: 3 })).map(({ kind }) => kind)
  assert.deepEqual(events, ['codes.closed', 'code', 'code'])
})

/* "You are ahead" would say that these six digits are a code that is still to come. */
test('codes 2 to 40 steps ahead are answered like a random one [R10]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  clock.wait(3_000)
  const random = await engine.verify({ accountId, code: wrongCode(phone) })
  assert.deepEqual(random, PLAIN)
  for (let steps = 2; steps <= 40; steps++) {
    assert.deepEqual(await engine.verify({ accountId, code: phone.code(steps) }), random)
  }
  // Nothing of them was spent either.
  clock.wait(60)
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
})

test('a switched off, pending, removed or foreign authenticator tells nothing [R10] [R50]', async (t) => {
  const harness = openEngine(t, { limits: { ...NO_WAIT, consecutiveFailures: 2 } })
  const { engine, clock } = harness
  const { accountId, authenticatorId, phone } = await appPerson(harness)
  const other = await appPerson(harness, 'app-user-2')
  clock.wait(3_000)
  const wish = { kind: 'totp', name: 'pending' } as const
  const started = await engine.authenticators.enrol({ accountId, ...wish })
  const pending = virtualAuthenticator(started.uri, clock)
  const verify = (code: string) => engine.verify({ accountId, code })
  assert.deepEqual(await verify(pending.code(-5)), PLAIN)
  assert.deepEqual(await verify(other.phone.code(-5)), PLAIN)
  assert.deepEqual(await verify(phone.code(-5)), PLAIN, 'two failures have switched it off')
  await engine.authenticators.remove({ accountId, authenticatorId })
  assert.deepEqual(await verify(phone.code(-4)), PLAIN)
})

test('a late code of one authenticator spends nothing of another one [R9]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock, store } = harness
  const { accountId, phone } = await appPerson(harness)
  const wish = { kind: 'totp', name: 'tablet' } as const
  const started = await engine.authenticators.enrol({ accountId, ...wish })
  const tablet = virtualAuthenticator(started.uri, clock)
  const target = { accountId, authenticatorId: started.id }
  await engine.authenticators.confirm({ ...target, code: tablet.code() })
  const confirmedAt = clock.nowSeconds() / 30
  clock.wait(3_000)
  assert.deepEqual(await engine.verify({ accountId, code: tablet.code(-6) }), behind(180))
  const rows = await store.authenticators(accountId, clock.nowSeconds())
  const spent = new Map(rows.map(({ name, spentStep }) => [name, spentStep - confirmedAt]))
  assert.deepEqual([spent.get('phone'), spent.get('tablet')], [0, 94])
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
})

test('a store that fails to spend a late code tells nothing [R48]', async (t) => {
  const harness = openEngine(t)
  const { accountId, phone } = await appPerson(harness)
  harness.clock.wait(3_000)
  const down = new Error('the database is down')
  const store = { ...harness.store, spendLateStep: () => Promise.reject(down) }
  const { engine } = openEngine(t, { ...harness, store })
  await assert.rejects(engine.verify({ accountId, code: phone.code(-5) }), down)
})

test('while enrolling the help goes both ways, up to 20 steps [R10]', async (t) => {
  const { engine, clock } = openEngine(t, { limits: { triesPerConfirmation: 50 } })
  const accountId = 'app-user-1'
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const confirm = (steps: number) => {
    const target = { accountId, authenticatorId: started.id }
    return engine.authenticators.confirm({ ...target, code: phone.code(steps) })
  }
  for (const steps of [2, 3, 20]) {
    assert.deepEqual(await confirm(-steps), behind(30 * steps))
    assert.deepEqual(await confirm(steps), { ...PLAIN, phoneAheadSeconds: 30 * steps })
  }
  for (const steps of [-21, 21]) assert.deepEqual(await confirm(steps), PLAIN)
  assert.equal((await confirm(0)).ok, true)
})

test('a person who enrols signed in is told, and confirms once the clock is mended [R10]', async (t) => {
  const { engine, clock } = openEngine(t)
  const login = 'ada@example.com'
  const { token } = await engine.login.register({ login, password: PASSWORD, ...client })
  const { id, uri } = await engine.self.enrol({ token, client, kind: 'totp', name: 'phone' })
  const phone = virtualAuthenticator(uri, clock)
  const target = { token, client, authenticatorId: id }
  const late = await engine.self.confirmAuthenticator({ ...target, code: phone.code(-10) })
  assert.deepEqual(late, behind(300))
  const right = await engine.self.confirmAuthenticator({ ...target, code: phone.code() })
  assert.ok(right.ok && right.signedIn)
})

/* Some clocks count from 1970 after an empty battery, and so do some tests. */
test('near the beginning of time nothing is looked for before it', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  clock.wait(-clock.nowSeconds())
  const { accountId, phone } = await appPerson(harness)
  assert.deepEqual(await engine.verify({ accountId, code: phone.code(30) }), PLAIN)
  clock.wait(90)
  assert.deepEqual(await engine.verify({ accountId, code: phone.code(-2) }), behind(60))
})
