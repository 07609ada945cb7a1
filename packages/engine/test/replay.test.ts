/** One-time means one time: whatever the order, the purpose and the number of callers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import type { Random } from '@halfminute/engine'
import { fixedClock } from '@halfminute/engine/testing'
import { join } from 'node:path'
import { runTogether } from './children.ts'
import {
  appPerson,
  client,
  openEngine,
  signedUpPerson,
  temporaryFolder,
  ticketOf,
  tokenIn,
  wrongCode,
} from './support.ts'
import type { Harness, Person } from './support.ts'
import { formatKeyring } from '@halfminute/engine'

/** Here every replay is to be refused for what it is, not for coming too soon. */
const NO_WAIT = { codeFailuresBeforeWait: 100 }

const signInProgram = new URL('./fixtures/sign-in.ts', import.meta.url)

async function tryCode({ engine }: Harness, person: Person, code: string) {
  const ticket = await ticketOf(engine, person)
  return engine.login.code({ ticket, method: 'totp', code, ...client })
}

/** A code stays on the screen for 30 s and is accepted for 90: read over a shoulder, it signs in again. */
test('a code is accepted once, ever [R9]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const person = await signedUpPerson(harness)
  harness.clock.wait(30)
  const code = person.phone.code()
  tokenIn(await tryCode(harness, person, code))
  const refused = { status: 'refused', code: 'CODE_REFUSED' }
  assert.deepEqual(await tryCode(harness, person, code), refused)
  for (const seconds of [29, 2, 28]) {
    harness.clock.wait(seconds)
    assert.deepEqual(await tryCode(harness, person, code), refused)
  }
})

/** The code that proved the phone at enrolment was on a screen, too; it must not open the door. */
test('the code that confirmed an authenticator does not sign in [R9]', async (t) => {
  const harness = openEngine(t)
  const person = await signedUpPerson(harness)
  const enrolmentCode = person.phone.code()
  assert.deepEqual(await tryCode(harness, person, enrolmentCode), {
    status: 'refused',
    code: 'CODE_REFUSED',
  })
  tokenIn(await tryCode(harness, person, person.phone.code(1)))
})

/** An attacker keeps an unused code of a step ago and waits until its owner has signed in with the next. */
test('an older code is refused after a newer one [R9]', async (t) => {
  const harness = openEngine(t)
  const person = await signedUpPerson(harness)
  harness.clock.wait(90)
  tokenIn(await tryCode(harness, person, person.phone.code()))
  const older = await tryCode(harness, person, person.phone.code(-1))
  assert.equal(older.status, 'refused')
})

/** A code of the coming step is accepted early; its own half minute must not make it new. */
test('a code used early is not accepted again when its time comes [R9]', async (t) => {
  const harness = openEngine(t)
  const person = await signedUpPerson(harness)
  harness.clock.wait(60)
  const early = person.phone.code(1)
  tokenIn(await tryCode(harness, person, early))
  for (const seconds of [30, 30]) {
    harness.clock.wait(seconds)
    assert.equal((await tryCode(harness, person, early)).status, 'refused')
  }
})

/** What signed in must not disable or change anything afterwards, nor the other way round. */
test('a code spent for one purpose is spent for every other [R9]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { accountId, password } = person
  const confirmIdentity = (token: string, code: string) =>
    engine.self.reauthenticate({ token, client, password, code })
  clock.wait(30)
  const atLogin = person.phone.code()
  const token = tokenIn(await tryCode(harness, person, atLogin))
  assert.equal((await confirmIdentity(token, atLogin)).status, 'refused')
  assert.equal((await engine.verify({ accountId, code: atLogin })).ok, false)

  clock.wait(30)
  const atReauthentication = person.phone.code()
  tokenIn(await confirmIdentity(token, atReauthentication))
  assert.equal((await tryCode(harness, person, atReauthentication)).status, 'refused')

  clock.wait(30)
  const atVerification = person.phone.code()
  assert.equal((await engine.verify({ accountId, code: atVerification })).ok, true)
  assert.equal((await tryCode(harness, person, atVerification)).status, 'refused')
})

/** Requests sent in the same moment all find the step unspent, unless the database itself decides. */
test('fifty parallel sign-ins with one code make one session [R9]', async (t) => {
  const harness = openEngine(t, {
    limits: {
      ...NO_WAIT,
      codeFailuresPerDay: 1_000,
      codeFailuresPerMonth: 1_000,
      triesPerTicket: 1_000,
    },
  })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const code = person.phone.code()
  const tickets = await Promise.all(Array.from({ length: 5 }, () => ticketOf(engine, person)))
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      engine.login.code({ ticket: tickets[at % 5], method: 'totp', code, ...client }),
    ),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'signed_in').length, 1)
  const sessions = await engine.self.listSessions({ token: person.token, client })
  assert.equal(sessions.length, 2)
})

/** Two servers on one database are the same door: a mark kept in the memory of one would not count. */
test('fifty parallel sign-ins with one code on two processes make one session [R9]', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const keyring = generateKeyring(systemRandom)
  const harness = openEngine(t, { store: sqliteStore(path), keyring })
  const person = await signedUpPerson(harness)
  harness.clock.wait(30)
  const tickets = await Promise.all(
    Array.from({ length: 10 }, () => ticketOf(harness.engine, person)),
  )
  const half = (from: number) => ({
    path,
    keys: formatKeyring(keyring),
    nowSeconds: harness.clock.nowSeconds(),
    code: person.phone.code(),
    tickets: tickets.slice(from, from + 5),
    callsPerTicket: 5,
    userAgent: client.userAgent,
  })
  const answers = await runTogether<string[]>(signInProgram, [half(0), half(5)])
  const statuses = answers.flat()
  assert.equal(statuses.length, 50)
  assert.equal(statuses.filter((status) => status === 'signed_in').length, 1)
})

/**
 * Two neighbouring steps of this secret show the same six digits (found by search). Whoever skips spent
 * steps only after matching either refuses the owner's second code or accepts the first one twice.
 */
test('two neighbouring steps that show one code are two codes, and no more [R9]', async (t) => {
  const STEP = 62_075_368
  const secret = new TextEncoder().encode('12345678901234567890')
  const random: Random = (length) => (length === 20 ? secret : systemRandom(length))
  const clock = fixedClock((STEP - 5) * 30)
  const harness = { ...openEngine(t, { random, clock }), clock }
  const { accountId, phone } = await appPerson(harness)
  const verify = () => harness.engine.verify({ accountId, code: '235522' })
  clock.wait(5 * 30)
  assert.deepEqual([phone.code(), phone.code(1)], ['235522', '235522'])
  assert.equal((await verify()).ok, true)
  assert.equal((await verify()).ok, true)
  assert.equal((await verify()).ok, false)
  clock.wait(30)
  assert.equal((await verify()).ok, false)
})

/** Only an accepted code is spent: a thief's guesses must not use up the codes of the owner. */
test('wrong codes spend no step', async (t) => {
  const harness = openEngine(t)
  const { accountId, phone } = await appPerson(harness)
  harness.clock.wait(30)
  assert.equal((await harness.engine.verify({ accountId, code: wrongCode(phone) })).ok, false)
  assert.equal((await harness.engine.verify({ accountId, code: phone.code() })).ok, true)
})
