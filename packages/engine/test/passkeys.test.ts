/** Passkeys: what an answer must hold to sign in, and how often it does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEngine } from '@halfminute/engine'
import { virtualPasskey } from '@halfminute/engine/testing'
import {
  addPasskey,
  answerOf,
  give,
  keyHolder,
  openWithPasskeys,
  ORIGIN,
  questionFor,
} from './passkey-people.ts'
import { client, openEngine, PASSWORD, ticketIn, ticketOf } from './support.ts'

test('a passkey signs in, and the session says by which kind of key [R51] [R52]', async (t) => {
  for (const [synced, means] of [
    [false, 'hwk'],
    [true, 'swk'],
  ] as const) {
    const harness = openWithPasskeys(t)
    const person = await keyHolder(harness, virtualPasskey(ORIGIN, { synced, counts: !synced }))
    const answer = await answerOf(harness, person)
    const outcome = await harness.engine.login.passkey({ ...answer, ...client })
    assert.ok(outcome.status === 'signed_in')
    assert.equal(outcome.method, 'passkey')
    assert.deepEqual([outcome.session.aal, outcome.session.amr], [2, ['pwd', means, 'mfa']])
    const [listed] = await harness.engine.authenticators.list(person)
    assert.deepEqual([listed?.kind, listed?.lastUsedAt], ['passkey', harness.clock.nowSeconds()])
  }
})

/** Whoever has seen one answer, in a proxy or a crash report, must not get in with it. */
test('an answer signs in once [R52]', async (t) => {
  for (const counts of [true, false]) {
    const harness = openWithPasskeys(t)
    const person = await keyHolder(harness, virtualPasskey(ORIGIN, { counts }))
    const answer = await answerOf(harness, person)
    assert.equal(await give(harness, answer), 'signed_in')
    assert.equal(await give(harness, answer), 'TICKET_REFUSED')
    const ticket = await ticketOf(harness.engine, person)
    assert.equal(await give(harness, { ...answer, ticket }), 'PASSKEY_REFUSED')
    await questionFor(harness, ticket)
    assert.equal(await give(harness, { ...answer, ticket }), 'PASSKEY_REFUSED')
    // Seen twice is not copied: the owner goes on.
    assert.equal(await give(harness, await answerOf(harness, person)), 'signed_in')
  }
})

test('of twenty equal answers at the same moment one makes a session [R52]', async (t) => {
  for (const counts of [true, false]) {
    const harness = openWithPasskeys(t, { limits: { triesPerTicket: 50, codeFailuresPerDay: 50 } })
    const { engine, store, clock } = harness
    const person = await keyHolder(harness, virtualPasskey(ORIGIN, { counts }))
    const answer = await answerOf(harness, person)
    const before = await store.sessions(person.accountId, clock.nowSeconds(), 1e6)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => give(harness, answer)))
    assert.equal(outcomes.filter((outcome) => outcome === 'signed_in').length, 1)
    const after = await store.sessions(person.accountId, clock.nowSeconds(), 1e6)
    assert.equal(after.length, before.length + 1)
    // None of the losers is taken for a copy.
    const [listed] = await engine.authenticators.list(person)
    assert.equal(listed?.state, 'active')
  }
})

test('a challenge is over after five minutes [R52]', async (t) => {
  const harness = openWithPasskeys(t, { limits: { ticketSeconds: 3_600 } })
  const person = await keyHolder(harness)
  const inTime = await answerOf(harness, person)
  harness.clock.wait(299)
  assert.equal(await give(harness, inTime), 'signed_in')
  const late = await answerOf(harness, person)
  harness.clock.wait(300)
  assert.equal(await give(harness, late), 'PASSKEY_REFUSED')
})

test('a new challenge takes the place of the one before it [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  const { ticket, response } = await answerOf(harness, person)
  const newer = await questionFor(harness, ticket)
  assert.equal(await give(harness, { ticket, response }), 'PASSKEY_REFUSED')
  assert.equal(await give(harness, { ticket, response: person.passkey.get(newer) }), 'signed_in')
})

/** An answer that was got out of the owner for something else must open nothing. */
test('an answer counts for the ticket that asked, and for no other [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  const first = await answerOf(harness, person)
  const second = await answerOf(harness, person)
  const swapped = { ticket: first.ticket, response: second.response }
  assert.equal(await give(harness, swapped), 'PASSKEY_REFUSED')
  assert.equal(await give(harness, second), 'signed_in')
})

