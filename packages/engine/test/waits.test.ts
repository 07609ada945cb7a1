/**
 * Wrong codes from browsers that the account does not know: growing waits, a day's and a month's end, and
 * what that says about the password.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import {
  appPerson,
  client,
  failsWith,
  hasSession,
  openEngine,
  PASSWORD,
  signedUpPerson,
  signIn,
  ticketOf,
  tokenIn,
  wrongCode,
} from './support.ts'
import type { Harness, Person } from './support.ts'

const DAY_SECONDS = 86_400
const stranger = { source: '198.51.100.7', userAgent: 'Stranger/1' }

async function guessing(t: TestContext) {
  const harness = openEngine(t)
  const { accountId, phone } = await appPerson(harness)
  const { engine, clock } = harness
  let nth = 0
  /** One wrong code; @returns the seconds to wait where it was turned away, else 0 */
  const guess = async (): Promise<number> => {
    const outcome = await engine.verify({ accountId, code: wrongCode(phone, nth++ % 200) })
    assert.ok(!outcome.ok)
    if (outcome.code === 'CODE_REFUSED') return 0
    assert.equal(outcome.code, 'TOO_MANY_ATTEMPTS')
    return outcome.retryAfterSeconds ?? assert.fail('no time to come back')
  }
  /** Guesses as soon as that is allowed; @returns the wait before that guess was looked at */
  const guessPatiently = async (): Promise<number> => {
    const wait = await guess()
    if (wait === 0) return 0
    clock.wait(wait - 1)
    assert.equal(await guess(), 1, 'a second early')
    clock.wait(1)
    assert.equal(await guess(), 0)
    return wait
  }
  return { ...harness, accountId, phone, guess, guessPatiently }
}

test('from the third wrong code on each one doubles the wait, and the tenth closes for a day [R14]', async (t) => {
  const { guessPatiently } = await guessing(t)
  const waits: number[] = []
  for (let guess = 1; guess <= 11; guess++) waits.push(await guessPatiently())
  assert.deepEqual(waits, [0, 0, 0, 30, 60, 120, 240, 480, 960, 1_920, DAY_SECONDS])
})

/** A window that begins anew at its end lets 48 tries through around that moment. */
test('no thirty days hold more than twenty-four wrong codes, successes between them or not [R14]', async (t) => {
  const { engine, clock, accountId, phone, guess } = await guessing(t)
  const guesses: number[] = []
  for (let hour = 0; hour < 24 * 100; hour++) {
    clock.wait(3_600)
    if (hour % 24 === 12) await engine.verify({ accountId, code: phone.code() })
    if ((await guess()) === 0) guesses.push(clock.nowSeconds())
  }
  assert.ok(guesses.length > 72 && guesses.length <= 96, String(guesses.length))
  for (const [nth, at] of guesses.entries()) {
    const next = guesses[nth + 24]
    assert.ok(next === undefined || next - at >= 30 * DAY_SECONDS, `guesses ${nth} to ${nth + 24}`)
  }
})

test('a right code does not shorten the wait after the wrong ones [R14]', async (t) => {
  const { engine, clock, accountId, phone, guess } = await guessing(t)
  for (let nth = 0; nth < 3; nth++) await guess()
  clock.wait(30)
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
  assert.equal(await guess(), 0)
  assert.equal(await guess(), 60)
})

/** Wrong codes behind the right password, until nobody unknown is listened to. */
async function closePool({ engine, clock }: Harness, person: Person): Promise<void> {
  for (let nth = 0; nth < 10; nth++) {
    const ticket = await ticketOf(engine, person, stranger)
    const code = wrongCode(person.phone, nth)
    const outcome = await engine.login.code({
      ticket,
      method: 'totp',
      code,
      ...client,
      ...stranger,
    })
    assert.equal('code' in outcome ? outcome.code : '', 'CODE_REFUSED', `guess ${nth}`)
    clock.wait(1_920)
  }
}

async function recovered(harness: Harness, person: Person): Promise<string> {
  const ticket = await ticketOf(harness.engine, person)
  const [code] = person.recoveryCodes
  return tokenIn(await harness.engine.login.code({ ticket, method: 'recovery', code, ...client }))
}

