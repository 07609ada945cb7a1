/** What a wrong try costs and leaves behind: in the pools, in the record, and in what is thought of the password. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS, EngineError, systemRandom } from '@halfminute/engine'
import { passwordPool } from '../src/pools.ts'
import type { Ports } from '../src/ports.ts'
import { checked, countTry } from '../src/tries.ts'
import {
  client,
  openEngine,
  PASSWORD,
  signedUpPerson,
  signIn,
  ticketOf,
  wrongCode,
} from './support.ts'
import type { Harness } from './support.ts'

const WRONG_RECOVERY_CODE = '0000-0000-0000-0000'

async function kindsOf({ engine }: Harness, accountId: string) {
  const all = await engine.events({ accountId })
  return all.map(({ kind, result }) => `${kind} ${result}`)
}

/** A server with a full queue must not use up the tries of people whom it turned away unheard. */
test('a check that could not be made costs no try, whatever stopped it [R14 R28]', async (t) => {
  const { store, clock } = openEngine(t)
  const limits = { ...DEFAULT_LIMITS, passwordFailuresPerDay: 1 }
  const ports = { store, clock, random: systemRandom, limits } as unknown as Ports
  const failing = async (login: string, error: Error) => {
    const pool = passwordPool(limits, login)
    const counted = await countTry(ports, pool)
    assert.ok(counted.status === 'counted')
    await assert.rejects(
      checked(ports, counted.try, () => Promise.reject(error)),
      error,
    )
    return (await countTry(ports, pool)).status
  }
  assert.equal(await failing('one', new EngineError('BUSY')), 'counted')
  assert.equal(await failing('two', new Error('the key service is away')), 'counted')
})

test('right passwords of an account without a second factor use up no tries', async (t) => {
  const limits = { passwordFailuresPerDay: 1 }
  const { engine } = openEngine(t, { secondFactor: 'optional', limits })
  const login = { login: 'bob', password: `${PASSWORD} staple` }
  await engine.accounts.register(login)
  for (let nth = 0; nth < 5; nth++) {
    assert.equal((await engine.login.password(login)).status, 'signed_in', `sign-in ${nth}`)
  }
})

/** A flood would fill the disk, and hide what matters among what does not. */
test('a try that a closed pool turned away is not recorded, the counted ones are [R43]', async (t) => {
  const harness = openEngine(t, { limits: { passwordFailuresPerDay: 2 } })
  const { engine } = harness
  const { id } = await engine.accounts.register({ login: 'bob', password: PASSWORD })
  for (const login of ['bob', 'nobody']) {
    for (let nth = 0; nth < 6; nth++) await engine.login.password({ login, password: 'wrong' })
  }
  for (const accountId of [id, '']) {
    const refused = (await kindsOf(harness, accountId)).filter((one) => one === 'password refused')
    assert.equal(refused.length, 2)
  }
})

test('a sign-in is recorded step by step, with its factor and its result [R43]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const before = (await engine.events({ accountId: person.accountId })).length
  await signIn(harness, person)
  const all = await engine.events({ accountId: person.accountId })
  assert.deepEqual(
    all.slice(0, all.length - before).map(({ kind, factor, result }) => [kind, factor, result]),
    [
      ['sign-in', 'totp', 'accepted'],
      ['password', null, 'accepted'],
    ],
  )
})

/** Anybody can send these, so they say nothing of who has the password. */
test('wrong passwords cast no doubt on the password', async (t) => {
  const harness = openEngine(t, { limits: { passwordFailuresPerDay: 3 } })
  const { engine, store } = harness
  const { accountId, login } = await signedUpPerson(harness)
  for (let nth = 0; nth < 4; nth++) await engine.login.password({ login, password: 'wrong' })
  assert.equal((await store.account(accountId))?.passwordSuspectSince, null)
  assert.ok(!(await kindsOf(harness, accountId)).includes('codes.closed refused'))
})

