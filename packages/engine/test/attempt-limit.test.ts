/** Guessing: how many codes are looked at, whoever asks, how often and how many at a time. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
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

const DAY_SECONDS = 86_400
/** Waits between wrong codes have tests of their own; here they would only be in the way. */
const limits = { codeFailuresBeforeWait: 100 }
const refused = { status: 'refused', code: 'CODE_REFUSED' }

/** Signs in with the right password and so many wrong codes. */
async function guess({ engine }: Harness, person: Person, guesses: number) {
  const ticket = await ticketOf(engine, person)
  const outcomes: string[] = []
  for (let nth = 0; nth < guesses; nth++) {
    const code = wrongCode(person.phone, nth)
    const outcome = await engine.login.code({ ticket, method: 'totp', code, ...client })
    outcomes.push('code' in outcome ? outcome.code : outcome.status)
  }
  return { ticket, outcomes }
}

const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item)

test('five wrong codes end a ticket, and the right one comes too late [R14]', async (t) => {
  const harness = openEngine(t, { limits })
  const person = await signedUpPerson(harness)
  harness.clock.wait(30)
  const { ticket, outcomes } = await guess(harness, person, 5)
  assert.deepEqual(outcomes, times(5, 'CODE_REFUSED'))
  const right = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
  assert.deepEqual(await harness.engine.login.code(right), {
    status: 'refused',
    code: 'TICKET_REFUSED',
  })
})

test('the fifth code may still be the right one', async (t) => {
  const harness = openEngine(t, { limits })
  const person = await signedUpPerson(harness)
  harness.clock.wait(30)
  const { ticket } = await guess(harness, person, 4)
  const right = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
  tokenIn(await harness.engine.login.code(right))
})

/** A counter that lives in the ticket starts anew with every sign-in; this one belongs to the account. */
test('signing in again with the password brings no new tries [R14 R17]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  await guess(harness, person, 5)
  await guess(harness, person, 5)
  const { ticket, outcomes } = await guess(harness, person, 3)
  assert.deepEqual(outcomes, times(3, 'TOO_MANY_ATTEMPTS'))
  const right = () => ({ ticket, method: 'totp', code: person.phone.code(), ...client }) as const
  const closed = { status: 'refused', code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds: DAY_SECONDS }
  assert.deepEqual(await engine.login.code(right()), closed)
  clock.wait(100)
  assert.deepEqual(await engine.login.code(right()), {
    ...closed,
    retryAfterSeconds: DAY_SECONDS - 100,
  })
})

test('the budget opens a day after it was closed, and is as small as before', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  const verify = async (code: string) => {
    const outcome = await engine.verify({ accountId, code })
    return outcome.ok ? 'ok' : outcome.code
  }
  for (const day of [1, 2]) {
    for (let nth = 0; nth < 10; nth++) {
      assert.equal(await verify(wrongCode(phone, nth)), 'CODE_REFUSED', `day ${day}`)
      clock.wait(600)
    }
    clock.wait(DAY_SECONDS - 601)
    assert.equal(await verify(phone.code()), 'TOO_MANY_ATTEMPTS')
    clock.wait(1)
  }
  assert.equal(await verify(phone.code()), 'ok')
})

/** A guess that was right while the budget was closed must not be seen to have been right. */
test('the right code while the budget is closed is neither evaluated nor spent [R14]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  clock.wait(30)
  for (let nth = 0; nth < 10; nth++) await engine.verify({ accountId, code: wrongCode(phone, nth) })
  clock.wait(DAY_SECONDS - 10)
  const code = phone.code()
  const [right, wrong] = [
    await engine.verify({ accountId, code }),
    await engine.verify({ accountId, code: wrongCode(phone) }),
  ]
  assert.deepEqual(right, wrong)
  clock.wait(10)
  assert.equal((await engine.verify({ accountId, code })).ok, true)
})

