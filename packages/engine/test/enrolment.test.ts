/** Enrolling: an authenticator counts after its first right code, and shows its secret never again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineError, EnrolmentRequest } from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import { keyringOf } from '@halfminute/engine'
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

const phoneRequest: EnrolmentRequest = { kind: 'totp', name: 'phone' }
const accountId = 'app-user-1'

test('a secret has 20 bytes of the source of randomness, a new one each time [R1 R2]', async (t) => {
  const { engine } = openEngine(t, { limits: { authenticatorsPerAccount: 200 } })
  const secrets = new Set<string>()
  for (let made = 0; made < 200; made++) {
    const { secret, uri } = await engine.authenticators.enrol({ accountId, ...phoneRequest })
    assert.match(secret, /^[A-Z2-7]{32}$/)
    assert.ok(uri.includes(`secret=${secret}`))
    secrets.add(secret)
  }
  assert.equal(secrets.size, 200)
})

/** Somebody who could choose the secret would know every code of a phone they never see. */
test('a secret that the caller sends along is ignored [R1]', async (t) => {
  const { engine } = openEngine(t)
  const chosen = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  const wish = {
    ...phoneRequest,
    secret: chosen,
    sealedSecret: chosen,
    state: 'active',
    id: 'mine',
  }
  const started = await engine.authenticators.enrol({ accountId, ...wish })
  assert.notEqual(started.secret, chosen)
  assert.notEqual(started.id, 'mine')
  const [listed] = await engine.authenticators.list({ accountId })
  assert.equal(listed?.state, 'pending')
})

/** A half-scanned QR picture must not lock anybody out, and a pending phone opens nothing. */
test('a pending authenticator is no factor: it neither asks for codes nor answers [R2]', async (t) => {
  const { engine, clock } = openEngine(t)
  const login = 'ada@example.com'
  const { token, session } = await engine.login.register({ login, password: PASSWORD, ...client })
  const started = await engine.self.enrol({ token, client, ...phoneRequest })
  const phone = virtualAuthenticator(started.uri, clock)
  const first = await engine.login.password({ login, password: PASSWORD, ...client })
  assert.equal(first.status, 'signed_in')
  const outcome = await engine.verify({ accountId: session.account.id, code: phone.code() })
  assert.deepEqual(outcome, { ok: false, code: 'CODE_REFUSED' })
})

test('the first right code makes it active, once [R2]', async (t) => {
  const { engine, clock } = openEngine(t)
  const started = await engine.authenticators.enrol({ accountId, ...phoneRequest })
  const phone = virtualAuthenticator(started.uri, clock)
  const target = { accountId, authenticatorId: started.id }
  const wrong = await engine.authenticators.confirm({ ...target, code: wrongCode(phone) })
  assert.deepEqual(wrong, { ok: false, code: 'CODE_REFUSED' })
  assert.equal((await engine.authenticators.list({ accountId }))[0]?.state, 'pending')
  const right = await engine.authenticators.confirm({ ...target, code: phone.code() })
  assert.ok(right.ok)
  const [listed] = await engine.authenticators.list({ accountId })
  assert.deepEqual(listed, {
    id: started.id,
    kind: 'totp',
    name: 'phone',
    state: 'active',
    createdAt: clock.nowSeconds(),
    lastUsedAt: clock.nowSeconds(),
  })
  const again = engine.authenticators.confirm({ ...target, code: phone.code(1) })
  await assert.rejects(again, failsWith('AUTHENTICATOR_UNKNOWN'))
})

test('one of many parallel confirmations makes it active and shows the recovery codes [R2 R20]', async (t) => {
  const { engine, clock } = openEngine(t)
  const started = await engine.authenticators.enrol({ accountId, ...phoneRequest })
  const code = virtualAuthenticator(started.uri, clock).code()
  const target = { accountId, authenticatorId: started.id, code }
  const outcomes = await Promise.allSettled(
    [1, 2, 3, 4].map(() => engine.authenticators.confirm(target)),
  )
  const shown = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  assert.equal(shown.length, 1)
  const [recoveryCode] = shown[0]?.recoveryCodes ?? []
  const outcome = await engine.verify({ accountId, method: 'recovery', code: recoveryCode })
  assert.equal(outcome.ok, true)
})

/** A picture left in a mailbox or on a screen is worth something for ten minutes, not for ever. */
test('a pending authenticator lapses after ten minutes [R2]', async (t) => {
  const { engine, clock } = openEngine(t)
  const started = await engine.authenticators.enrol({ accountId, ...phoneRequest })
  assert.equal(started.expiresAt, clock.nowSeconds() + 600)
  const phone = virtualAuthenticator(started.uri, clock)
  const target = { accountId, authenticatorId: started.id }
  clock.wait(600)
  const late = engine.authenticators.confirm({ ...target, code: phone.code() })
  await assert.rejects(late, failsWith('AUTHENTICATOR_UNKNOWN'))
  await assert.rejects(engine.authenticators.pending(target), failsWith('AUTHENTICATOR_UNKNOWN'))
  assert.deepEqual(await engine.authenticators.list({ accountId }), [])
  clock.wait(-1)
  assert.equal((await engine.authenticators.confirm({ ...target, code: phone.code() })).ok, true)
})

