/** A forgotten password: who is sent what, what it is good for, and what an attacker makes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Limits, Message } from '@halfminute/engine'
import { EMAIL, openPostOffice, reachablePerson } from './post-office.ts'
import {
  client,
  failsWith,
  openEngine,
  PASSWORD,
  signedUpPerson,
  ticketOf,
  tokenIn,
} from './support.ts'
import type { Harness, Person } from './support.ts'

const NEW_PASSWORD = 'quite another horse'
const OWNER = 'ada@example.com'

interface Scene extends Harness {
  readonly ada: Person
  readonly ask: (login?: string, source?: string) => Promise<void>
  /** Delivers; the tokens that arrived since the last look. */
  readonly tokens: () => Promise<string[]>
  readonly set: (
    token: unknown,
    newPassword?: string,
  ) => ReturnType<Harness['engine']['passwordReset']['set']>
  readonly messages: Message[]
}

async function scene(t: TestContext, limits: Partial<Limits> = {}): Promise<Scene> {
  const messages: Message[] = []
  const email = (message: Message) => {
    messages.push(message)
    return Promise.resolve('sent' as const)
  }
  const harness = openEngine(t, { notify: { email }, limits })
  const { engine } = harness
  const ada = await signedUpPerson(harness, OWNER)
  let seen = 0
  return {
    ...harness,
    ada,
    messages,
    ask: (login = OWNER, source = client.source) =>
      engine.passwordReset.ask({ login, ...client, source }),
    tokens: async () => {
      await engine.outbox.deliver()
      const fresh = messages.slice(seen)
      seen = messages.length
      return fresh.flatMap(({ secret }) => secret ?? [])
    },
    set: (token, newPassword = NEW_PASSWORD) =>
      engine.passwordReset.set({ token, newPassword, ...client }),
  }
}

const signInWith = ({ engine }: Harness, password: string) =>
  engine.login.password({ login: OWNER, password, ...client })

const isIn = ({ engine }: Harness, token: string) =>
  engine.self.session({ token, client }).then(
    () => true,
    () => false,
  )

test('the token goes to the account’s address, however the login is spelled [R37]', async (t) => {
  const { ask, tokens, messages } = await scene(t)
  await ask(' ADA@Example.com ')
  const [token = ''] = await tokens()
  assert.match(token, /^[\w-]{43}\./)
  const { recipient, kind, expiresAt, at, data } = messages.at(-1) ?? assert.fail()
  assert.deepEqual([recipient, kind, expiresAt - at], [OWNER, 'password-reset-link', 3_600])
  assert.equal(JSON.stringify(data).includes(token), false)
})

test('a token sets the password once, and its person is told [R37] [R36]', async (t) => {
  const here = await scene(t)
  await here.ask()
  const [token] = await here.tokens()
  assert.deepEqual(await here.set(token), { status: 'set' })
  const again = await here.set(token, 'and a third horse')
  assert.deepEqual(again, { status: 'refused', code: 'RESET_REFUSED' })
  assert.equal((await signInWith(here, PASSWORD)).status, 'refused')
  assert.equal((await signInWith(here, NEW_PASSWORD)).status, 'second_factor')
  await here.tokens()
  assert.equal(here.messages.at(-1)?.kind, 'password-reset')
  const kinds = (await here.engine.events({ accountId: here.ada.accountId })).map((one) => one.kind)
  assert.ok(kinds.includes('password.reset') && kinds.includes('password.reset-asked'))
})

test('twenty simultaneous uses of one token set one password [R37]', async (t) => {
  const { ask, tokens, set } = await scene(t)
  await ask()
  const [token] = await tokens()
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, nth) => set(token, `horse number ${nth} of many`)),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'set').length, 1)
})

/* The mailbox alone must not be a way in, and must not take the phone away either. */
test('a reset signs nobody in, and the code is still asked for [R37]', async (t) => {
  const here = await scene(t)
  await here.ask()
  const [token] = await here.tokens()
  const outcome = await here.set(token)
  assert.deepEqual(Object.keys(outcome), ['status'])
  assert.deepEqual(
    await here.store.sessions(here.ada.accountId, here.clock.nowSeconds(), 3_600),
    [],
  )
  here.clock.wait(30)
  const ticket = await ticketOf(here.engine, { login: OWNER, password: NEW_PASSWORD })
  const code = here.ada.phone.code()
  const signedIn = await here.engine.login.code({ ticket, method: 'totp', code, ...client })
  assert.equal(signedIn.status, 'signed_in')
})

