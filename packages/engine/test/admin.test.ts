/** What an administrator may do, what it asks for first, and what comes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyEvents } from '@halfminute/engine'
import type { Engine, EngineError, Event } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { operatorOf, signedUpAdmin } from './admins.ts'
import { openPostOffice, reachablePerson, sentCode } from './post-office.ts'
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
} from './support.ts'

type Admin = Engine['admin']

interface Operation {
  /** Does it ask for a full sign-in in the last five minutes? */
  readonly fresh: boolean
  /** Is it refused on the administrator's own account? */
  readonly others: boolean
  readonly call: (admin: Admin, token: unknown, accountId: string) => Promise<unknown>
}

/** Every operation of `engine.admin`, but for `claim`, which is for those who are none yet. */
const OPERATIONS: Record<Exclude<keyof Admin, 'claim'>, Operation> = {
  list: { fresh: false, others: false, call: (admin, token) => admin.list({ token, client }) },
  search: {
    fresh: false,
    others: false,
    call: (admin, token) => admin.search({ token, client, login: 'ada' }),
  },
  show: {
    fresh: false,
    others: false,
    call: (admin, token, accountId) => admin.show({ token, client, accountId }),
  },
  events: {
    fresh: false,
    others: false,
    call: (admin, token, accountId) => admin.events({ token, client, accountId }),
  },
  removeAuthenticator: {
    fresh: true,
    others: true,
    call: (admin, token, accountId) =>
      admin.removeAuthenticator({ token, client, accountId, authenticatorId: 'none' }),
  },
  resetSecondFactor: {
    fresh: true,
    others: true,
    call: (admin, token, accountId) => admin.resetSecondFactor({ token, client, accountId }),
  },
  endSession: {
    fresh: false,
    others: true,
    call: (admin, token, accountId) =>
      admin.endSession({ token, client, accountId, sessionId: 'none' }),
  },
  endSessions: {
    fresh: false,
    others: true,
    call: (admin, token, accountId) => admin.endSessions({ token, client, accountId }),
  },
  invite: { fresh: true, others: false, call: (admin, token) => admin.invite({ token, client }) },
}
const rows = Object.entries(OPERATIONS)

async function failureOf(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer
    return undefined
  } catch (error) {
    return (error as EngineError).code
  }
}

const kindsOf = (events: readonly Event[]) => events.map(({ kind, factor }) => [kind, factor])

test('every operation for administrators has its row here [R46]', (t) => {
  const { engine } = openEngine(t)
  const names = [...Object.keys(OPERATIONS), 'claim'].toSorted()
  assert.deepEqual(Object.keys(engine.admin).toSorted(), names)
})

test('who is no administrator can do nothing of it, to nobody [R46]', async (t) => {
  const harness = openEngine(t)
  const { engine, store, clock } = harness
  const ada = await signedUpPerson(harness)
  const eve = await signedUpPerson(harness, 'eve@example.com')
  const before = await store.newestEvents(100)
  for (const [name, { call }] of rows) {
    for (const target of [ada.accountId, eve.accountId, 'nobody']) {
      assert.equal(await failureOf(call(engine.admin, eve.token, target)), 'ADMIN_REQUIRED', name)
    }
    assert.equal(await failureOf(call(engine.admin, 'none', ada.accountId)), 'SESSION_REQUIRED')
  }
  assert.deepEqual(await store.newestEvents(100), before)
  // Nor is an old session told to prove something that would not help it.
  clock.wait(301)
  for (const [name, { call }] of rows) {
    const failure = await failureOf(call(engine.admin, eve.token, ada.accountId))
    assert.equal(failure, 'ADMIN_REQUIRED', name)
  }
})