test('the secret can be read while pending and never afterwards [R2 R44]', async (t) => {
  const { engine, clock } = openEngine(t)
  const started = await engine.authenticators.enrol({ accountId, ...phoneRequest })
  const target = { accountId, authenticatorId: started.id }
  assert.deepEqual(await engine.authenticators.pending(target), started)
  const phone = virtualAuthenticator(started.uri, clock)
  await engine.authenticators.confirm({ ...target, code: phone.code() })
  await assert.rejects(engine.authenticators.pending(target), failsWith('AUTHENTICATOR_UNKNOWN'))
  const everything = JSON.stringify([
    await engine.authenticators.list({ accountId }),
    await engine.events({ accountId }),
  ])
  assert.ok(!everything.includes(started.secret))
})

test('a pending secret is shown to its own account only [R2]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const ada = await signedUpPerson(harness)
  const eve = await signedUpPerson(harness, 'eve@example.com')
  const pending = await engine.self.enrol({ token: ada.token, client, ...phoneRequest })
  const authenticatorId = pending.id
  const byEve = { token: eve.token, client, authenticatorId }
  const code = virtualAuthenticator(pending.uri, harness.clock).code()
  const calls = [
    engine.self.pendingEnrolment(byEve),
    engine.self.confirmAuthenticator({ ...byEve, code }),
    engine.self.renameAuthenticator({ ...byEve, name: 'mine' }),
    engine.self.removeAuthenticator(byEve),
    engine.self.removeAuthenticator({ ...byEve, authenticatorId: ada.authenticatorId }),
  ]
  for (const call of calls) await assert.rejects(call, failsWith('AUTHENTICATOR_UNKNOWN'))
  assert.equal((await engine.authenticators.list(ada)).length, 2)
})

/** Make before break: whoever changes phones must be able to stop half-way. */
test('the old phone works until it is removed, whatever becomes of the new one', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const started = await engine.self.enrol({ token: person.token, client, ...phoneRequest })
  await signIn(harness, person)
  const token = await signIn(harness, person)
  const second = virtualAuthenticator(started.uri, clock)
  const authenticatorId = started.id
  const code = second.code()
  const confirmed = await engine.self.confirmAuthenticator({ token, client, authenticatorId, code })
  assert.ok(confirmed.ok)
  await signIn(harness, person)
  const last = await signIn(harness, { ...person, phone: second })
  await engine.self.removeAuthenticator({
    token: last,
    client,
    authenticatorId: person.authenticatorId,
  })
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const attempt = (typed: string) =>
    engine.login.code({ ticket, method: 'totp', code: typed, ...client })
  assert.equal((await attempt(person.phone.code())).status, 'refused')
  tokenIn(await attempt(second.code()))
})

test('recovery codes come with the first authenticator only [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await appPerson(harness)
  assert.equal(person.recoveryCodes.length, 10)
  const started = await engine.authenticators.enrol({
    accountId: person.accountId,
    ...phoneRequest,
  })
  const code = virtualAuthenticator(started.uri, clock).code()
  const target = { accountId: person.accountId, authenticatorId: started.id }
  assert.deepEqual(await engine.authenticators.confirm({ ...target, code }), { ok: true })
  assert.equal(await engine.recoveryCodes.left(person), 10)
})

/** Whoever sits in another session must not stay there when the owner adds a factor. */
test('confirming ends the other sessions and replaces its own by one of aal 2 [R32 R34]', async (t) => {
  const { engine, clock } = openEngine(t)
  const login = 'ada@example.com'
  const { token } = await engine.login.register({ login, password: PASSWORD, ...client })
  const other = tokenIn(await engine.login.password({ login, password: PASSWORD, ...client }))
  const started = await engine.self.enrol({ token, client, ...phoneRequest })
  clock.wait(100)
  const confirmed = await engine.self.confirmAuthenticator({
    token,
    client,
    authenticatorId: started.id,
    code: virtualAuthenticator(started.uri, clock).code(),
  })
  assert.ok(confirmed.ok && confirmed.signedIn)
  assert.equal(await hasSession(engine, token), false)
  assert.equal(await hasSession(engine, other), false)
  const session = await engine.self.session({ token: confirmed.signedIn.token, client })
  assert.deepEqual(session, confirmed.signedIn.session)
  assert.deepEqual([session.aal, session.enrolmentRequired], [2, false])
  assert.equal(session.authTime, clock.nowSeconds() - 100)
})

