/** Trusted browsers: no code is asked for a while, and nothing else changes. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createEngine, sqliteStore } from '@halfminute/engine'
import type { Engine, Limits, Store } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import {
  client,
  failsWith,
  hasSession,
  openEngine,
  PASSWORD,
  signedUpPerson,
  signIn,
  temporaryFolder,
  ticketOf,
  tokenIn,
  wrongCode,
} from './support.ts'
import type { Harness, Person } from './support.ts'

const DAY = 86_400

/** Signs in with a code and asks for trust. @returns the trust's token, if there is one */
async function askForTrust(
  { engine, clock }: Pick<Harness, 'engine' | 'clock'>,
  person: Person,
  method: 'totp' | 'recovery' = 'totp',
): Promise<string | undefined> {
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const code = method === 'totp' ? person.phone.code() : person.recoveryCodes[0]
  const outcome = await engine.login.code({ ticket, method, code, trustBrowser: true, ...client })
  assert.ok(outcome.status === 'signed_in')
  return outcome.trust
}

/** A person whose browser is trusted. */
async function trusting(t: TestContext, limits: Partial<Limits> = {}) {
  const harness = openEngine(t, { trustedBrowserDays: 30, limits })
  const person = await signedUpPerson(harness)
  const trust = (await askForTrust(harness, person)) ?? assert.fail('no trust was given')
  return { ...harness, person, trust }
}

const giveTrust = (
  engine: Engine,
  person: Person,
  trust: string | undefined,
  more: object = {},
) => {
  const { login, password } = person
  return engine.login.password({ login, password, ...client, ...(trust && { trust }), ...more })
}

/** A sign-in by trust that must work. */
async function inByTrust(engine: Engine, person: Person, trust: string) {
  const outcome = await giveTrust(engine, person, trust)
  assert.ok(outcome.status === 'signed_in', outcome.status)
  assert.ok(outcome.trust !== undefined && outcome.trust !== trust)
  return { token: outcome.token, trust: outcome.trust, outcome }
}

const kindsOf = async (engine: Engine, { accountId }: Person) =>
  (await engine.events({ accountId })).map(({ kind }) => kind)

test('a trusted browser asks for no code, and its session claims the password alone [R49 R51]', async (t) => {
  const { engine, clock, person, trust } = await trusting(t)
  clock.wait(DAY)
  const { token, outcome } = await inByTrust(engine, person, trust)
  const session = await engine.self.session({ token, client })
  assert.deepEqual(outcome.session, session)
  assert.deepEqual(
    [session.aal, session.amr, session.authTime, session.trustedBrowser],
    [1, ['pwd'], clock.nowSeconds(), true],
  )
  assert.equal(session.enrolmentRequired, false)
  const [newest] = await engine.events(person)
  assert.deepEqual(
    [newest?.kind, newest?.result, newest?.factor],
    ['sign-in', 'accepted', 'trusted-browser'],
  )
  // It is asked for the code where it is not trusted, and that session claims both.
  const elsewhere = await engine.self.session({
    token: await signIn({ engine, clock } as Harness, person),
    client,
  })
  assert.deepEqual([elsewhere.aal, elsewhere.trustedBrowser], [2, false])
})

/** Whoever sends the wish must not be able to switch on what the operator has not. */
test('off by default: neither asked for nor shown does trust count [R49]', async (t) => {
  const harness = openEngine(t)
  const person = await signedUpPerson(harness)
  assert.equal(await askForTrust(harness, person), undefined)
  const first = await giveTrust(harness.engine, person, undefined)
  assert.ok(first.status === 'second_factor' && !('trustBrowserDays' in first))
  assert.deepEqual(
    await harness.engine.self.listTrustedBrowsers({ token: person.token, client }),
    [],
  )
})