/** Whoever holds the laptop and the password must not hold everybody's factors as well. */
test('in a trusted browser an administrator gives a code before anything else [R46] [R49]', async (t) => {
  const harness = openEngine(t, { trustedBrowserDays: 30 })
  const { engine, clock } = harness
  const root = await signedUpAdmin(harness)
  const ada = await signedUpPerson(harness)
  clock.wait(30)
  const ticket = await ticketOf(engine, root)
  const giving = { ticket, method: 'totp', code: root.phone.code(), trustBrowser: true } as const
  const outcome = await engine.login.code({ ...giving, ...client })
  assert.ok(outcome.status === 'signed_in' && outcome.trust)
  const trusting = { ...root, ...client, trust: outcome.trust }
  const token = tokenIn(await engine.login.password(trusting))
  assert.equal((await engine.self.session({ token, client })).admin, true)
  for (const [name, { call }] of rows) {
    const failure = await failureOf(call(engine.admin, token, ada.accountId))
    assert.equal(failure, 'REAUTHENTICATION_REQUIRED', name)
  }
  clock.wait(30)
  const proofs = { password: PASSWORD, code: root.phone.code() }
  const renewed = tokenIn(await engine.self.reauthenticate({ token, client, ...proofs }))
  assert.equal((await engine.admin.list({ token: renewed, client })).length, 2)
})

/** Who reads somebody's mail reads no phone: it signs in, and helps nobody. */
test('a session by a code that was mailed is no administrator’s [R46] [R22]', async (t) => {
  const office = openPostOffice(t)
  const { engine } = office
  const root = await reachablePerson(office)
  const { invitation } = await operatorOf(office).inviteFirstAdmin()
  const byMail = await engine.login.code(await sentCode(office, root, 'email'))
  const { token } = byMail as { token: string }
  const claim = engine.admin.claim({ token, client, invitation })
  await assert.rejects(claim, failsWith('REAUTHENTICATION_REQUIRED'))
  const fresh = await signIn(office, root)
  assert.equal((await engine.admin.claim({ token: fresh, client, invitation })).status, 'claimed')
  const again = await engine.login.code(await sentCode(office, root, 'email'))
  for (const [name, { call }] of rows) {
    const failure = await failureOf(call(engine.admin, tokenIn(again), 'nobody'))
    assert.equal(failure, 'REAUTHENTICATION_REQUIRED', name)
  }
})

/** The thief of the phone has its number as well, and the password perhaps. */
test('after a reset no code goes to the number of before, and mail still tells the person', async (t) => {
  const office = openPostOffice(t)
  const { engine, store, clock } = office
  const ada = await reachablePerson(office)
  await operatorOf(office).resetSecondFactor(ada)
  const contacts = await store.contacts(ada.accountId)
  const confirmed = contacts.filter(({ confirmedAt }) => confirmedAt !== null)
  assert.deepEqual(
    confirmed.map(({ channel }) => channel),
    ['email'],
  )
  const token = tokenIn(await engine.login.password({ ...ada, ...client }))
  const started = await engine.self.enrol({ token, client, kind: 'totp', name: 'new phone' })
  const code = virtualAuthenticator(started.uri, clock).code()
  const confirming = { token, client, authenticatorId: started.id, code }
  assert.ok((await engine.self.confirmAuthenticator(confirming)).ok)
  const ticket = await ticketOf(engine, ada)
  const sending = await engine.login.send({ ticket, method: 'sms', ...client })
  assert.deepEqual(sending, { status: 'refused', code: 'METHOD_UNAVAILABLE' })
})

test('what takes something away asks for a proof of the last five minutes [R46] [R35]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { token } = await signedUpAdmin(harness)
  const ada = await signedUpPerson(harness)
  clock.wait(301)
  for (const [name, { fresh, call }] of rows) {
    const failure = await failureOf(call(engine.admin, token, ada.accountId))
    assert.equal(failure === 'REAUTHENTICATION_REQUIRED', fresh, `${name}: ${failure}`)
  }
})

test('an administrator leaves the own account to its own pages', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { token, accountId } = await signedUpAdmin(harness)
  for (const [name, { others, call }] of rows) {
    const failure = await failureOf(call(engine.admin, token, accountId))
    assert.equal(failure === 'ADMIN_SELF', others, `${name}: ${failure}`)
  }
})

test('an unknown account, authenticator or session is told as such', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { token } = await signedUpAdmin(harness)
  const { accountId } = await signedUpPerson(harness)
  for (const [name, { call }] of rows) {
    if (['list', 'search', 'invite'].includes(name)) continue
    assert.equal(await failureOf(call(engine.admin, token, 'nobody')), 'ACCOUNT_UNKNOWN', name)
  }
  const to = { token, client, accountId }
  const removal = engine.admin.removeAuthenticator({ ...to, authenticatorId: 'none' })
  await assert.rejects(removal, failsWith('AUTHENTICATOR_UNKNOWN'))
  const ending = engine.admin.endSession({ ...to, sessionId: 'none' })
  await assert.rejects(ending, failsWith('SESSION_UNKNOWN'))
})

