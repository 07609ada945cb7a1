/** Which codes count: the present step and its neighbours, by the server's clock, for every kind offered. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import {
  appPerson,
  client,
  countingRandom,
  failsWith,
  needs,
  openEngine,
  signedUpPerson,
  ticketOf,
  tokenIn,
  wrongCode,
} from './support.ts'

for (const steps of [-1, 0, 1]) {
  test(`a code ${steps} steps from the present is accepted [R7]`, async (t) => {
    const harness = openEngine(t)
    const { accountId, phone } = await appPerson(harness)
    harness.clock.wait(300)
    const outcome = await harness.engine.verify({ accountId, code: phone.code(steps) })
    assert.equal(outcome.ok, true)
  })
}

for (const steps of [-20, -3, -2, 2, 3, 20]) {
  test(`a code ${steps} steps from the present is refused [R7]`, async (t) => {
    const harness = openEngine(t)
    const { accountId, phone } = await appPerson(harness)
    harness.clock.wait(3_000)
    const outcome = await harness.engine.verify({ accountId, code: phone.code(steps) })
    assert.equal(outcome.ok ? '' : outcome.code, 'CODE_REFUSED')
  })
}

test('the window moves at the very second at which the step does [R7]', async (t) => {
  const harness = openEngine(t)
  const [one, other] = [await appPerson(harness, 'one'), await appPerson(harness, 'other')]
  harness.clock.wait(300)
  const codes = [one, other].map(({ phone }) => phone.code())
  const verify = async (accountId: string, code: string | undefined) =>
    (await harness.engine.verify({ accountId, code })).ok
  harness.clock.wait(59)
  assert.equal(await verify('one', codes[0]), true)
  harness.clock.wait(1)
  assert.equal(await verify('other', codes[1]), false)
})

test('the confirming code has the same window as every other [R7]', async (t) => {
  const { engine, clock } = openEngine(t)
  const accountId = 'app-user-1'
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const confirm = (code: string) =>
    engine.authenticators.confirm({ accountId, authenticatorId: started.id, code })
  for (const steps of [-2, 2]) {
    const outcome = await confirm(phone.code(steps))
    assert.equal(outcome.ok ? '' : outcome.code, 'CODE_REFUSED')
  }
  assert.equal((await confirm(phone.code(-1))).ok, true)
})

/**
 * "You are 5 minutes ahead" would tell a guesser that the six digits were right, which is worth a code that
 * is accepted five minutes later.
 */
test('a future code is answered like a random one [R10]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const answer = async (code: string) =>
    engine.login.code({
      ticket: await ticketOf(engine, person),
      method: 'totp',
      code,
      ...client,
    })
  const future = await answer(person.phone.code(10))
  assert.deepEqual(future, await answer(wrongCode(person.phone)))
  const events = await engine.events({ accountId: person.accountId, limit: 4 })
  const [one, other] = events.filter(({ kind }) => kind === 'code')
  assert.deepEqual({ ...one, sequence: 0 }, { ...other, sequence: 0 })
})

/** A client that could say what time it is could make any old code the present one. */
test('a time that the caller sends along is ignored [R8]', async (t) => {
  const harness = openEngine(t)
  const { accountId, phone } = await appPerson(harness)
  harness.clock.wait(3_000)
  const then = harness.clock.nowSeconds() - 300
  const claims = { now: then, nowSeconds: then, time: then, at: then, driftSteps: 100 }
  const outcome = await harness.engine.verify({ accountId, code: phone.code(-10), ...claims })
  assert.equal(outcome.ok, false)
})

/** 20,000,000,000 seconds do not fit 32 bits, nor does their step at a period of one second. */
test('sign-in works in the year 2603 [R6]', async (t) => {
  const clock = fixedClock(20_000_000_000)
  const harness = { ...openEngine(t, { clock }), clock }
  const { accountId, phone } = await appPerson(harness)
  clock.wait(30)
  assert.equal((await harness.engine.verify({ accountId, code: phone.code(-2) })).ok, false)
  assert.equal((await harness.engine.verify({ accountId, code: phone.code() })).ok, true)
})