test('switched off again, a trust given before opens nothing and its sessions end [R49]', async (t) => {
  const { store, keyring, clock, engine, person, trust } = await trusting(t)
  const { token, trust: next } = await inByTrust(engine, person, trust)
  const off = createEngine({ store, keyring, clock, issuer: 'ACME' })
  assert.equal(await hasSession(off, token), false)
  assert.equal((await giveTrust(off, person, next)).status, 'second_factor')
  assert.deepEqual(await off.self.listTrustedBrowsers({ token: person.token, client }), [])
  assert.equal(await hasSession(engine, token), true)
})

test('a browser is trusted for 0 to 30 days, or nothing starts', (t) => {
  for (const days of [-1, 31, 1.5, Number.NaN, '5' as never]) {
    assert.throws(() => openEngine(t, { trustedBrowserDays: days }), {
      name: 'RangeError',
      message: 'trustedBrowserDays: expected a whole number from 0 to 30',
    })
  }
  for (const days of [0, 1, 30]) openEngine(t, { trustedBrowserDays: days })
})

test('nobody is trusted who did not ask for it', async (t) => {
  const harness = openEngine(t, { trustedBrowserDays: 30 })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  for (const trustBrowser of [undefined, false, 'true', 1, {}]) {
    clock.wait(30)
    const ticket = await ticketOf(engine, person)
    const give = { ticket, method: 'totp', code: person.phone.code(), trustBrowser } as const
    const outcome = await engine.login.code({ ...give, ...client })
    assert.ok(outcome.status === 'signed_in' && outcome.trust === undefined)
  }
  assert.equal((await kindsOf(engine, person)).includes('browser.trusted'), false)
})

/** A found slip of paper would otherwise open the account for a month. */
test('a recovery code gives no trust, however it is asked for [R49]', async (t) => {
  const harness = openEngine(t, { trustedBrowserDays: 30 })
  const person = await signedUpPerson(harness)
  assert.equal(await askForTrust(harness, person, 'recovery'), undefined)
  const bearer = { token: person.token, client }
  assert.deepEqual(await harness.engine.self.listTrustedBrowsers(bearer), [])
})

test('trust lends no freshness: every change asks for the password and a code [R35 R49]', async (t) => {
  const { engine, clock, person, trust } = await trusting(t)
  const { token } = await inByTrust(engine, person, trust)
  const { authenticatorId } = person
  const changes = (bearer: { token: string; client: typeof client }) => ({
    enrol: () => engine.self.enrol({ ...bearer, kind: 'totp', name: 'mine' }),
    codes: () => engine.self.replaceRecoveryCodes(bearer),
    password: () => engine.self.changePassword({ ...bearer, newPassword: 'quite another one' }),
    remove: () => engine.self.removeAuthenticator({ ...bearer, authenticatorId }),
  })
  for (const [name, change] of Object.entries(changes({ token, client }))) {
    await assert.rejects(change(), failsWith('REAUTHENTICATION_REQUIRED'), name)
  }
  const reauthenticate = (code?: string) =>
    engine.self.reauthenticate({ token, client, password: PASSWORD, code })
  const without = await reauthenticate()
  assert.equal('code' in without ? without.code : without.status, 'CODE_REQUIRED')
  clock.wait(30)
  const proven = await reauthenticate(person.phone.code())
  assert.ok(proven.status === 'signed_in')
  const { session } = proven
  assert.deepEqual([session.aal, session.trustedBrowser], [2, false])
  assert.equal(await hasSession(engine, token), false)
  await changes({ token: proven.token, client }).enrol()
})

test('each use gives another token for the rest of the time, not for longer [R49]', async (t) => {
  const { engine, clock, person, trust } = await trusting(t)
  let next = trust
  const given = new Set([trust])
  for (let day = 0; day < 29; day++) {
    clock.wait(DAY)
    next = (await inByTrust(engine, person, next)).trust
    given.add(next)
  }
  assert.equal(given.size, 30)
  clock.wait(DAY - 1)
  const last = await inByTrust(engine, person, next)
  assert.equal(await hasSession(engine, last.token), true)
  clock.wait(1)
  assert.equal((await giveTrust(engine, person, last.trust)).status, 'second_factor')
  assert.equal(await hasSession(engine, last.token), false, 'its session ends with it')
  assert.ok(!(await kindsOf(engine, person)).includes('browser.trust-abused'))
})