test('an answer for re-authentication does not sign in, and the other way round [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const person = await keyHolder(harness)
  const { token, password } = person
  const options = await engine.self.passkeyReauthenticationOptions({ token, client })
  assert.ok(options)
  const response = person.passkey.get(options)
  const ticket = await ticketOf(engine, person)
  assert.equal(await give(harness, { ticket, response }), 'PASSKEY_REFUSED')
  const signIn = await answerOf(harness, person)
  const again = { token, client, password, method: 'passkey' } as const
  const crossed = await engine.self.reauthenticate({ ...again, response: signIn.response })
  assert.equal('code' in crossed && crossed.code, 'PASSKEY_REFUSED')
})

test('the passkey of one account does not sign in to another [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const ada = await keyHolder(harness)
  const mallory = await keyHolder(harness, virtualPasskey(ORIGIN), 'mallory@example.com')
  assert.equal(
    await give(harness, await answerOf(harness, { ...ada, passkey: mallory.passkey })),
    'PASSKEY_REFUSED',
  )
  // Nor does an answer to a question that another account was asked.
  const asked = await answerOf(harness, mallory)
  const ticket = await ticketOf(harness.engine, ada)
  assert.equal(await give(harness, { ...asked, ticket }), 'PASSKEY_REFUSED')
})

/** A page that looks like ours can ask the owner, but the browser writes down where it stood. */
test('an answer from another site is refused [R52]', async (t) => {
  const harness = openWithPasskeys(t, { limits: { codeFailuresBeforeWait: 9 } })
  const person = await keyHolder(harness)
  const lies = [
    { origin: 'https://login.example.net' },
    { origin: 'http://login.example.com' },
    { origin: 'https://login.example.com:8443' },
    { rpId: 'login.example.net' },
    { rpId: 'example.com' },
    { challenge: 'A'.repeat(43) },
  ]
  for (const lie of lies) {
    const answer = await answerOf(harness, person, lie)
    assert.equal(await give(harness, answer), 'PASSKEY_REFUSED', JSON.stringify(lie))
  }
  assert.equal(await give(harness, await answerOf(harness, person)), 'signed_in')
})

test('an answer with another signature, or changed after it, is refused [R52]', async (t) => {
  const harness = openWithPasskeys(t, { limits: { codeFailuresBeforeWait: 9 } })
  const person = await keyHolder(harness)
  const other = virtualPasskey(ORIGIN)
  const { ticket, response } = await answerOf(harness, person)
  const forged = other.get(await questionFor(harness, await ticketOf(harness.engine, person)))
  const flagged = Buffer.from(response.response.authenticatorData, 'base64url')
  flagged.writeUInt32BE(1_000, 33)
  const changed = [
    { signature: forged.response.signature },
    { signature: '' },
    { signature: 'AAAA' },
    { authenticatorData: flagged.toString('base64url') },
  ]
  for (const change of changed) {
    const lie = { ...response, response: { ...response.response, ...change } }
    assert.equal(await give(harness, { ticket, response: lie }), 'PASSKEY_REFUSED')
  }
  // It was none of these that used the challenge up.
  assert.equal(await give(harness, { ticket, response }), 'signed_in')
})

/** What a key of a password manager signs must not pass as hardware's, nor the other way round. */
test('a passkey stays of the kind that it was made as [R51]', async (t) => {
  for (const synced of [true, false]) {
    const harness = openWithPasskeys(t)
    const person = await keyHolder(harness, virtualPasskey(ORIGIN, { synced }))
    const answer = await answerOf(harness, person, { synced: !synced })
    assert.equal(await give(harness, answer), 'PASSKEY_REFUSED')
    assert.equal(await give(harness, await answerOf(harness, person)), 'signed_in')
  }
})

/** No page of ours is ever framed, so whoever is asked in a frame is asked by somebody else. */
test('an answer that was given in a frame of another site is none', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  const answer = await answerOf(harness, person, { crossOrigin: true })
  assert.equal(await give(harness, answer), 'CODE_MALFORMED')
})

/** The secret of a hardware key, read out and put into another one, starts from an older count. */
test('a count that goes back switches the passkey off, for its owner too [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const person = await keyHolder(harness)
  assert.equal(await give(harness, await answerOf(harness, person, { signCount: 7 })), 'signed_in')
  harness.clock.wait(1)
  const copied = await answerOf(harness, person, { signCount: 7 })
  assert.equal(await give(harness, copied), 'PASSKEY_REFUSED')
  const [listed] = await engine.authenticators.list(person)
  assert.equal(listed?.state, 'disabled')
  const events = await engine.events(person)
  const latest = events.find(({ kind }) => kind === 'passkey.copied')
  assert.deepEqual([latest?.result, latest?.factor], ['refused', person.passkeyId])

  // Not asked for any more, and still no open door: the account keeps its second factor.
  const { login, password } = person
  const first = await engine.login.password({ login, password, ...client })
  assert.ok(first.status === 'second_factor')
  assert.deepEqual(first.methods, ['recovery'])
  const ticket = ticketIn(first)
  const question = await engine.login.passkeyOptions({ ticket, ...client })
  assert.equal(question.status === 'refused' && question.code, 'PASSKEY_REFUSED')
  const code = person.recoveryCodes[0]
  const outcome = await engine.login.code({ ticket, method: 'recovery', code, ...client })
  assert.equal(outcome.status, 'signed_in')
})

