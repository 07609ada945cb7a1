/** Sessions: a new token at each step up, and an end for every one of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEngine } from '@halfminute/engine'
import type { Engine, Store } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import {
  client,
  failsWith,
  hasSession,
  openEngine,
  PASSWORD,
  signedUpPerson,
  signIn,
  ticketOf,
  tokenIn,
} from './support.ts'

/** Long enough where the second factor is optional. */
const LONG_PASSWORD = `${PASSWORD} staple`

const alive = (engine: Engine, tokens: readonly string[]) =>
  Promise.all(tokens.map((token) => hasSession(engine, token)))

test('re-authentication asks for everything that signing in asks [R35]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { token, password } = person
  clock.wait(60)
  const attempt = async (input: { password: string; code?: unknown }) => {
    const outcome = await engine.self.reauthenticate({ token, client, ...input })
    return 'code' in outcome ? outcome.code : outcome.status
  }
  assert.equal(await attempt({ password }), 'CODE_REQUIRED')
  assert.equal(await attempt({ password: 'wrong', code: person.phone.code() }), 'LOGIN_REFUSED')
  assert.equal(await attempt({ password, code: 'abcdef' }), 'CODE_MALFORMED')
  assert.equal(await attempt({ password, code: person.phone.code(5) }), 'CODE_REFUSED')
  assert.equal(await hasSession(engine, token), true)
  assert.equal(await attempt({ password, code: person.phone.code() }), 'signed_in')
  assert.equal(await hasSession(engine, token), false)
})

test('parallel re-authentications with one code make one new session [R9 R32]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const { token, password } = person
  const code = person.phone.code()
  const outcomes = await Promise.allSettled(
    [1, 2, 3, 4, 5].map(() => engine.self.reauthenticate({ token, client, password, code })),
  )
  const won = outcomes.filter(
    (one) => one.status === 'fulfilled' && one.value.status === 'signed_in',
  )
  assert.equal(won.length, 1)
})

/** A token planted before the sign-in, or seen below aal 2, must be worth nothing after it. */
test('every step up makes a new token and ends the old one [R32]', async (t) => {
  const { engine, clock } = openEngine(t)
  const login = 'ada@example.com'
  const registered = await engine.login.register({ login, password: PASSWORD, ...client })
  const again = await engine.self.reauthenticate({
    token: registered.token,
    client,
    password: PASSWORD,
  })
  const second = tokenIn(again)
  assert.equal(await hasSession(engine, registered.token), false)
  const started = await engine.self.enrol({
    token: second,
    client,
    kind: 'totp',
    name: 'phone',
  })
  const confirmed = await engine.self.confirmAuthenticator({
    token: second,
    client,
    authenticatorId: started.id,
    code: virtualAuthenticator(started.uri, clock).code(),
  })
  assert.ok(confirmed.ok && confirmed.signedIn)
  assert.equal(await hasSession(engine, second), false)
  const newPassword = 'a new and better password'
  const third = confirmed.signedIn.token
  const changed = await engine.self.changePassword({ token: third, client, newPassword })
  assert.equal(await hasSession(engine, third), false)
  assert.equal(new Set([registered.token, second, third, changed.token]).size, 4)
})

/** The session a thief opened with the old password must end when its owner changes it. */
test('a changed password ends every other session and keeps what this one had proven [R34 R51]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const token = await signIn(harness, person)
  const before = await engine.self.session({ token, client })
  clock.wait(100)
  const newPassword = 'a new and better password'
  const changed = await engine.self.changePassword({ token, client, newPassword })
  assert.equal(await hasSession(engine, person.token), false)
  assert.equal(await hasSession(engine, token), false)
  assert.deepEqual(
    [changed.session.aal, changed.session.amr, changed.session.authTime],
    [2, before.amr, before.authTime],
  )
  const sessions = await engine.self.listSessions({ token: changed.token, client })
  assert.equal(sessions.length, 1)
  const { login } = person
  const withOld = await engine.login.password({ login, password: PASSWORD, ...client })
  assert.equal(withOld.status, 'refused')
  const withNew = await engine.login.password({ login, password: newPassword, ...client })
  assert.equal(withNew.status, 'second_factor')
})

test('a session says how it was proven and since when [R51]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const login = 'bob@example.com'
  const byPassword = await engine.login.register({ login, password: PASSWORD, ...client })
  const { aal, amr, authTime } = byPassword.session
  assert.deepEqual([aal, amr, authTime], [1, ['pwd'], clock.nowSeconds()])
  const person = await signedUpPerson(harness)
  const token = await signIn(harness, person)
  const signedInAt = clock.nowSeconds()
  clock.wait(1_000)
  const session = await engine.self.session({ token, client })
  assert.deepEqual(session, {
    id: session.id,
    account: { id: person.accountId, login: person.login },
    aal: 2,
    amr: ['pwd', 'otp', 'mfa'],
    authTime: signedInAt,
    expiresAt: signedInAt + 86_400,
    hasSecondFactor: true,
    admin: false,
    enrolmentRequired: false,
    passwordChangeRequired: false,
    trustedBrowser: false,
  })
})