/** A success that cleared the counter would give a thief who knows the password ten tries per visit of the owner. */
test('a success gives back its own try and no other [R14]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  for (let nth = 0; nth < 9; nth++) await engine.verify({ accountId, code: wrongCode(phone, nth) })
  for (const visit of [1, 2, 3]) {
    clock.wait(30)
    assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true, `${visit}`)
  }
  const [ninth, tenth] = [
    await engine.verify({ accountId, code: wrongCode(phone) }),
    await engine.verify({ accountId, code: wrongCode(phone) }),
  ]
  assert.equal(ninth.ok ? '' : ninth.code, 'CODE_REFUSED')
  assert.equal(tenth.ok ? '' : tenth.code, 'TOO_MANY_ATTEMPTS')
})

/** Counting after the check lets as many guesses through as can be sent in one moment. */
test('of 200 parallel wrong codes no more than the budget are evaluated [R14]', async (t) => {
  const harness = openEngine(t, { limits })
  const { accountId, phone } = await appPerson(harness)
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, nth) =>
      harness.engine.verify({ accountId, code: wrongCode(phone, nth) }),
    ),
  )
  const codes = outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.code))
  assert.equal(codes.filter((code) => code === 'CODE_REFUSED').length, 10)
  assert.equal(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS').length, 190)
})

test('twenty parallel tickets share one budget [R14 R17]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const tickets = await Promise.all(times(20, person).map((one) => ticketOf(engine, one)))
  const outcomes = await Promise.all(
    tickets.flatMap((ticket, at) =>
      [0, 1, 2, 3].map((nth) =>
        engine.login.code({
          ticket,
          method: 'totp',
          code: wrongCode(person.phone, nth),
          ...client,
          source: `198.51.100.${at}`,
        }),
      ),
    ),
  )
  const evaluated = outcomes.filter((outcome) => 'code' in outcome && outcome.code === refused.code)
  assert.equal(evaluated.length, 10)
})

test('several authenticators share one budget [R14]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  for (const name of ['second', 'third']) {
    const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name })
    const code = virtualAuthenticator(started.uri, clock).code()
    await engine.authenticators.confirm({ accountId, authenticatorId: started.id, code })
  }
  for (let nth = 0; nth < 10; nth++) await engine.verify({ accountId, code: wrongCode(phone, nth) })
  const outcome = await engine.verify({ accountId, code: wrongCode(phone) })
  assert.equal(outcome.ok ? '' : outcome.code, 'TOO_MANY_ATTEMPTS')
})

test('the limits survive a restart [R14]', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const first = openEngine(t, { store: sqliteStore(path), limits })
  const { accountId, phone } = await appPerson(first)
  for (let nth = 0; nth < 10; nth++) {
    await first.engine.verify({ accountId, code: wrongCode(phone, nth) })
  }
  await first.engine.close()
  const { keyring } = first
  const second = openEngine(t, { store: sqliteStore(path), keyring })
  const outcome = await second.engine.verify({ accountId, code: phone.code(1) })
  assert.deepEqual(outcome, {
    ok: false,
    code: 'TOO_MANY_ATTEMPTS',
    retryAfterSeconds: DAY_SECONDS,
  })
})

/** A stranger who could reach the counter could shut anybody out by guessing wrong on purpose. */
test('without the right password the counters are out of reach [R15]', async (t) => {
  const harness = openEngine(t, { limits: { codeFailuresPerDay: 1, recoveryFailuresPerDay: 1 } })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const login = { login: person.login, password: 'not the password', ...client }
  const forged = `${'A'.repeat(43)}.${person.accountId}`
  for (let nth = 0; nth < 5; nth++) {
    assert.equal((await engine.login.password(login)).status, 'refused')
    for (const ticket of [undefined, forged]) {
      const code = wrongCode(person.phone, nth)
      const outcome = await engine.login.code({ ticket, method: 'totp', code, ...client })
      assert.deepEqual(outcome, { status: 'refused', code: 'TICKET_REFUSED' })
      const recoveryCode = '0000-0000-0000-0000'
      await engine.login.code({ ticket, method: 'recovery', code: recoveryCode, ...client })
    }
  }
  const ticket = await ticketOf(engine, person)
  const code = person.phone.code()
  tokenIn(await engine.login.code({ ticket, method: 'totp', code, ...client }))
  const again = await ticketOf(engine, person)
  const [recoveryCode] = person.recoveryCodes
  const recovery = { ticket: again, method: 'recovery', code: recoveryCode, ...client } as const
  tokenIn(await engine.login.code(recovery))
})

