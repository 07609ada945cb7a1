/** The ticket between password and code: short-lived, used once, and good for nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appPerson,
  client,
  failsWith,
  hasSession,
  openEngine,
  PASSWORD,
  signedUpPerson,
  signIn,
  ticketIn,
  ticketOf,
  tokenIn,
} from './support.ts'

const over = { status: 'refused', code: 'TICKET_REFUSED' }

test('the right password of an account with a second factor yields a ticket, no session [R32 R39]', async (t) => {
  const harness = openEngine(t)
  const { login, password } = await signedUpPerson(harness)
  const outcome = await harness.engine.login.password({ login, password, ...client })
  assert.ok(outcome.status === 'second_factor')
  assert.deepEqual(Object.keys(outcome).toSorted(), ['expiresAt', 'methods', 'status', 'ticket'])
  assert.deepEqual(outcome.methods, ['totp', 'recovery'])
  assert.equal(outcome.expiresAt, harness.clock.nowSeconds() + 300)
})

test('a ticket is good for five minutes', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const [first, second] = [await ticketOf(engine, person), await ticketOf(engine, person)]
  clock.wait(299)
  const method = 'totp'
  tokenIn(
    await engine.login.code({ ticket: first, method, code: person.phone.code(-1), ...client }),
  )
  clock.wait(1)
  const late = { ticket: second, method, code: person.phone.code(), ...client } as const
  assert.deepEqual(await engine.login.code(late), over)
})

test('a ticket is redeemed once [R32]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const ticket = await ticketOf(engine, person)
  clock.wait(60)
  const enter = (code: string) => engine.login.code({ ticket, method: 'totp', code, ...client })
  tokenIn(await enter(person.phone.code()))
  assert.deepEqual(await enter(person.phone.code(1)), over)
})

/** TOTP and recovery code sent at once with one ticket: two sessions, or one and a recovery code lost. */
test('one ticket with both kinds of code at once makes one session [R9 R20]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock, store } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const [recoveryCode] = person.recoveryCodes
  const outcomes = await Promise.all([
    engine.login.code({ ticket, method: 'totp', code: person.phone.code(), ...client }),
    engine.login.code({ ticket, method: 'recovery', code: recoveryCode, ...client }),
  ])
  const won = outcomes.filter(({ status }) => status === 'signed_in')
  assert.equal(won.length, 1)
  const left = won[0] && 'method' in won[0] && won[0].method === 'recovery' ? 9 : 10
  assert.equal(await store.recoveryCodesLeft(person.accountId), left)
})

/** Whoever knows the old password holds a ticket; its owner changes the password to get rid of them. */
test('a changed password voids the tickets of the old one [R32]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const ticket = await ticketOf(engine, person)
  const newPassword = 'a new and better password'
  await engine.self.changePassword({ token: person.token, client, newPassword })
  clock.wait(30)
  const attempt = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
  assert.deepEqual(await engine.login.code(attempt), over)
})

/** The half-way state is the classical hole: it looks like a session and has none of its proof. */
test('a ticket is no session [R32]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const token = await ticketOf(engine, person)
  assert.equal(await hasSession(engine, token), false)
  const bearer = { token, client }
  const calls = [
    engine.self.enrol({ ...bearer, kind: 'totp', name: 'mine' }),
    engine.self.removeAuthenticator({ ...bearer, authenticatorId: person.authenticatorId }),
    engine.self.replaceRecoveryCodes(bearer),
    engine.self.changePassword({ ...bearer, newPassword: 'something of mine' }),
  ]
  for (const call of calls) await assert.rejects(call, failsWith('SESSION_REQUIRED'))
})

test('a session is no ticket [R32]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const attempt = { ticket: person.token, method: 'totp', code: person.phone.code() } as const
  assert.deepEqual(await engine.login.code({ ...attempt, ...client }), over)
})