/** Two tabs, both asked, both answered; the answer of the first one is sent last. */
test('an honest answer that comes late is refused, and the passkey stays good [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  harness.clock.wait(1)
  const first = await answerOf(harness, person)
  harness.clock.wait(1)
  const second = await answerOf(harness, person)
  harness.clock.wait(1)
  assert.equal(await give(harness, second), 'signed_in')
  harness.clock.wait(1)
  assert.equal(await give(harness, first), 'PASSKEY_REFUSED')
  const [listed] = await harness.engine.authenticators.list(person)
  assert.equal(listed?.state, 'active')
  assert.equal(await give(harness, await answerOf(harness, person)), 'signed_in')
})

test('an answer of a passkey that was switched off in the meantime is refused [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  assert.equal(await give(harness, await answerOf(harness, person, { signCount: 7 })), 'signed_in')
  harness.clock.wait(1)
  const waiting = await answerOf(harness, person, { signCount: 9 })
  const copied = await answerOf(harness, person, { signCount: 3 })
  assert.equal(await give(harness, copied), 'PASSKEY_REFUSED')
  assert.equal(await give(harness, waiting), 'PASSKEY_REFUSED')
})

/** A count that was never signed says nothing: else anybody with a ticket could switch it off. */
test('a count that goes back under a wrong signature switches nothing off [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  assert.equal(await give(harness, await answerOf(harness, person, { signCount: 7 })), 'signed_in')
  const { ticket, response } = await answerOf(harness, person, { signCount: 8 })
  const data = Buffer.from(response.response.authenticatorData, 'base64url')
  data.writeUInt32BE(1, 33)
  const authenticatorData = data.toString('base64url')
  const lie = { ...response, response: { ...response.response, authenticatorData } }
  assert.equal(await give(harness, { ticket, response: lie }), 'PASSKEY_REFUSED')
  assert.equal(await give(harness, { ticket, response }), 'signed_in')
})

test('a passkey that was removed is refused at once [R50] [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine } = harness
  const person = await keyHolder(harness)
  const { signedIn, passkey } = await addPasskey(harness, person.token)
  const { token } = signedIn
  const waiting = await answerOf(harness, person)
  const target = { token, client, authenticatorId: person.passkeyId }
  await engine.self.removeAuthenticator(target)
  assert.equal(await give(harness, waiting), 'PASSKEY_REFUSED')
  assert.equal(await give(harness, await answerOf(harness, { ...person, passkey })), 'signed_in')
})

test('the answer that added a passkey does not sign in [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  const ticket = await ticketOf(harness.engine, person)
  const { challenge } = await questionFor(harness, ticket)
  const response = person.passkey.create({ challenge, rp: { id: 'login.example.com' } })
  assert.equal(await give(harness, { ticket, response }), 'PASSKEY_REFUSED')
})

test('what is no answer at all costs no try, and never fails [R11] [R52]', async (t) => {
  const harness = openWithPasskeys(t, { limits: { triesPerTicket: 2 } })
  const person = await keyHolder(harness)
  const { ticket, response } = await answerOf(harness, person)
  const { clientDataJSON } = response.response
  const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const shapeless: unknown[] = [
    undefined,
    null,
    '',
    'text',
    7,
    true,
    [],
    {},
    { id: response.id },
    { id: 7, response: { clientDataJSON } },
    { id: 'a'.repeat(2_000), response: { clientDataJSON } },
    { id: response.id, response: null },
    { id: response.id, response: { clientDataJSON: '%' } },
    { id: response.id, response: { clientDataJSON: json(null) } },
    { id: response.id, response: { clientDataJSON: json({ challenge: 7 }) } },
    { id: response.id, response: { clientDataJSON: json({ challenge: '' }) } },
  ]
  for (const one of shapeless) {
    assert.equal(await give(harness, { ticket, response: one }), 'CODE_MALFORMED')
  }
  assert.equal(await give(harness, { ticket, response }), 'signed_in')
})