/** Somebody with the password must not take the way back from the owner, whose browser is known. */
test('wrong recovery codes from strangers leave a known browser its own, and are told [R16 R38]', async (t) => {
  const harness = openEngine(t, { limits: { recoveryFailuresPerDay: 2 } })
  const { engine, clock, store } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const right = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
  const known = await engine.login.code(right)
  assert.ok(known.status === 'signed_in' && known.device !== undefined)
  const stranger = await ticketOf(engine, person)
  const recover = { ticket: stranger, method: 'recovery', ...client } as const
  for (let nth = 0; nth < 3; nth++)
    await engine.login.code({ ...recover, code: WRONG_RECOVERY_CODE })
  const shut = await engine.login.code({ ...recover, code: person.recoveryCodes[0] })
  assert.equal('code' in shut ? shut.code : '', 'TOO_MANY_ATTEMPTS')
  assert.ok((await kindsOf(harness, person.accountId)).includes('codes.closed refused'))
  assert.notEqual((await store.account(person.accountId))?.passwordSuspectSince, null)
  const from = { ...client, device: known.device }
  const own = { ticket: await ticketOf(engine, person, from), method: 'recovery', ...from } as const
  const recovered = await engine.login.code({ ...own, code: person.recoveryCodes[0] })
  assert.equal(recovered.status, 'signed_in')
})

test('the wrong code that closes a month is told to the owner, and asks for no new password', async (t) => {
  const harness = openEngine(t, { limits: { codeFailuresPerMonth: 2 } })
  const { engine, store } = harness
  const person = await signedUpPerson(harness)
  const ticket = await ticketOf(engine, person)
  const closings = async () =>
    (await kindsOf(harness, person.accountId)).filter((one) => one === 'codes.closed refused')
      .length
  for (const [nth, expected] of [0, 1, 1].entries()) {
    const code = wrongCode(person.phone, nth)
    await engine.login.code({ ticket, method: 'totp', code, ...client })
    assert.equal(await closings(), expected)
  }
  assert.equal((await store.account(person.accountId))?.passwordSuspectSince, null)
})

/** Recovery codes have a pool of their own; without the ticket's end a ticket would be good for all of it. */
test('five wrong recovery codes end a ticket as well [R14]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const ticket = await ticketOf(engine, person)
  const give = async (code: string | undefined) => {
    const outcome = await engine.login.code({ ticket, method: 'recovery', code, ...client })
    return 'code' in outcome ? outcome.code : outcome.status
  }
  for (let nth = 0; nth < 5; nth++) assert.equal(await give(WRONG_RECOVERY_CODE), 'CODE_REFUSED')
  assert.equal(await give(person.recoveryCodes[0]), 'TICKET_REFUSED')
})

test('failures without an address belong to no source, and count among all [R17]', async (t) => {
  const limits = { sourceFailuresPerHour: 2, globalFailuresPerHour: 4 }
  const { engine } = openEngine(t, { limits })
  const alarms = async () =>
    (await engine.events({ accountId: '' }))
      .filter(({ kind }) => kind === 'alarm')
      .map(({ factor, result }) => [factor, result])
  for (let nth = 0; nth < 3; nth++) await engine.login.password({ login: 'bob', password: 'wrong' })
  assert.deepEqual(await alarms(), [])
  await engine.login.password({ login: 'bob', password: 'wrong' })
  assert.deepEqual(await alarms(), [['global', 'refused']])
})

test('a known browser waits a quarter of an hour after its fifth wrong code [R14]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const first = await ticketOf(engine, person)
  const right = { ticket: first, method: 'totp', code: person.phone.code(), ...client } as const
  const known = await engine.login.code(right)
  assert.ok(known.status === 'signed_in' && known.device !== undefined)
  const from = { ...client, device: known.device }
  const give = async (code: string) => {
    const ticket = await ticketOf(engine, person, from)
    return engine.login.code({ ticket, method: 'totp', code, ...from })
  }
  for (let nth = 0; nth < 5; nth++) await give(wrongCode(person.phone, nth))
  clock.wait(15 * 60 - 1)
  const early = await give(person.phone.code())
  assert.deepEqual(early, { status: 'refused', code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds: 1 })
  clock.wait(1)
  assert.equal((await give(person.phone.code())).status, 'signed_in')
})
