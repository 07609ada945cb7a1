/** Browsers that an account knows: their wrong tries are counted apart, and they open nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createEngine } from '@halfminute/engine'
import type { Limits } from '@halfminute/engine'
import { client, openEngine, PASSWORD, signedUpPerson, ticketOf, wrongCode } from './support.ts'
import type { Harness, Person } from './support.ts'

const stranger = { ...client, source: '198.51.100.7' }

/** A person whose browser holds the device token of a full sign-in. */
async function personWithBrowser(t: TestContext, limits: Partial<Limits> = {}) {
  const harness = openEngine(t, { limits })
  const person = await signedUpPerson(harness)
  harness.clock.wait(30)
  const device = await signInWith(harness, person, {})
  assert.ok(typeof device === 'string')
  harness.clock.wait(30)
  return { ...harness, person, device }
}

/** Signs in with the right code; @returns the device token that came with it, if one did. */
async function signInWith(
  { engine }: Pick<Harness, 'engine'>,
  person: Person,
  from: { device?: string; source?: string },
): Promise<string | undefined> {
  const ticket = await ticketOf(engine, person, from)
  const code = person.phone.code()
  const outcome = await engine.login.code({ ticket, method: 'totp', code, ...client, ...from })
  assert.equal(outcome.status, 'signed_in', JSON.stringify(outcome))
  return outcome.status === 'signed_in' ? outcome.device : undefined
}

test('a full sign-in makes a browser known, once', async (t) => {
  const { person, device, engine, clock } = await personWithBrowser(t)
  assert.equal(await signInWith({ engine }, person, { device }), undefined)
  clock.wait(30)
  const another = await signInWith({ engine }, person, {})
  assert.ok(another !== undefined && another !== device)
})

test('the password alone makes no browser known', async (t) => {
  const { engine } = openEngine(t, { secondFactor: 'optional' })
  const login = { login: 'bob', password: PASSWORD }
  await engine.accounts.register(login)
  const outcome = await engine.login.password(login)
  assert.ok(outcome.status === 'signed_in' && outcome.device === undefined)
})

/** Somebody who has the password types wrong codes until the account takes no more of them. */
test('an attacker with the password cannot lock the owner out of a known browser [R16]', async (t) => {
  const { engine, person, device } = await personWithBrowser(t, { codeFailuresBeforeWait: 100 })
  for (let round = 0; round < 3; round++) {
    const ticket = await ticketOf(engine, person, stranger)
    for (let nth = 0; nth < 5; nth++) {
      const code = wrongCode(person.phone, nth)
      await engine.login.code({ ticket, method: 'totp', code, ...stranger })
    }
  }
  const ticket = await ticketOf(engine, person, stranger)
  const right = { ticket, method: 'totp', code: person.phone.code(), ...stranger } as const
  const shut = await engine.login.code(right)
  assert.equal('code' in shut ? shut.code : '', 'TOO_MANY_ATTEMPTS')
  await signInWith({ engine }, person, { device })
})

/** A stranger without any secret sends wrong passwords, a thousand of them, from many addresses. */
test('wrong passwords from strangers do not lock a known browser out [R16 R17]', async (t) => {
  const limits = { passwordFailuresPerDay: 5 }
  const harness = openEngine(t, { limits })
  const person = await signedUpPerson(harness)
  const { engine, clock } = harness
  clock.wait(30)
  const device = await signInWith(harness, person, {})
  clock.wait(30)
  const { login } = person
  for (let nth = 0; nth < 20; nth++) {
    const guess = { login, password: `wrong ${nth}`, source: `203.0.113.${nth}` }
    assert.equal((await engine.login.password(guess)).status, 'refused')
  }
  const closed = await engine.login.password({ login, password: PASSWORD, ...stranger })
  assert.deepEqual(closed, { status: 'refused', code: 'LOGIN_REFUSED' })
  const own = { login, password: PASSWORD, ...(device !== undefined && { device }) }
  assert.equal((await engine.login.password(own)).status, 'second_factor')
})

test('a closed pool of passwords answers like a wrong password, and opens a day later', async (t) => {
  const { engine, clock } = openEngine(t, { limits: { passwordFailuresPerDay: 2 } })
  const login = { login: 'bob', password: PASSWORD }
  await engine.accounts.register(login)
  const wrong = { login: 'bob', password: 'wrong' }
  const refusals = [await engine.login.password(wrong), await engine.login.password(wrong)]
  assert.deepEqual(await engine.login.password(login), refusals[0])
  clock.wait(86_400)
  assert.equal((await engine.login.password(login)).status, 'signed_in')
})

/** The right password gives its try back, or twenty sign-ins a day would shut the owner out. */
test('right passwords use up no tries', async (t) => {
  const harness = openEngine(t, { limits: { passwordFailuresPerDay: 1 } })
  const person = await signedUpPerson(harness)
  for (let nth = 0; nth < 5; nth++) await ticketOf(harness.engine, person)
})

test('a known browser has few tries too, and then counts as what it is [R14]', async (t) => {
  const { engine, clock, person, device } = await personWithBrowser(t)
  const from = { ...client, device }
  const outcomes: string[] = []
  for (let nth = 0; nth < 6; nth++) {
    const ticket = await ticketOf(engine, person, from)
    const code = wrongCode(person.phone, nth)
    const outcome = await engine.login.code({ ticket, method: 'totp', code, ...from })
    outcomes.push('code' in outcome ? outcome.code : outcome.status)
  }
  assert.deepEqual(outcomes, [...Array<string>(5).fill('CODE_REFUSED'), 'TOO_MANY_ATTEMPTS'])
  clock.wait(15 * 60)
  await signInWith({ engine }, person, { device })
})