test('answers are counted as tries before they are looked at, right ones given back [R14]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  const { ticket, response } = await answerOf(harness, person)
  const wrong = { ...response, id: virtualPasskey(ORIGIN).credentialId }
  for (let tries = 0; tries < 3; tries++) {
    assert.equal(await give(harness, { ticket, response: wrong }), 'PASSKEY_REFUSED')
  }
  assert.equal(await give(harness, { ticket, response }), 'TOO_MANY_ATTEMPTS')
  harness.clock.wait(30)
  assert.equal(await give(harness, { ticket, response }), 'signed_in')
  // The wait is that of the third wrong one: the right one left no trace.
  assert.equal(await give(harness, await answerOf(harness, person)), 'signed_in')
})

test('wrong answers end the ticket, as wrong codes do [R14]', async (t) => {
  const harness = openWithPasskeys(t, { limits: { codeFailuresBeforeWait: 9 } })
  const person = await keyHolder(harness)
  const { ticket, response } = await answerOf(harness, person)
  const wrong = { ...response, id: virtualPasskey(ORIGIN).credentialId }
  for (let tries = 0; tries < 5; tries++) {
    assert.equal(await give(harness, { ticket, response: wrong }), 'PASSKEY_REFUSED')
  }
  assert.equal(await give(harness, { ticket, response }), 'TICKET_REFUSED')
})

test('without a ticket nothing is asked and nothing answered [R15] [R52]', async (t) => {
  const harness = openWithPasskeys(t)
  const person = await keyHolder(harness)
  const { response } = await answerOf(harness, person)
  for (const ticket of [undefined, '', 7, person.token, `${'A'.repeat(43)}.${person.accountId}`]) {
    assert.equal(await give(harness, { ticket, response }), 'TICKET_REFUSED')
    const question = await harness.engine.login.passkeyOptions({ ticket, ...client })
    assert.equal(question.status === 'refused' && question.code, 'TICKET_REFUSED')
    assert.deepEqual(await harness.engine.login.methods({ ticket, ...client }), [])
  }
})

test('re-authentication takes the password and a passkey, each of them [R35]', async (t) => {
  const harness = openWithPasskeys(t)
  const { engine, clock } = harness
  const person = await keyHolder(harness)
  const { token } = person
  clock.wait(600)
  const options = await engine.self.passkeyReauthenticationOptions({ token, client })
  assert.ok(options)
  const response = person.passkey.get(options)
  const again = { token, client, method: 'passkey', password: PASSWORD } as const
  const attempt = async (input: { password?: string; response?: unknown }) => {
    const outcome = await engine.self.reauthenticate({ ...again, ...input })
    return 'code' in outcome ? outcome.code : outcome.session.amr
  }
  assert.equal(await attempt({}), 'CODE_REQUIRED')
  assert.equal(await attempt({ password: 'wrong', response }), 'LOGIN_REFUSED')
  assert.equal(await attempt({ response: {} }), 'CODE_MALFORMED')
  assert.deepEqual(await attempt({ response }), ['pwd', 'hwk', 'mfa'])
})

test('an engine without a site offers no passkeys, and takes none', async (t) => {
  const { engine, store, keyring, clock } = openWithPasskeys(t)
  const person = await keyHolder({ engine, store, keyring, clock })
  const without = createEngine({ store, keyring, issuer: 'ACME', clock })
  assert.deepEqual([engine.hasPasskeys, without.hasPasskeys], [true, false])
  const { login, password, token } = person
  const first = await without.login.password({ login, password, ...client })
  assert.deepEqual(first.status === 'second_factor' && first.methods, ['recovery'])
  const off = { code: 'PASSKEYS_OFF' }
  const ticket = ticketIn(first)
  await assert.rejects(without.login.passkeyOptions({ ticket, ...client }), off)
  await assert.rejects(without.login.passkey({ ticket, response: {}, ...client }), off)
  await assert.rejects(without.self.passkeyRegistrationOptions({ token, client }), off)
  await assert.rejects(without.self.addPasskey({ token, client, name: 'key' }), off)
})

test('a site under which no browser makes passkeys is refused at once', (t) => {
  for (const relyingParty of [
    { origin: 'login.example.com' },
    { origin: 'http://login.example.com' },
    { origin: 'https://192.0.2.1' },
    { origin: 'https://[2001:db8::1]:8443' },
    { origin: 'https://login.example.com/path' },
    { origin: ORIGIN, id: 'example.net' },
    { origin: ORIGIN, id: 'com' },
    { origin: ORIGIN, id: 'ogin.example.com' },
  ]) {
    assert.throws(() => openEngine(t, { relyingParty }), RangeError, relyingParty.origin)
  }
  for (const relyingParty of [
    { origin: 'http://localhost:8080' },
    { origin: ORIGIN, id: 'example.com', name: 'ACME' },
  ]) {
    assert.equal(openEngine(t, { relyingParty }).engine.hasPasskeys, true)
  }
})