test('a session ends after an hour unused and after a day in any case [R33]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(3_599)
  assert.equal(await hasSession(engine, person.token), true)
  clock.wait(3_600)
  assert.equal(await hasSession(engine, person.token), false)
  const token = await signIn(harness, person)
  for (let waited = 0; waited < 86_400 - 3_000; waited += 3_000) {
    clock.wait(3_000)
    assert.equal(await hasSession(engine, token), true)
  }
  clock.wait(3_000)
  assert.equal(await hasSession(engine, token), false)
})

test('the life of sessions can be set [R33]', async (t) => {
  const limits = { sessionIdleSeconds: 100, sessionAbsoluteSeconds: 150 }
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { token } = await signedUpPerson(harness)
  clock.wait(99)
  assert.equal(await hasSession(engine, token), true)
  clock.wait(51)
  assert.equal(await hasSession(engine, token), false)
})

test('a person lists sessions and ends any of them at once [R34]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const token = await signIn(harness, person)
  const listed = await engine.self.listSessions({ token, client })
  assert.deepEqual(
    listed.map(({ current, source, userAgent }) => ({ current, source, userAgent })),
    [
      { current: true, ...client },
      { current: false, ...client },
    ],
  )
  const old = listed.find(({ current }) => !current)?.id ?? ''
  await engine.self.endSession({ token, client, sessionId: old })
  assert.equal(await hasSession(engine, person.token), false)
  const again = engine.self.endSession({ token, client, sessionId: old })
  await assert.rejects(again, failsWith('SESSION_UNKNOWN'))
})

test('nobody ends a session of somebody else', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const ada = await signedUpPerson(harness)
  const eve = await signedUpPerson(harness, 'eve@example.com')
  const { id: sessionId } = await engine.self.session({ token: ada.token, client })
  const attempt = engine.self.endSession({ token: eve.token, client, sessionId })
  await assert.rejects(attempt, failsWith('SESSION_UNKNOWN'))
  assert.equal(await hasSession(engine, ada.token), true)
})

test('signing out ends the session at once [R34]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { token } = await signedUpPerson(harness)
  await engine.self.logout({ token, client })
  assert.equal(await hasSession(engine, token), false)
  await assert.rejects(engine.self.logout({ token, client }), failsWith('SESSION_REQUIRED'))
})

/** Two tokens for one browser: the one that is not in its cookie any more is the one that nobody misses. */
test('who signs in anew ends the session that this browser held, and no other [R32]', async (t) => {
  const harness = openEngine(t, { secondFactor: 'optional' })
  const { engine, clock } = harness
  const login = 'bob@example.com'
  const first = await engine.login.register({ login, password: LONG_PASSWORD, ...client })
  const elsewhere = tokenIn(await engine.login.password({ login, password: LONG_PASSWORD }))
  const again = { login, password: LONG_PASSWORD, ...client, present: first.token }
  const second = tokenIn(await engine.login.password(again))
  assert.deepEqual(await alive(engine, [first.token, elsewhere, second]), [false, true, true])
  const events = await engine.events({ accountId: first.session.account.id })
  const newest = events.find(({ kind }) => kind === 'session.ended')
  assert.deepEqual([newest?.result, newest?.source], ['accepted', client.source])

  const person = await signedUpPerson(harness)
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const code = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
  const third = tokenIn(await engine.login.code({ ...code, present: second }))
  assert.deepEqual(await alive(engine, [second, person.token, third]), [false, true, true])

  const other = { login: 'eve@example.com', password: LONG_PASSWORD, ...client }
  const fourth = await engine.login.register({ ...other, present: third })
  assert.deepEqual(await alive(engine, [third, fourth.token]), [false, true])
})

test('a browser that holds no session, or one that is over, signs in all the same', async (t) => {
  const { engine, clock } = openEngine(t, { secondFactor: 'optional' })
  const login = { login: 'bob@example.com', password: LONG_PASSWORD, ...client }
  const { token } = await engine.login.register(login)
  clock.wait(100_000)
  for (const present of [undefined, null, '', 'nonsense', {}, token]) {
    assert.equal((await engine.login.password({ ...login, present })).status, 'signed_in')
  }
})

test('a session keeps no more than 256 characters of what a browser calls itself', async (t) => {
  const { engine } = openEngine(t, { secondFactor: 'optional' })
  const userAgent = `Test/${'1'.repeat(10_000)}`
  const login = { login: 'bob@example.com', password: LONG_PASSWORD, userAgent }
  const { token } = await engine.login.register(login)
  const [listed] = await engine.self.listSessions({ token, client })
  assert.equal(listed?.userAgent, userAgent.slice(0, 256))
})

/** A decision that was lost, to another sign-in or to a database that went away, lets nobody in. */
test('a session that the store does not grant is none [R39 R48]', async (t) => {
  const harness = openEngine(t, { secondFactor: 'optional' })
  const { keyring, clock } = harness
  const store: Store = { ...harness.store, grantSession: () => Promise.resolve(false) }
  const engine = createEngine({ store, keyring, clock, issuer: 'ACME', secondFactor: 'optional' })
  const login = { login: 'bob@example.com', password: LONG_PASSWORD, ...client }
  await assert.rejects(engine.login.register(login), failsWith('SESSION_REQUIRED'))
  const refused = { status: 'refused', code: 'LOGIN_REFUSED' }
  assert.deepEqual(await engine.login.password(login), refused)
})