/** A device token of one account, or of a time before the password changed, is nobody's at all. */
test('a device token is bound to its account and its password [R16]', async (t) => {
  const { engine, clock, person, device, store } = await personWithBrowser(t)
  const other = await signedUpPerson({ engine, clock }, 'bob@example.com')
  clock.wait(30)
  assert.ok((await signInWith({ engine }, other, { device })) !== undefined, 'of another account')
  clock.wait(30)
  const ticket = await ticketOf(engine, person, { device })
  const code = person.phone.code()
  const signedIn = await engine.login.code({ ticket, method: 'totp', code, ...client, device })
  assert.ok(signedIn.status === 'signed_in')
  const changed = await engine.self.changePassword({
    token: signedIn.token,
    client: { ...client, device },
    newPassword: 'another long password',
  })
  assert.ok(changed.device !== undefined, 'the browser that changed it is known again')
  clock.wait(30)
  const renewed = { ...person, password: 'another long password' }
  assert.ok((await signInWith({ engine }, renewed, { device })) !== undefined, 'of an old password')
  assert.ok((await store.account(person.accountId))?.passwordVersion === 2)
})

test('a device token signs nobody in and is no ticket [R39]', async (t) => {
  const { engine, person, device } = await personWithBrowser(t)
  const code = person.phone.code()
  const asTicket = await engine.login.code({ ticket: device, method: 'totp', code, ...client })
  assert.deepEqual(asTicket, { status: 'refused', code: 'TICKET_REFUSED' })
  await assert.rejects(engine.self.session({ token: device, client }), { code: 'SESSION_REQUIRED' })
  const alone = { login: person.login, password: 'wrong', device }
  assert.equal((await engine.login.password(alone)).status, 'refused')
})

/** Otherwise an owner who mistypes now and then would be shut out of the own browser for a year. */
test('a known browser that used up all its tries counts as unknown, and may become known again', async (t) => {
  const limits = { deviceFailuresPerLife: 2 }
  const harness = openEngine(t, { limits })
  const person = await signedUpPerson(harness)
  const { engine, clock } = harness
  clock.wait(30)
  const device = await signInWith(harness, person, {})
  assert.ok(device !== undefined)
  clock.wait(30)
  const ticket = await ticketOf(engine, person, { device })
  // With the second one the browser is forgotten, and a ticket of its has nobody to serve.
  for (const [nth, expected] of ['CODE_REFUSED', 'CODE_REFUSED', 'TICKET_REFUSED'].entries()) {
    const code = wrongCode(person.phone, nth)
    const outcome = await engine.login.code({ ticket, method: 'totp', code, ...client, device })
    assert.equal('code' in outcome ? outcome.code : '', expected)
  }
  const events = await engine.events({ accountId: person.accountId })
  assert.ok(events.some(({ kind }) => kind === 'browser.forgotten'))
  const renewed = await signInWith(harness, person, { device })
  assert.ok(renewed !== undefined && renewed !== device)
})

/** The right code in flight holds the last try; a second click must not cost the browser its name. */
test('two right codes at the same moment do not make a known browser a stranger', async (t) => {
  const { engine, person, device, store } = await personWithBrowser(t, { deviceFailuresPerLife: 2 })
  const from = { ...client, device }
  const ticket = await ticketOf(engine, person, from)
  const give = (code: string) => engine.login.code({ ticket, method: 'totp', code, ...from })
  await give(wrongCode(person.phone))
  const code = person.phone.code()
  const both = await Promise.all([give(code), give(code)])
  assert.equal(both.filter(({ status }) => status === 'signed_in').length, 1)
  const [secret = '', accountId = ''] = device.split('.')
  assert.ok(secret !== '' && accountId === person.accountId)
  const asked = { login: person.login, password: PASSWORD, ...from }
  assert.equal((await engine.login.password(asked)).status, 'second_factor')
  const kinds = (await store.events(person.accountId, 100)).map(({ kind }) => kind)
  assert.ok(!kinds.includes('browser.forgotten'))
})

/** Whoever fills the queue for hashing must not get tries back that were never counted. */
test('a closed pool of passwords stays closed while the server is busy [R16]', async (t) => {
  const harness = openEngine(t, { limits: { passwordFailuresPerDay: 1 } })
  const { engine } = harness
  await engine.accounts.register({ login: 'bob', password: PASSWORD })
  await engine.login.password({ login: 'bob', password: 'wrong' })
  const flood = await Promise.allSettled(
    Array.from({ length: 300 }, () => engine.login.password({ login: 'bob', password: 'wrong' })),
  )
  assert.ok(
    flood.some(({ status }) => status === 'rejected'),
    'some were told BUSY',
  )
  const right = await engine.login.password({ login: 'bob', password: PASSWORD })
  assert.equal(right.status, 'refused')
})

/** As after the limit was lowered: nobody may be shut out for good by tries of the past. */
test('a known browser with no tries left for life still has those of a stranger [R16]', async (t) => {
  const { store, keyring, clock, person, device, engine } = await personWithBrowser(t)
  const from = { ...client, device }
  for (let nth = 0; nth < 3; nth++) {
    const ticket = await ticketOf(engine, person, from)
    const code = wrongCode(person.phone, nth)
    await engine.login.code({ ticket, method: 'totp', code, ...from })
  }
  const limits = { deviceFailuresPerLife: 2 }
  const stricter = createEngine({ store, keyring, issuer: 'ACME', clock, limits })
  await signInWith({ engine: stricter }, person, { device })
})
