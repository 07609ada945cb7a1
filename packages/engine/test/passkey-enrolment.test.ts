/** A passkey is added: as the first factor or a later one, and what hangs on that. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import type { Store } from '@halfminute/engine'
import { virtualPasskey } from '@halfminute/engine/testing'
import {
  addPasskey,
  answerOf,
  give,
  keyHolder,
  openWithPasskeys,
  ORIGIN,
  RP_ID,
} from './passkey-people.ts'
import {
  client,
  failsWith,
  hasSession,
  openEngine,
  PASSWORD,
  signedUpPerson,
  ticketOf,
} from './support.ts'

const register = { login: 'ada@example.com', password: PASSWORD, ...client }

test('a passkey can be the first factor: codes are made, the session steps up [R20] [R32]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const { token, session } = await engine.login.register(register)
  assert.equal(session.enrolmentRequired, true)
  const added = await addPasskey(harness, token)
  assert.equal(added.recoveryCodes?.length, 10)
  const { amr, aal, hasSecondFactor, enrolmentRequired } = added.signedIn.session
  assert.deepEqual([aal, hasSecondFactor, enrolmentRequired], [2, true, false])
  assert.deepEqual(amr, ['pwd', 'hwk', 'mfa'])
  assert.equal(await hasSession(engine, token), false)
  assert.equal(await hasSession(engine, added.signedIn.token), true)
  const kinds = (await engine.events({ accountId: session.account.id })).map(({ kind }) => kind)
  assert.ok(kinds.includes('passkey.added'))
})

/** The gate asks for the second factor whichever kind it is. */
test('an account whose only factor is a passkey gets no session by the password [R39]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const person = await keyHolder(harness)
  const { login, password } = person
  const first = await engine.login.password({ login, password, ...client })
  assert.ok(first.status === 'second_factor')
  assert.deepEqual(first.methods, ['passkey', 'recovery'])
  const { ticket } = first
  assert.deepEqual(await engine.login.methods({ ticket, ...client }), ['passkey', 'recovery'])
  const code = await engine.login.code({ ticket, method: 'totp', code: '123456', ...client })
  assert.equal(code.status, 'refused')
})

test('beside an authenticator both sign in, and the codes stay as they are [R20]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const added = await addPasskey(harness, person.token)
  assert.equal(added.recoveryCodes, undefined)
  assert.equal(await give(harness, await answerOf(harness, { ...person, ...added })), 'signed_in')
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const methods = await engine.login.methods({ ticket, ...client })
  assert.deepEqual(methods, ['passkey', 'totp', 'recovery'])
  const code = person.phone.code()
  const outcome = await engine.login.code({ ticket, method: 'totp', code, ...client })
  assert.equal(outcome.status, 'signed_in')
})

/** Somebody who came in by a stolen cookie must not stay when the owner adds a factor. */
test('adding and removing a passkey ends the other sessions [R34]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const person = await keyHolder(harness)
  const other = await answerOf(harness, person)
  const elsewhere = await engine.login.passkey({ ...other, ...client })
  assert.ok(elsewhere.status === 'signed_in')
  const added = await addPasskey(harness, elsewhere.token)
  assert.equal(await hasSession(engine, person.token), false)
  const again = await engine.login.passkey({ ...(await answerOf(harness, person)), ...client })
  assert.ok(again.status === 'signed_in')
  const { token } = added.signedIn
  await engine.self.removeAuthenticator({ token, client, authenticatorId: added.id })
  assert.equal(await hasSession(engine, again.token), false)
  assert.equal(await hasSession(engine, token), true)
})

test('the last factor takes the recovery codes with it, whichever kind it is [R20]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const { accountId, authenticatorId } = person
  const { id, signedIn } = await addPasskey(harness, person.token)
  const { token } = signedIn
  await engine.self.removeAuthenticator({ token, client, authenticatorId })
  assert.equal(await engine.recoveryCodes.left({ accountId }), 10)
  assert.equal((await engine.self.replaceRecoveryCodes({ token, client })).length, 10)
  await engine.self.removeAuthenticator({ token, client, authenticatorId: id })
  assert.equal(await engine.recoveryCodes.left({ accountId }), 0)
  const { login, password } = person
  const outcome = await engine.login.password({ login, password, ...client })
  assert.equal(outcome.status, 'signed_in')
})

test('a passkey is listed, renamed and removed like any authenticator, by its own account', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const { token, passkeyId: authenticatorId, ...person } = await keyHolder(harness)
  const mallory = await keyHolder(harness, virtualPasskey(ORIGIN), 'mallory@example.com')
  const unknown = failsWith('AUTHENTICATOR_UNKNOWN')
  const theirs = { token: mallory.token, client, authenticatorId }
  await assert.rejects(engine.self.renameAuthenticator({ ...theirs, name: 'mine' }), unknown)
  await assert.rejects(engine.self.removeAuthenticator(theirs), unknown)
  const own = { token, client, authenticatorId }
  const renamed = await engine.self.renameAuthenticator({ ...own, name: ' Desk key ' })
  assert.deepEqual(renamed, {
    id: authenticatorId,
    kind: 'passkey',
    name: 'Desk key',
    state: 'active',
    createdAt: harness.clock.nowSeconds(),
    lastUsedAt: null,
  })
  assert.deepEqual(await engine.authenticators.list(person), [renamed])
})