const kindsOf = async ({ engine }: Harness, { accountId }: Person) =>
  (await engine.events({ accountId, limit: 200 })).map(({ kind }) => kind)

/** Ten wrong codes behind the right password: whoever sent them has the password. */
test('after a closed pool the next sign-in can do nothing before it has a new password', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const working = person.token
  await closePool(harness, person)
  assert.equal((await kindsOf(harness, person)).filter((kind) => kind === 'codes.closed').length, 1)

  const token = await recovered(harness, person)
  const bearer = { token, client }
  assert.equal((await engine.self.session(bearer)).passwordChangeRequired, true)
  const needed = failsWith('PASSWORD_CHANGE_REQUIRED')
  await assert.rejects(engine.self.events(bearer), needed)
  await assert.rejects(engine.self.listAuthenticators(bearer), needed)
  await assert.rejects(engine.self.enrol({ ...bearer, kind: 'totp', name: 'mine' }), needed)
  await assert.rejects(engine.self.replaceRecoveryCodes(bearer), needed)
  const same = engine.self.changePassword({ ...bearer, newPassword: PASSWORD })
  await assert.rejects(same, failsWith('PASSWORD_UNCHANGED'))
  assert.equal(await hasSession(engine, working), false, 'idle by now')

  const newPassword = 'another long password'
  const changed = await engine.self.changePassword({ ...bearer, newPassword })
  assert.equal(changed.session.passwordChangeRequired, false)
  await engine.self.events({ token: changed.token, client })
  const refused = await engine.login.password({ login: person.login, password: PASSWORD })
  assert.equal(refused.status, 'refused')
})

/** Each of the two demands comes before everything else; together they must not shut everything. */
test('with both to do, the new password comes first and the authenticator after it', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  await closePool(harness, person)
  const token = await recovered(harness, person)
  const { accountId, authenticatorId } = person
  await engine.authenticators.remove({ accountId, authenticatorId })
  const again = await engine.login.password({ login: person.login, password: PASSWORD, ...client })
  assert.ok(again.status === 'signed_in' && again.session.enrolmentRequired)
  assert.equal(await hasSession(engine, token), false)
  const bearer = { token: again.token, client }
  const enrol = { kind: 'totp', name: 'new phone' } as const
  const first = engine.self.enrol({ ...bearer, ...enrol })
  await assert.rejects(first, failsWith('PASSWORD_CHANGE_REQUIRED'))
  const newPassword = 'another long password'
  const changed = await engine.self.changePassword({ ...bearer, newPassword })
  await assert.rejects(
    engine.self.events({ token: changed.token, client }),
    failsWith('ENROLMENT_REQUIRED'),
  )
  await engine.self.enrol({ token: changed.token, client, ...enrol })
})

test('who is signed in while strangers guess is not interrupted', async (t) => {
  const harness = openEngine(t, { limits: { codeFailuresBeforeWait: 10 } })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const token = await signIn(harness, person)
  clock.wait(1)
  for (const half of [0, 1]) {
    const ticket = await ticketOf(engine, person, stranger)
    for (let nth = 0; nth < 5; nth++) {
      const code = wrongCode(person.phone, half * 5 + nth)
      await engine.login.code({ ticket, method: 'totp', code, ...client, ...stranger })
    }
  }
  assert.ok((await kindsOf(harness, person)).includes('codes.closed'))
  await engine.self.events({ token, client })
  const later = await engine.self.reauthenticate({
    token,
    client,
    password: PASSWORD,
    method: 'recovery',
    code: person.recoveryCodes[0],
  })
  assert.ok(later.status === 'signed_in' && later.session.passwordChangeRequired)
})

/** An app that keeps its own passwords has none here to suspect. */
test('wrong codes of an app’s user close the pool and ask for no password', async (t) => {
  const { store, accountId, guessPatiently } = await guessing(t)
  for (let guess = 0; guess < 10; guess++) await guessPatiently()
  assert.equal((await store.account(accountId))?.passwordSuspectSince, null)
})