test('a reset ends what there was, and its person enrols anew [R46] [R50] [R34]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock, store } = harness
  const root = await signedUpAdmin(harness)
  const ada = await signedUpPerson(harness)
  const other = await signIn(harness, ada)
  const ticket = await ticketOf(engine, ada)
  const { accountId } = ada
  await engine.admin.resetSecondFactor({ token: root.token, client, accountId })

  for (const token of [ada.token, other]) assert.equal(await hasSession(engine, token), false)
  clock.wait(30)
  for (const [method, code] of [
    ['totp', ada.phone.code()],
    ['recovery', ada.recoveryCodes[0]],
  ] as const) {
    const outcome = await engine.login.code({ ticket, method, code, ...client })
    assert.ok(outcome.status === 'refused' && outcome.code === 'TICKET_REFUSED')
    assert.equal((await engine.verify({ accountId, method, code })).ok, false)
  }
  const token = tokenIn(await engine.login.password({ ...ada, ...client }))
  const { aal, enrolmentRequired } = await engine.self.session({ token, client })
  assert.deepEqual([aal, enrolmentRequired], [1, true])
  await assert.rejects(engine.self.events({ token, client }), failsWith('ENROLMENT_REQUIRED'))
  const started = await engine.self.enrol({ token, client, kind: 'totp', name: 'new phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const confirming = { token, client, authenticatorId: started.id, code: phone.code() }
  const confirmed = await engine.self.confirmAuthenticator(confirming)
  assert.equal(confirmed.recoveryCodes?.length, 10)
  assert.equal((await store.account(accountId))?.enrolUntil, null)
})

test('a reset never turns two factors into one, not even where the second one is optional', async (t) => {
  const harness = openEngine(t, { secondFactor: 'optional' })
  const { engine } = harness
  const ada = await signedUpPerson(harness)
  await operatorOf(harness).resetSecondFactor(ada)
  const token = tokenIn(await engine.login.password({ ...ada, ...client }))
  assert.equal((await engine.self.session({ token, client })).enrolmentRequired, true)
})

/** Whoever knows the password may wait for years for the day on which nothing else is asked for. */
test('a reset is over after a day: the password alone then answers like a wrong one [R46]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock, store } = harness
  const ada = await signedUpPerson(harness)
  const { accountId } = ada
  await operatorOf(harness).resetSecondFactor(ada)
  clock.wait(86_399)
  const { token } = (await engine.login.password({ ...ada, ...client })) as { token: string }
  assert.ok(token)
  clock.wait(1)
  const late = await engine.login.password({ ...ada, ...client })
  assert.deepEqual(late, { status: 'refused', code: 'LOGIN_REFUSED' })
  // It is written down as a wrong one too.
  const [newest] = await store.events(accountId, 1)
  assert.deepEqual([newest?.kind, newest?.result], ['password', 'refused'])
  // Nor does a session from before renew itself.
  const again = await engine.self.reauthenticate({ token, client, password: PASSWORD })
  assert.equal(again.status, 'refused')
  await operatorOf(harness).resetSecondFactor(ada)
  assert.equal((await engine.login.password({ ...ada, ...client })).status, 'signed_in')
})

test('a second reset waits until the first one is over', async (t) => {
  const harness = openEngine(t)
  const ada = await signedUpPerson(harness)
  const eve = await harness.engine.accounts.register({ login: 'eve', password: PASSWORD })
  const operator = operatorOf(harness)
  await operator.resetSecondFactor(ada)
  for (const accountId of [ada.accountId, eve.id]) {
    const again = operator.resetSecondFactor({ accountId })
    await assert.rejects(again, failsWith('RESET_NEEDLESS'))
  }
})