/** The thief has a copy of the cookie, and the password. */
test('an older token ends the trust, is recorded, and a code is asked for [R49]', async (t) => {
  const { engine, person, trust } = await trusting(t)
  const second = await inByTrust(engine, person, trust)
  const third = await inByTrust(engine, person, second.trust)
  assert.equal((await giveTrust(engine, person, trust)).status, 'second_factor')
  const [, newest] = await engine.events(person)
  assert.deepEqual([newest?.kind, newest?.result], ['browser.trust-abused', 'refused'])
  assert.equal(await hasSession(engine, third.token), false)
  assert.equal((await giveTrust(engine, person, third.trust)).status, 'second_factor')
  // Once: what is not trusted any more cannot be abused.
  const abuses = (await kindsOf(engine, person)).filter((kind) => kind === 'browser.trust-abused')
  assert.equal(abuses.length, 1)
})

/** Without the password it is nobody’s business, or a stranger could end what the owner has set up. */
test('an older token beside a wrong password ends nothing', async (t) => {
  const { engine, person, trust } = await trusting(t)
  const { trust: next } = await inByTrust(engine, person, trust)
  const wrong = await giveTrust(engine, { ...person, password: 'wrong' }, trust)
  assert.equal(wrong.status, 'refused')
  await inByTrust(engine, person, next)
})

test('of ten uses of one token at once one wins at most, and the trust is over [R49]', async (t) => {
  const { engine, person, trust } = await trusting(t)
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () => giveTrust(engine, person, trust)),
  )
  const won = outcomes.filter(({ status }) => status === 'signed_in')
  assert.equal(won.length, 1)
  assert.ok(outcomes.every(({ status }) => status !== 'refused'))
  const [winner] = won
  assert.ok(winner?.status === 'signed_in')
  assert.equal(await hasSession(engine, winner.token), false)
  assert.equal((await giveTrust(engine, person, winner.trust)).status, 'second_factor')
  const abuses = (await kindsOf(engine, person)).filter((kind) => kind === 'browser.trust-abused')
  assert.equal(abuses.length, 1)
})

test('trust is bound to its account [R49]', async (t) => {
  const { engine, clock, person, trust } = await trusting(t)
  const mallory = await signedUpPerson({ engine, clock }, 'mallory@example.com')
  const renamed = trust.replace(person.accountId, mallory.accountId)
  for (const token of [trust, renamed]) {
    assert.equal((await giveTrust(engine, mallory, token)).status, 'second_factor')
  }
  const half = `${trust.slice(0, 43)}${'A'.repeat(43)}.${mallory.accountId}`
  assert.equal((await giveTrust(engine, mallory, half)).status, 'second_factor')
  await inByTrust(engine, person, trust)
})

test('what is no token of a trusted browser is no trust, costs no try and ends nothing', async (t) => {
  const { engine, person, trust } = await trusting(t, { passwordFailuresPerDay: 1 })
  const { accountId, token } = person
  const nonsense = ['', 'x', token, trust.split('.')[0], `${'A'.repeat(86)}.${accountId}`]
  for (const one of [...nonsense, 'x'.repeat(600)]) {
    assert.equal((await giveTrust(engine, person, one)).status, 'second_factor')
  }
  await inByTrust(engine, person, trust)
})

/** A right password gives its try back, with trust as without. */
test('a trusted sign-in counts the password’s try as every other does [R14]', async (t) => {
  const harness = await trusting(t, { passwordFailuresPerDay: 2 })
  const { engine, person } = harness
  let { trust } = harness
  for (let nth = 0; nth < 5; nth++) trust = (await inByTrust(engine, person, trust)).trust
  for (let nth = 0; nth < 2; nth++) {
    await giveTrust(engine, { ...person, password: 'wrong' }, trust)
  }
  assert.equal((await giveTrust(engine, person, trust)).status, 'refused')
})