/** Each other place that takes a code or a password is a way round the limits unless it has one itself. */
test('confirming, re-authenticating and recovering are limited as well [R14]', async (t) => {
  const few = { triesPerConfirmation: 3, reauthenticationsPerHour: 3, recoveryFailuresPerDay: 3 }
  const harness = openEngine(t, { limits: few })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { token, accountId, password } = person
  clock.wait(30)

  const pending = await engine.self.enrol({ token, client, kind: 'totp', name: 'second' })
  const authenticatorId = pending.id
  const phone = virtualAuthenticator(pending.uri, clock)
  const confirm = (code: string) =>
    engine.authenticators.confirm({ accountId, authenticatorId, code })
  for (const nth of [0, 1, 2]) await confirm(wrongCode(phone, nth))
  const late = await confirm(phone.code())
  assert.equal(late.ok ? '' : late.code, 'TOO_MANY_ATTEMPTS')
  assert.ok(!late.ok && late.retryAfterSeconds === 600)

  const prove = (typed: string) =>
    engine.self.reauthenticate({ token, client, password: typed, code: person.phone.code() })
  for (const nth of [0, 1, 2]) {
    assert.equal((await prove(`wrong password ${nth}`)).status, 'refused')
  }
  assert.deepEqual(await prove(password), {
    status: 'refused',
    code: 'TOO_MANY_ATTEMPTS',
    retryAfterSeconds: 3_600,
  })

  const recover = (code: string | undefined) =>
    engine.verify({ accountId, method: 'recovery', code })
  for (const nth of [0, 1, 2]) await recover(`0000-0000-0000-000${nth}`)
  const shut = await recover(person.recoveryCodes[0])
  assert.equal(shut.ok ? '' : shut.code, 'TOO_MANY_ATTEMPTS')
  assert.equal((await engine.verify({ accountId, code: person.phone.code() })).ok, true)
})

test('parallel wrong codes while confirming are limited as well [R14]', async (t) => {
  const { engine, clock } = openEngine(t)
  const accountId = 'app-user-1'
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, nth) =>
      engine.authenticators.confirm({
        accountId,
        authenticatorId: started.id,
        code: wrongCode(phone, nth),
      }),
    ),
  )
  const evaluated = outcomes.filter((outcome) => !outcome.ok && outcome.code === 'CODE_REFUSED')
  assert.equal(evaluated.length, 20)
})

/** A session that was left open must not serve to find the code with the password known, nor the other way. */
test('wrong codes while re-authenticating come out of the same budget as at sign-in [R14]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const { token, password, accountId } = person
  for (let nth = 0; nth < 10; nth++) {
    const code = wrongCode(person.phone, nth)
    const outcome = await engine.self.reauthenticate({ token, client, password, code })
    assert.deepEqual(outcome, refused)
  }
  const outcome = await engine.verify({ accountId, code: person.phone.code(1) })
  assert.equal(outcome.ok ? '' : outcome.code, 'TOO_MANY_ATTEMPTS')
})

test('a closed budget of codes leaves the recovery codes open [R38]', async (t) => {
  const harness = openEngine(t, { limits })
  const person = await signedUpPerson(harness)
  await guess(harness, person, 5)
  await guess(harness, person, 5)
  const ticket = await ticketOf(harness.engine, person)
  const [code] = person.recoveryCodes
  tokenIn(await harness.engine.login.code({ ticket, method: 'recovery', code, ...client }))
})