test('a challenge for a new passkey serves its own session, once, for five minutes [R52]', async (t) => {
  const harness = openWithPasskeys(t, { limits: { freshSeconds: 3_600 } })
  const { engine, clock } = harness
  const { token } = await keyHolder(harness)
  const mallory = await keyHolder(harness, virtualPasskey(ORIGIN), 'mallory@example.com')
  const add = async (response: unknown, session = token) => {
    const input = { token: session, client, name: 'key', response }
    const outcome = await engine.self.addPasskey(input)
    return outcome.ok ? outcome.signedIn.token : outcome.code
  }
  const ask = (session = token) =>
    engine.self.passkeyRegistrationOptions({ token: session, client })

  const answer = virtualPasskey(ORIGIN).create(await ask())
  assert.equal(await add(answer, mallory.token), 'PASSKEY_REFUSED')
  clock.wait(300)
  assert.equal(await add(answer), 'PASSKEY_REFUSED')
  const right = virtualPasskey(ORIGIN).create(await ask())
  const next = await add(right)
  assert.notEqual(next, 'PASSKEY_REFUSED')
  assert.equal(await add(right, next), 'PASSKEY_REFUSED')
})

/** Ten hashes are made for a first factor: too much work to be had again for one and the same answer. */
test('an answer that nobody waits for is refused before anything is made for it', async (t) => {
  const store = sqliteStore(':memory:')
  let asked = 0
  const addPasskeyTo: Store['addPasskey'] = (addition) => {
    asked++
    return store.addPasskey(addition)
  }
  const relyingParty = { origin: ORIGIN }
  const harness = openEngine(t, { relyingParty, store: { ...store, addPasskey: addPasskeyTo } })
  const { token } = await harness.engine.login.register(register)
  const response = virtualPasskey(ORIGIN).create({ challenge: 'A'.repeat(43), rp: { id: RP_ID } })
  const outcome = await harness.engine.self.addPasskey({ token, client, name: 'key', response })
  assert.deepEqual([outcome.ok, asked], [false, 0])
  await addPasskey(harness, token)
  assert.equal(asked, 1)
})

test('a new passkey of another site, or of none, is refused [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const { token, ...person } = await keyHolder(harness)
  const options = await engine.self.passkeyRegistrationOptions({ token, client })
  const passkey = virtualPasskey(ORIGIN)
  const add = async (response: unknown) => {
    const outcome = await engine.self.addPasskey({ token, client, name: 'key', response })
    return outcome.ok ? 'added' : outcome.code
  }
  for (const lies of [
    { origin: 'https://login.example.net' },
    { rpId: 'login.example.net' },
    { challenge: 'A'.repeat(43) },
  ]) {
    assert.equal(await add(passkey.create(options, lies)), 'PASSKEY_REFUSED')
  }
  const answer = passkey.create(options)
  const asAssertion = passkey.get({ challenge: options.challenge, rpId: RP_ID })
  assert.equal(await add(asAssertion), 'PASSKEY_REFUSED')
  const empty = { ...answer, response: { ...answer.response, attestationObject: 'oA' } }
  assert.equal(await add(empty), 'PASSKEY_REFUSED')
  assert.equal(await add(undefined), 'CODE_MALFORMED')
  assert.equal((await engine.authenticators.list(person)).length, 1)
  assert.equal(await add(answer), 'added')
})

test('one device keeps one passkey for an account, and its handle says nothing', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const { token, login, accountId, passkey } = await keyHolder(harness)
  const options = await engine.self.passkeyRegistrationOptions({ token, client })
  assert.deepEqual(
    options.excludeCredentials?.map(({ id }) => id),
    [passkey.credentialId],
  )
  assert.equal(options.attestation, 'none')
  assert.ok(Buffer.from(options.challenge, 'base64url').length >= 16)
  const handle = Buffer.from(options.user.id, 'base64url')
  assert.equal(handle.length, 32)
  for (const word of [login, accountId]) assert.ok(!handle.toString().includes(word))
  // A browser that does it all the same is refused.
  const response = passkey.create(options)
  const twice = await engine.self.addPasskey({ token, client, name: 'key', response })
  assert.equal(twice.ok, false)
})

test('passkeys and authenticators share the limit of the account', async (t) => {
  const harness = openWithPasskeys(t, { limits: { authenticatorsPerAccount: 2 } })
  const { engine } = harness
  const { token } = await keyHolder(harness)
  await engine.self.enrol({ token, client, kind: 'totp', name: 'phone' })
  const full = failsWith('AUTHENTICATOR_LIMIT')
  await assert.rejects(engine.self.passkeyRegistrationOptions({ token, client }), full)
  const enrolling = engine.self.enrol({ token, client, kind: 'totp', name: 'phone' })
  await assert.rejects(enrolling, full)
})

test('a name that is none is refused', async (t) => {
  const harness = openWithPasskeys(t)
  const { token } = await keyHolder(harness)
  for (const name of ['', '  ', 'x'.repeat(65), 'a\u0000b']) {
    const adding = harness.engine.self.addPasskey({ token, client, name, response: {} })
    await assert.rejects(adding, failsWith('NAME_INVALID'))
  }
})