type Change = (harness: Harness & { person: Person }, token: string) => Promise<unknown>

const CHANGES: Readonly<Record<string, Change>> = {
  'a new password': ({ engine }, token) =>
    engine.self.changePassword({ token, client, newPassword: PASSWORD.toUpperCase() }),
  'another phone': async ({ engine, clock }, token) => {
    const begun = await engine.self.enrol({ token, client, kind: 'totp', name: 'another' })
    const code = virtualAuthenticator(begun.uri, clock).code()
    return engine.self.confirmAuthenticator({ token, client, authenticatorId: begun.id, code })
  },
  'a removed phone': ({ engine, person: { authenticatorId } }, token) =>
    engine.self.removeAuthenticator({ token, client, authenticatorId }),
  'a phone of the app’s making': async ({ engine, clock, person: { accountId } }) => {
    const begun = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'another' })
    const code = virtualAuthenticator(begun.uri, clock).code()
    return engine.authenticators.confirm({ accountId, authenticatorId: begun.id, code })
  },
  'new recovery codes': ({ engine }, token) => engine.self.replaceRecoveryCodes({ token, client }),
}

for (const [name, change] of Object.entries(CHANGES)) {
  /** Who makes a change because of a thief must not leave the thief a browser that is asked for nothing. */
  test(`trust ends with ${name}, and so do the sessions that rest on it [R34 R49]`, async (t) => {
    const harness = await trusting(t)
    const { engine, person, trust } = harness
    const resting = await inByTrust(engine, person, trust)
    const token = await signIn(harness, person)
    await change(harness, token)
    assert.equal(await hasSession(engine, resting.token), false)
    for (const password of [PASSWORD, PASSWORD.toUpperCase()]) {
      const outcome = await giveTrust(engine, { ...person, password }, resting.trust)
      const isIn = outcome.status === 'signed_in' && outcome.session.trustedBrowser
      assert.equal(isIn, false, password)
    }
    assert.ok(!(await kindsOf(engine, person)).includes('browser.trust-abused'))
  })
}

/** The store compares in the write, so a feature that forgets to end trust cannot leave it alive. */
test('a factor or password that changed behind the engine’s back ends trust all the same [R49]', async (t) => {
  const behind = {
    'another phone': `create temporary table copies as select * from authenticators;
      update copies set id = 'another';
      insert into authenticators select * from copies`,
    'the phone gone': "update authenticators set id = 'another'",
    'other recovery codes':
      "update recovery_codes set lookup = 'ZZZZ' where lookup = (select min(lookup) from recovery_codes)",
    'another password': 'update accounts set password_version = password_version + 1',
  }
  for (const [what, statement] of Object.entries(behind)) {
    const path = join(temporaryFolder(t), 'accounts.db')
    const harness = openEngine(t, { store: sqliteStore(path), trustedBrowserDays: 30 })
    const { engine } = harness
    const person = await signedUpPerson(harness)
    const trust = (await askForTrust(harness, person)) ?? ''
    const resting = await inByTrust(engine, person, trust)
    const db = new DatabaseSync(path)
    db.exec(statement)
    db.close()
    assert.equal(await hasSession(engine, resting.token), false, what)
    assert.equal((await giveTrust(engine, person, resting.trust)).status, 'second_factor', what)
    assert.deepEqual(await harness.store.trustedBrowsers(person.accountId, 0), [], what)
  }
})

/** Otherwise whoever is quick with a second phone brings back what its owner had ended. */
test('a factor that came and went leaves no trust alive [R49]', async (t) => {
  const harness = await trusting(t)
  const { engine, clock, person, trust } = harness
  const token = await signIn(harness, person)
  const begun = await engine.self.enrol({ token, client, kind: 'totp', name: 'another' })
  const code = virtualAuthenticator(begun.uri, clock).code()
  const target = { client, authenticatorId: begun.id }
  const confirmed = await engine.self.confirmAuthenticator({ token, code, ...target })
  assert.ok(confirmed.ok && confirmed.signedIn)
  await engine.self.removeAuthenticator({ token: confirmed.signedIn.token, ...target })
  assert.equal((await giveTrust(engine, person, trust)).status, 'second_factor')
})