test('an administrator who was reset is none any more, whoever enrols [R46]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const root = await signedUpAdmin(harness)
  await operatorOf(harness).resetSecondFactor(root)
  const token = tokenIn(await engine.login.password({ ...root, ...client }))
  const started = await engine.self.enrol({ token, client, kind: 'totp', name: 'phone' })
  const code = virtualAuthenticator(started.uri, clock).code()
  const confirming = { token, client, authenticatorId: started.id, code }
  const { signedIn } = await engine.self.confirmAuthenticator(confirming)
  assert.equal(signedIn?.session.admin, false)
  const listing = engine.admin.list({ token: signedIn.token, client })
  await assert.rejects(listing, failsWith('ADMIN_REQUIRED'))
})

test('one of two authenticators is refused at once, the other one goes on [R50]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock, store } = harness
  const root = await signedUpAdmin(harness)
  const ada = await signedUpPerson(harness)
  const { accountId } = ada
  const second = await appPerson(harness, accountId)
  const { authenticatorId } = ada
  const target = { accountId, authenticatorId }
  await engine.admin.removeAuthenticator({ token: root.token, client, ...target })
  assert.equal(await hasSession(engine, ada.token), false)
  clock.wait(30)
  assert.equal((await engine.verify({ accountId, code: ada.phone.code() })).ok, false)
  assert.equal((await engine.verify({ accountId, code: second.phone.code() })).ok, true)
  assert.equal((await store.account(accountId))?.enrolUntil, null)
})

test('every change stands in both chains, with who did it [R46] [R43]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const root = await signedUpAdmin(harness)
  const ada = await signedUpPerson(harness)
  const second = await appPerson(harness, ada.accountId)
  const to = { token: root.token, client, accountId: ada.accountId }
  await signIn(harness, ada)
  await engine.admin.endSessions(to)
  await engine.admin.removeAuthenticator({ ...to, authenticatorId: second.authenticatorId })
  await engine.admin.resetSecondFactor(to)
  await engine.admin.invite(to)
  const theirs = kindsOf(await store.events(ada.accountId, 100))
  const told = theirs.filter(([kind]) => kind?.startsWith('admin.'))
  assert.deepEqual(told, [
    ['admin.second-factor-reset', root.accountId],
    ['admin.authenticator-removed', `${root.accountId}/${second.authenticatorId}`],
    ['admin.sessions-ended', root.accountId],
  ])
  const own = kindsOf(await store.events(root.accountId, 4))
  assert.deepEqual(own, [
    ['admin.invited', null],
    ['admin.acted', `second-factor-reset/${ada.accountId}`],
    ['admin.acted', `authenticator-removed/${ada.accountId}`],
    ['admin.acted', `sessions-ended/${ada.accountId}`],
  ])
  for await (const { problems } of verifyEvents(store)) assert.deepEqual(problems, [])
})

/** Somebody whose second factor goes away must hear of it from us, and not from a locked door. */
test('the person is told of each change, and not where the administrator was [R46] [R36]', async (t) => {
  const office = openPostOffice(t)
  const { engine } = office
  const root = await signedUpAdmin(office)
  const ada = await reachablePerson(office)
  const second = await appPerson(office, ada.accountId)
  const pending = await engine.authenticators.enrol({ ...ada, kind: 'totp', name: 'waiting' })
  await signIn(office, ada)
  await office.arrived()
  const to = { token: root.token, client, accountId: ada.accountId }
  await engine.admin.removeAuthenticator({ ...to, authenticatorId: pending.id })
  await engine.admin.endSessions(to)
  await engine.admin.removeAuthenticator({ ...to, authenticatorId: second.authenticatorId })
  await engine.admin.resetSecondFactor(to)
  const told = await office.arrived()
  assert.deepEqual(
    told.map(({ kind, recipient, data }) => [kind, recipient, data['source'], data['about']]),
    [
      ['admin-ended-sessions', 'ada@example.com', null, null],
      ['admin-removed-factor', 'ada@example.com', null, 'phone'],
      ['admin-reset', 'ada@example.com', null, null],
    ],
  )
  const events = await engine.events({ accountId: ada.accountId, limit: 3 })
  assert.deepEqual(
    events.map(({ source }) => source),
    [null, null, null],
  )
  const own = await engine.events({ accountId: root.accountId, limit: 3 })
  assert.deepEqual(
    own.map(({ source }) => source),
    ['192.0.2.10', '192.0.2.10', '192.0.2.10'],
  )
})