test('every period, algorithm and number of digits on offer enrols and signs in [R6]', async (t) => {
  const limits = { authenticatorsPerAccount: 50, freshSeconds: 1e6, sessionIdleSeconds: 1e6 }
  const harness = openEngine(t, { limits, random: countingRandom('every kind') })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  let { token } = person
  for (const periodSeconds of [30, 60, 120, 240]) {
    for (const algorithm of ['SHA1', 'SHA256', 'SHA512']) {
      for (const digits of [6, 7, 8]) {
        const name = `${periodSeconds} s, ${algorithm}, ${digits} digits`
        const kind = { kind: 'totp', name, periodSeconds, algorithm, digits } as const
        const started = await engine.self.enrol({ token, client, ...kind })
        const told = new URL(started.uri).searchParams
        assert.equal(told.get('algorithm') ?? 'SHA1', algorithm)
        const phone = virtualAuthenticator(started.uri, clock)
        const confirmed = await engine.self.confirmAuthenticator({
          token,
          client,
          authenticatorId: started.id,
          code: phone.code(),
        })
        assert.ok(confirmed.ok && confirmed.signedIn, name)
        clock.wait(periodSeconds)
        const code = phone.code()
        assert.match(code, new RegExp(`^[0-9]{${digits}}$`))
        const ticket = await ticketOf(engine, person)
        token = tokenIn(await engine.login.code({ ticket, method: 'totp', code, ...client }))
        const used = (await engine.self.listAuthenticators({ token, client })).find(
          ({ id }) => id === started.id,
        )
        assert.equal(used?.lastUsedAt, clock.nowSeconds(), name)
      }
    }
  }
})

test('no other period, algorithm or number of digits can be enrolled', async (t) => {
  const { engine } = openEngine(t)
  const person = { accountId: 'app-user-1', kind: 'totp', name: 'phone' } as const
  const refused: object[] = [
    ...[0, 1, 15, 29, 31, 59, 90, 241, 300, -30, 30.5, Number.NaN].map((periodSeconds) => ({
      periodSeconds,
    })),
    ...[0, 4, 5, 9, 10, 6.5, -6].map((digits) => ({ digits })),
    ...['MD5', 'sha1', 'SHA-1', 'SHA384', '', '__proto__'].map((algorithm) => ({ algorithm })),
    ...['30', null, [30]].map((periodSeconds) => ({ periodSeconds })),
  ]
  for (const wish of refused) {
    await assert.rejects(
      engine.authenticators.enrol({ ...person, ...wish }),
      failsWith('AUTHENTICATOR_INVALID'),
      JSON.stringify(wish),
    )
  }
  assert.deepEqual(await engine.authenticators.list({ accountId: 'app-user-1' }), [])
})

/** Somebody else's implementation of RFC 6238, so that a mistake on both our sides cannot hide. */
test('oathtool is an authenticator like any other [R6]', needs('oathtool'), async (t) => {
  const { engine, clock } = openEngine(t)
  const accountId = 'app-user-1'
  for (const [algorithm, periodSeconds, digits] of [
    ['SHA1', 30, 6],
    ['SHA256', 60, 7],
    ['SHA512', 240, 8],
  ] as const) {
    const kind = { kind: 'totp', name: algorithm, algorithm, periodSeconds, digits } as const
    const started = await engine.authenticators.enrol({ accountId, ...kind })
    const oathtool = () =>
      execFileSync(
        'oathtool',
        [
          `--totp=${algorithm.toLowerCase()}`,
          `--digits=${digits}`,
          `--time-step-size=${periodSeconds}s`,
          `--now=@${clock.nowSeconds()}`,
          '--base32',
          '-',
        ],
        { input: started.secret, encoding: 'utf8' },
      ).trim()
    const target = { accountId, authenticatorId: started.id }
    const confirmed = await engine.authenticators.confirm({ ...target, code: oathtool() })
    assert.equal(confirmed.ok, true)
    clock.wait(periodSeconds)
    const outcome = await engine.verify({ accountId, code: oathtool() })
    assert.deepEqual(outcome, { ok: true, method: 'totp', authenticatorId: started.id })
  }
})