test('what changes no factor ends no trust: signing out, a new name, a used code, a pending phone', async (t) => {
  const harness = await trusting(t)
  const { engine, person } = harness
  const { accountId, authenticatorId } = person
  const first = await inByTrust(engine, person, harness.trust)
  await engine.self.logout({ token: first.token, client })
  const token = await signIn(harness, person)
  await engine.self.renameAuthenticator({ token, client, authenticatorId, name: 'old phone' })
  await engine.verify({ accountId, method: 'recovery', code: person.recoveryCodes[0] })
  const pending = await engine.self.enrol({ token, client, kind: 'totp', name: 'maybe' })
  await engine.self.removeAuthenticator({ token, client, authenticatorId: pending.id })
  await inByTrust(engine, person, first.trust)
})

test('a person sees the trusted browsers, the present one marked, and ends any of them [R34]', async (t) => {
  const { engine, clock, person, trust } = await trusting(t)
  const other = (await askForTrust({ engine, clock }, person)) ?? ''
  clock.wait(60)
  const here = await inByTrust(engine, person, trust)
  const there = await inByTrust(engine, person, other)
  const bearer = { token: here.token, client: { ...client, trust: here.trust } }
  const listed = await engine.self.listTrustedBrowsers(bearer)
  const now = clock.nowSeconds()
  assert.deepEqual(
    listed.map(({ id: _, ...rest }) => rest).toSorted((a, b) => a.createdAt - b.createdAt),
    [
      {
        accountId: person.accountId,
        createdAt: now - 90,
        current: true,
        expiresAt: now - 90 + 30 * DAY,
      },
      {
        accountId: person.accountId,
        createdAt: now - 60,
        current: false,
        expiresAt: now - 60 + 30 * DAY,
      },
    ].map((one) => ({ ...one, lastUsedAt: now, ...client })),
  )
  const trustedBrowserId = listed.find(({ current }) => !current)?.id ?? ''
  await engine.self.forgetTrustedBrowser({ ...bearer, trustedBrowserId })
  assert.equal(await hasSession(engine, there.token), false)
  assert.equal((await giveTrust(engine, person, there.trust)).status, 'second_factor')
  const again = engine.self.forgetTrustedBrowser({ ...bearer, trustedBrowserId })
  await assert.rejects(again, failsWith('TRUSTED_BROWSER_UNKNOWN'))
  const kinds = await kindsOf(engine, person)
  assert.equal(kinds.filter((kind) => kind === 'browser.trust-ended').length, 1)
  await inByTrust(engine, person, here.trust)
})

/** Whatever else reads that table must not take them for sessions. */
test('sessions that rested on a trust are gone from the database when it ends', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const harness = openEngine(t, { store: sqliteStore(path), trustedBrowserDays: 30 })
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const first = await inByTrust(engine, person, (await askForTrust(harness, person)) ?? '')
  const db = new DatabaseSync(path)
  t.after(() => {
    db.close()
  })
  const resting = () =>
    db.prepare('select id from sessions where trusted_browser_id is not null').all().length
  const token = await signIn(harness, person)
  const [listed] = await engine.self.listTrustedBrowsers({ token, client })
  assert.equal(resting(), 1)
  const target = { token, client, trustedBrowserId: listed?.id ?? '' }
  await engine.self.forgetTrustedBrowser(target)
  assert.equal(resting(), 0)
  const again = await inByTrust(engine, person, (await askForTrust(harness, person)) ?? '')
  assert.notEqual(again.token, first.token)
  await engine.self.replaceRecoveryCodes({ token, client })
  assert.equal(resting(), 0)
})