test('a reset ends the sessions and the sign-ins under way [R37] [R34]', async (t) => {
  const here = await scene(t)
  const ticket = await ticketOf(here.engine, here.ada)
  await here.ask()
  const [token] = await here.tokens()
  assert.equal(await isIn(here, here.ada.token), true)
  await here.set(token)
  assert.equal(await isIn(here, here.ada.token), false)
  here.clock.wait(30)
  const code = here.ada.phone.code()
  const late = await here.engine.login.code({ ticket, method: 'totp', code, ...client })
  assert.equal(late.status, 'refused')
})

test('a token is over after an hour, with the next one, and with a change of the password [R37]', async (t) => {
  const here = await scene(t)
  const { ask, tokens, set, clock, engine, ada } = here
  const refused = { status: 'refused', code: 'RESET_REFUSED' }
  await ask()
  const [first] = await tokens()
  clock.wait(3_600)
  assert.deepEqual(await set(first), refused)
  await ask()
  const [second] = await tokens()
  await ask()
  const [third] = await tokens()
  assert.deepEqual(await set(second), refused)
  const change = { newPassword: 'a horse of her own', token: ada.token, client }
  clock.wait(-3_600)
  await engine.self.changePassword(change)
  assert.deepEqual(await set(third), refused)
})

test('whatever is no token of that account is refused [R37]', async (t) => {
  const here = await scene(t)
  const eve = await signedUpPerson(here, 'eve@example.com')
  await here.ask('eve@example.com')
  const [token = ''] = await here.tokens()
  const [half] = token.split('.')
  for (const wrong of [
    `${half}.${here.ada.accountId}`,
    `${'A'.repeat(43)}.${here.ada.accountId}`,
    half,
    `${half}.`,
    here.ada.token,
    '',
    null,
    42,
    [token],
    { token },
  ]) {
    assert.deepEqual(await here.set(wrong), { status: 'refused', code: 'RESET_REFUSED' })
  }
  assert.equal((await signInWith(here, PASSWORD)).status, 'second_factor')
  assert.equal(await isIn(here, eve.token), true)
})

test('a password that breaks the rules costs no token [R37] [R26]', async (t) => {
  const { ask, tokens, set } = await scene(t)
  await ask()
  const [token] = await tokens()
  await assert.rejects(set(token, 'short'), failsWith('PASSWORD_TOO_SHORT'))
  await assert.rejects(set(token, 'x'.repeat(1_025)), failsWith('PASSWORD_TOO_LONG'))
  await assert.rejects(set(token, OWNER), failsWith('PASSWORD_COMMON'))
  assert.equal((await set(token)).status, 'set')
})

test('a password that somebody else seems to know is not set again [R37]', async (t) => {
  const { ask, tokens, set, store, ada, clock } = await scene(t)
  const suspicion = { now: clock.nowSeconds(), events: [], rates: [] }
  await store.recordFailure({ ...suspicion, suspectPasswordOf: ada.accountId })
  await ask()
  const [token] = await tokens()
  await assert.rejects(set(token, PASSWORD), failsWith('PASSWORD_UNCHANGED'))
  assert.equal((await set(token)).status, 'set')
  assert.equal((await store.account(ada.accountId))?.passwordSuspectSince, null)
})

/* Three an hour, from wherever; and while there are no more, the last link still works. */
test('a mailbox is not flooded, and a stranger who asks does not shut the owner out [R37]', async (t) => {
  const { ask, tokens, set, clock } = await scene(t)
  const got: string[] = []
  for (let nth = 0; nth < 100; nth++) {
    await ask(OWNER, `192.0.2.${nth}`)
    clock.wait(20)
    got.push(...(await tokens()))
  }
  assert.equal(got.length, 3)
  assert.equal((await set(got.at(-1))).status, 'set')
  clock.wait(3_600)
  await ask()
  assert.equal((await tokens()).length, 1)
})