test('who becomes an administrator is told, in case it was somebody else [R36]', async (t) => {
  const office = openPostOffice(t)
  await signedUpAdmin(office)
  const kinds = (await office.arrived()).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['factor-added', 'admin-claimed'])
})

test('the operator needs no key, and what is done so is told as done by the operator [R46]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const ada = await signedUpPerson(harness)
  const operator = operatorOf(harness)
  assert.equal(await operator.find(' ADA@example.com'), ada.accountId)
  assert.equal(await operator.find(ada.accountId), ada.accountId)
  await assert.rejects(operator.find('ada'), failsWith('ACCOUNT_UNKNOWN'))
  await operator.endSessions(ada)
  assert.equal(await hasSession(engine, ada.token), false)
  const [newest] = await store.events(ada.accountId, 1)
  assert.deepEqual(
    [newest?.kind, newest?.factor, newest?.source],
    ['admin.sessions-ended', 'command', null],
  )
})

test('accounts are found by login, its beginning and id; the exact one stands first', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { token } = await signedUpAdmin(harness)
  const made = new Map<string, string>()
  for (const login of ['ada@example.com', 'ADA', 'adam', 'grace']) {
    made.set(login, (await engine.accounts.register({ login, password: PASSWORD })).id)
  }
  const find = async (login: string) =>
    (await engine.admin.search({ token, client, login })).map((one) => one.login ?? '')
  assert.equal((await find('ada'))[0], 'ADA')
  assert.deepEqual((await find(' Ada')).toSorted(), ['ADA', 'ada@example.com', 'adam'])
  assert.deepEqual(await find(made.get('grace') ?? ''), ['grace'])
  for (const nothing of ['', ' ', '%', '_da', 'zoe']) assert.deepEqual(await find(nothing), [])
})

test('a list goes page by page, and keeps to those at risk', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const { token } = await signedUpAdmin(harness)
  const ids = Array.from({ length: 103 }, (_, nth) => `app-${1_000 + nth}`)
  for (const id of ids) await store.ensureAccount(id, 0)
  const first = await engine.admin.list({ token, client })
  const rest = await engine.admin.list({ token, client, after: first.at(-1)?.id })
  assert.deepEqual([first.length, rest.length], [100, 4])
  assert.deepEqual(await engine.admin.list({ token, client, atRisk: true }), [])
  const ada = await signedUpPerson(harness)
  for (const code of ada.recoveryCodes) {
    await engine.verify({ accountId: ada.accountId, method: 'recovery', code })
  }
  const atRisk = await engine.admin.list({ token, client, atRisk: true })
  assert.deepEqual(
    atRisk.map(({ id }) => id),
    [ada.accountId],
  )
})

test('nothing that an administrator is shown is secret [R46] [R44]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const root = await signedUpAdmin(harness)
  const ada = await signedUpPerson(harness)
  const pending = await engine.self.enrol({
    token: ada.token,
    client,
    kind: 'totp',
    name: 'waiting',
  })
  const { token } = root
  const answers = JSON.stringify([
    await engine.admin.list({ token, client }),
    await engine.admin.search({ token, client, login: 'ada' }),
    await engine.admin.show({ token, client, accountId: ada.accountId }),
    await engine.admin.events({ token, client, accountId: ada.accountId }),
  ])
  const account = await store.account(ada.accountId)
  const [sealed] = await store.authenticators(ada.accountId, harness.clock.nowSeconds())
  assert.ok(account?.passwordHash && sealed)
  const secrets = [
    account.passwordHash,
    Buffer.from(sealed.sealedSecret).toString('base64'),
    JSON.stringify(sealed.sealedSecret),
    ada.secret,
    pending.secret,
    ada.token,
    ada.token.slice(0, 43),
    ...ada.recoveryCodes,
    ...ada.recoveryCodes.map((code) => code.replaceAll('-', '')),
  ]
  for (const secret of secrets) assert.ok(!answers.includes(secret))
  assert.doesNotMatch(answers, /otpauth|argon2|hash|sealed|secret"|token/i)
  assert.ok(answers.includes('waiting'))
})