test('nobody ends or sees a trusted browser of somebody else', async (t) => {
  const { engine, clock, person, trust } = await trusting(t)
  const { token } = await signedUpPerson({ engine, clock }, 'eve@example.com')
  const [listed] = await engine.self.listTrustedBrowsers({ token: person.token, client })
  const trustedBrowserId = listed?.id ?? assert.fail()
  assert.deepEqual(await engine.self.listTrustedBrowsers({ token, client }), [])
  const attempt = engine.self.forgetTrustedBrowser({ token, client, trustedBrowserId })
  await assert.rejects(attempt, failsWith('TRUSTED_BROWSER_UNKNOWN'))
  await inByTrust(engine, person, trust)
})

/** Somebody tried codes, so somebody has the password: the new one takes a real code. */
test('a password that somebody else seems to know is changed with a code, not by trust', async (t) => {
  const limits = { codeFailuresPerDay: 2, codeFailuresBeforeWait: 100 }
  const { engine, person, trust } = await trusting(t, limits)
  const ticket = await ticketOf(engine, person)
  for (let nth = 0; nth < 2; nth++) {
    const code = wrongCode(person.phone, nth)
    await engine.login.code({ ticket, method: 'totp', code, ...client })
  }
  const { token, outcome } = await inByTrust(engine, person, trust)
  assert.equal(outcome.session.passwordChangeRequired, true)
  const change = engine.self.changePassword({ token, client, newPassword: 'quite another one' })
  await assert.rejects(change, failsWith('REAUTHENTICATION_REQUIRED'))
})

test('a sign-in by trust ends the session that the browser held [R32]', async (t) => {
  const { engine, person, trust } = await trusting(t)
  const first = await inByTrust(engine, person, trust)
  const outcome = await giveTrust(engine, person, first.trust, { present: first.token })
  assert.equal(await hasSession(engine, tokenIn(outcome)), true)
  assert.equal(await hasSession(engine, first.token), false)
})

test('it says when few recovery codes are left, as every sign-in does [R20]', async (t) => {
  const { engine, person, trust } = await trusting(t)
  const first = await inByTrust(engine, person, trust)
  assert.equal('recoveryCodesLeft' in first.outcome, false)
  const { accountId, recoveryCodes } = person
  for (const code of recoveryCodes.slice(0, 8)) {
    await engine.verify({ accountId, method: 'recovery', code })
  }
  const { outcome } = await inByTrust(engine, person, first.trust)
  assert.equal(outcome.recoveryCodesLeft, 2)
})

/** Whatever of it fails, nobody is let in and nobody is told that the password was right. */
test('trust that cannot be looked at is no trust [R48]', async (t) => {
  const { store, keyring, clock, person, trust } = await trusting(t)
  const down = new Error('the database is down')
  for (const name of ['trustedToken', 'recoveryCodesLeft', 'grantSession'] as const) {
    const failing: Store = { ...store, [name]: () => Promise.reject(down) }
    const options = { keyring, clock, issuer: 'ACME', trustedBrowserDays: 30 }
    const engine = createEngine({ store: failing, ...options })
    const before = await store.sessions(person.accountId, clock.nowSeconds(), 1e6)
    await assert.rejects(giveTrust(engine, person, trust), down, name)
    assert.deepEqual(await store.sessions(person.accountId, clock.nowSeconds(), 1e6), before)
  }
})

test('the sweep removes trust whose time is over, and no other', async (t) => {
  const { engine, clock, store, person, trust } = await trusting(t)
  await engine.sweep()
  const [id = ''] = (await store.trustedBrowsers(person.accountId, clock.nowSeconds())).map(
    (one) => one.id,
  )
  const { trust: next } = await inByTrust(engine, person, trust)
  clock.wait(30 * DAY)
  await engine.sweep()
  assert.equal((await giveTrust(engine, person, next)).status, 'second_factor')
  const event = { at: 0, kind: 'test', result: 'accepted', factor: null, source: null } as const
  const { accountId } = person
  assert.equal(await store.forgetTrustedBrowser(accountId, id, { accountId, ...event }), false)
})