/** An attacker with an account of their own owns a phone and a ticket; neither may stand in for another's. */
test('tickets, codes and recovery codes do not cross accounts [R32]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const ada = await signedUpPerson(harness)
  const eve = await signedUpPerson(harness, 'eve@example.com')
  clock.wait(30)
  const refused = { status: 'refused', code: 'CODE_REFUSED' }
  const ticket = await ticketOf(engine, ada)
  const withTotp = { ticket, method: 'totp', code: eve.phone.code(), ...client } as const
  assert.deepEqual(await engine.login.code(withTotp), refused)
  const [recoveryCode] = eve.recoveryCodes
  const withRecovery = { ticket, method: 'recovery', code: recoveryCode, ...client } as const
  assert.deepEqual(await engine.login.code(withRecovery), refused)

  const own = await ticketOf(engine, eve)
  const relabelled = `${own.slice(0, own.indexOf('.'))}.${ada.accountId}`
  const moved = { ticket: relabelled, method: 'totp', code: ada.phone.code(), ...client } as const
  assert.deepEqual(await engine.login.code(moved), over)
  assert.equal(await hasSession(engine, eve.token.replace(eve.accountId, ada.accountId)), false)
})

test('whatever is no ticket is refused, and says nothing else [R11 R15]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const ticket = await ticketOf(engine, person)
  const strange: unknown[] = [
    undefined,
    null,
    '',
    true,
    0,
    {},
    [ticket],
    { toString: () => ticket },
    `${ticket} `,
    ` ${ticket}`,
    ticket.slice(0, -1),
    ticket.toUpperCase(),
    person.accountId,
    `${'A'.repeat(43)}.${person.accountId}`,
    `${'A'.repeat(43)}.`,
    'A'.repeat(10_000_000),
    "' or 1=1 --",
    '\0',
  ]
  for (const value of strange) {
    const attempt = { ticket: value, method: 'totp', code: '123456', ...client } as const
    assert.deepEqual(await engine.login.code(attempt), over)
  }
})

/** "No such login" or a slower answer would tell a stranger who has an account. */
test('an unknown login and a wrong password are one answer [R29]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  await appPerson(harness, 'app-user-1')
  const answers = await Promise.all(
    [
      { login: 'nobody@example.com', password: PASSWORD },
      { login: person.login, password: 'not the password' },
      { login: person.login, password: '' },
      { login: '', password: PASSWORD },
      { login: 'app-user-1', password: '' },
      { login: person.accountId, password: PASSWORD },
      { login: person.login, password: 'x'.repeat(100_000) },
    ].map((attempt) => engine.login.password({ ...attempt, ...client })),
  )
  for (const answer of answers) {
    assert.deepEqual(answer, { status: 'refused', code: 'LOGIN_REFUSED' })
  }
})

/** Somebody who has only read the database must not get in with what stands there. */
test('the stored hash is not the password [R30]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const person = await signedUpPerson(harness)
  const account = await store.account(person.accountId)
  const password = account?.passwordHash ?? assert.fail('there is no hash')
  const outcome = await engine.login.password({ login: person.login, password, ...client })
  assert.equal(outcome.status, 'refused')
})

test('each sign-in has a ticket and a token of its own, 256 bits each [R30]', async (t) => {
  const harness = openEngine(t)
  const person = await signedUpPerson(harness)
  const secrets = [
    await ticketOf(harness.engine, person),
    await ticketOf(harness.engine, person),
    person.token,
    await signIn(harness, person),
  ].map((token) => token.slice(0, token.indexOf('.')))
  assert.equal(new Set(secrets).size, secrets.length)
  for (const secret of secrets) assert.equal(Buffer.from(secret, 'base64url').length, 32)
})

/** A ticket that leaks (a log, a shared clipboard) must be worth nothing in another browser. */
test('a ticket serves the browser that asked for it and no other [R32]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const first = await ticketOf(engine, person)
  const code = person.phone.code()
  const known = await engine.login.code({ ticket: first, method: 'totp', code, ...client })
  assert.ok(known.status === 'signed_in' && known.device !== undefined)
  const browsers = [
    { ...client, device: known.device },
    { ...client },
    { ...client, userAgent: 'Another/2' },
  ]
  clock.wait(30)
  const fresh = person.phone.code()
  for (const own of browsers) {
    const asked = { login: person.login, password: person.password, ...own }
    const ticket = ticketIn(await engine.login.password(asked))
    for (const other of browsers.filter((browser) => browser !== own)) {
      const moved = await engine.login.code({ ticket, method: 'totp', code: fresh, ...other })
      assert.deepEqual(moved, over)
    }
  }
  const own = { ...client, device: known.device }
  const ticket = await ticketOf(engine, person, own)
  tokenIn(await engine.login.code({ ticket, method: 'totp', code: fresh, ...own }))
})