/** Removing the factor is what a thief in an open session would do first. */
test('removing ends the other sessions and works at once [R34 R50]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const token = await signIn(harness, person)
  const { authenticatorId, accountId: id } = person
  await engine.self.removeAuthenticator({ token, client, authenticatorId })
  assert.equal(await hasSession(engine, person.token), false)
  assert.equal(await hasSession(engine, token), true)
  clock.wait(30)
  const outcome = await engine.verify({ accountId: id, code: person.phone.code() })
  assert.equal(outcome.ok, false)
  assert.deepEqual(await engine.authenticators.list({ accountId: id }), [])
  const again = engine.self.removeAuthenticator({ token, client, authenticatorId })
  await assert.rejects(again, failsWith('AUTHENTICATOR_UNKNOWN'))
})

test('an account has ten authenticators at most, however many enrol at once', async (t) => {
  const { engine } = openEngine(t)
  const attempts = await Promise.allSettled(
    Array.from({ length: 25 }, () => engine.authenticators.enrol({ accountId, ...phoneRequest })),
  )
  const refused = attempts.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as EngineError).code] : [],
  )
  assert.deepEqual(refused, Array<string>(15).fill('AUTHENTICATOR_LIMIT'))
  assert.equal((await engine.authenticators.list({ accountId })).length, 10)
})

test('a name has 1 to 64 characters and none that controls a terminal', async (t) => {
  const harness = openEngine(t)
  const person = await appPerson(harness)
  const { authenticators } = harness.engine
  for (const name of ['', '   ', 'x'.repeat(65), 'a\nb', '\u001B[2J', '\0']) {
    const attempt = authenticators.rename({ ...person, name })
    await assert.rejects(attempt, failsWith('NAME_INVALID'))
    const enrolment = authenticators.enrol({ accountId, kind: 'totp', name })
    await assert.rejects(enrolment, failsWith('NAME_INVALID'))
  }
  for (const name of ['x', '  Ada’s 📱 ', '😀'.repeat(64)]) {
    await authenticators.rename({ ...person, name })
    assert.equal((await authenticators.list(person))[0]?.name, name.trim())
  }
})

test('the URI names issuer and account as apps read them', async (t) => {
  const { engine } = openEngine(t, { issuer: 'ACME & Söhne' })
  const login = 'ada+work@example.com'
  const { token } = await engine.login.register({ login, password: PASSWORD, ...client })
  const { uri } = await engine.self.enrol({ token, client, ...phoneRequest })
  assert.match(
    uri,
    /^otpauth:\/\/totp\/ACME%20%26%20S%C3%B6hne:ada%2Bwork%40example\.com\?secret=[A-Z2-7]{32}&issuer=ACME%20%26%20S%C3%B6hne$/,
  )
})

/** An app's own ids are not ours to choose; one that a URI cannot hold must not leave a stuck enrolment. */
test('every account id and every login can be enrolled', async (t) => {
  const { engine } = openEngine(t)
  const ids = ['google:1234', 'urn:uuid:7', 'auth0|5f', 'a/b?c#d&e', '漢'.repeat(254), '😀']
  for (const id of ids) {
    const started = await engine.authenticators.enrol({ accountId: id, ...phoneRequest })
    assert.doesNotThrow(() => virtualAuthenticator(started.uri, fixedClock()))
  }
  for (const login of ['漢'.repeat(254), '😀'.repeat(254)]) {
    const { token } = await engine.login.register({ login, password: PASSWORD, ...client })
    await engine.self.enrol({ token, client, ...phoneRequest })
  }
})

test('kinds that some apps get wrong come with a warning, the default with none', async (t) => {
  const { engine } = openEngine(t)
  const warnings = async (wish: Partial<EnrolmentRequest>) =>
    (await engine.authenticators.enrol({ accountId, ...phoneRequest, ...wish })).warnings.length
  assert.equal(await warnings({}), 0)
  assert.equal(await warnings({ periodSeconds: 30, digits: 6, algorithm: 'SHA1' }), 0)
  for (const wish of [{ periodSeconds: 60 }, { digits: 8 }, { algorithm: 'SHA256' }]) {
    assert.equal(await warnings(wish), 1)
  }
})

/** Whoever opens the service with another key would seal secrets that nobody can read next time. */
test('a signed-in person cannot enrol under a key that the database does not know [R5]', async (t) => {
  const harness = openEngine(t)
  const { token } = await signedUpPerson(harness)
  const other = openEngine(t, {
    store: harness.store,
    clock: harness.clock,
    keyring: keyringOf(Uint8Array.from({ length: 32 }, (_, at) => at * 7)),
  })
  const attempt = other.engine.self.enrol({ token, client, ...phoneRequest })
  await assert.rejects(attempt, failsWith('KEY_MISSING'))
})