test('one address asks for twenty logins an hour, and no other pays for it [R17]', async (t) => {
  const { ask, tokens, engine } = await scene(t)
  for (let nth = 0; nth < 25; nth++) await ask(`nobody-${nth}@example.com`, '2001:db8::1')
  await ask(OWNER, '2001:db8::2')
  assert.deepEqual(await tokens(), [], 'the same network')
  await ask(OWNER, '2001:db8:0:1::1')
  assert.equal((await tokens()).length, 1)
  assert.equal((await engine.outbox.waiting()).count, 0)
})

test('asking for nobody sends nothing, writes no less, and says nothing else [R29]', async (t) => {
  const { ask, engine, store } = await scene(t)
  await engine.outbox.deliver()
  const written = async (login: string) => {
    const before = (await store.newestEvents(100)).length
    assert.equal(await ask(login), undefined)
    return (await store.newestEvents(100)).length - before
  }
  assert.equal(await written('nobody@example.com'), await written(OWNER))
  assert.equal((await engine.outbox.waiting()).count, 1)
})

test('a login that is no address, and a server without mail, send nothing', async (t) => {
  const here = await scene(t)
  await signedUpPerson(here, 'grace')
  await here.tokens()
  await here.ask('grace')
  assert.deepEqual(await here.tokens(), [])
  const mute = openEngine(t)
  await signedUpPerson(mute, OWNER)
  await mute.engine.passwordReset.ask({ login: OWNER, ...client })
  assert.equal((await mute.engine.outbox.waiting()).count, 0)
})

/* Registering with somebody else's address, and then making a stir in the account. */
test('an address that nobody confirmed is told five things a day and no more, and the events keep the rest', async (t) => {
  const here = await scene(t)
  await here.tokens()
  const before = here.messages.length
  let { token } = here.ada
  for (let nth = 0; nth < 5; nth++) {
    await here.engine.self.replaceRecoveryCodes({ token, client })
  }
  await here.tokens()
  assert.equal(here.messages.length - before, 2, 'two of a kind')
  for (let nth = 0; nth < 9; nth++) {
    const newPassword = `another horse battery ${nth}`
    token = (await here.engine.self.changePassword({ token, client, newPassword })).token
  }
  await here.tokens()
  assert.equal(here.messages.length - before, 4, 'the new phone was the first')
  const events = await here.engine.events({ accountId: here.ada.accountId })
  assert.equal(events.filter(({ kind }) => kind === 'recovery-codes.replaced').length, 5)
})

/* Whoever reads the mailbox would have the password first, and then the code. */
test('a code by mail does not go with a password by mail, until the address is confirmed anew [R37] [R22]', async (t) => {
  const office = openPostOffice(t)
  const ada = await reachablePerson(office)
  const { engine, clock } = office
  await engine.passwordReset.ask({ login: EMAIL, ...client })
  const token = await office.codeBy('email')
  const set = await engine.passwordReset.set({ token, newPassword: NEW_PASSWORD, ...client })
  assert.equal(set.status, 'set')
  const first = await engine.login.password({ login: EMAIL, password: NEW_PASSWORD, ...client })
  assert.ok(first.status === 'second_factor')
  assert.deepEqual(first.methods, ['totp', 'recovery', 'sms'])
  const { ticket } = first
  const asked = await engine.login.send({ ticket, method: 'email', ...client })
  assert.deepEqual(asked, { status: 'refused', code: 'METHOD_UNAVAILABLE' })

  clock.wait(30)
  const code = ada.phone.code()
  const signedIn = await engine.login.code({ ticket, method: 'totp', code, ...client })
  const bearer = { token: tokenIn(signedIn), client }
  await engine.self.setContact({ ...bearer, channel: 'email', address: EMAIL })
  const confirmation = await office.codeBy('email')
  await engine.self.confirmContact({ ...bearer, channel: 'email', code: confirmation })
  const again = await engine.login.password({ login: EMAIL, password: NEW_PASSWORD, ...client })
  assert.ok(again.status === 'second_factor' && again.methods.includes('email'))
})
