/** Tokens that count their codes (RFC 4226): enrolled, confirmed, signed in with, and set right again. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import { Hotp, parseUri } from '@halfminute/otp'
import { virtualAuthenticator, virtualToken } from '@halfminute/engine/testing'
import { oldDatabase } from './old-database.ts'
import {
  appPerson,
  client,
  failsWith,
  needs,
  openEngine,
  signedUpPerson,
  temporaryFolder,
  ticketOf,
  tokenIn,
} from './support.ts'
import type { Harness } from './support.ts'

const PLAIN = { ok: false, code: 'CODE_REFUSED' } as const
const NO_WAIT = { codeFailuresBeforeWait: 100, codeFailuresPerDay: 100, codeFailuresPerMonth: 100 }
const accountId = 'app-user-1'

/** Confirmed with its first code. */
async function tokenPerson({ engine }: Pick<Harness, 'engine'>, wish: object = {}) {
  const request = { kind: 'hotp', name: 'token', ...wish } as const
  const { id, uri } = await engine.authenticators.enrol({ accountId, ...request })
  const token = virtualToken(uri)
  const target = { accountId, authenticatorId: id }
  const confirmed = await engine.authenticators.confirm({ ...target, code: token.press() })
  assert.equal(confirmed.ok, true)
  const verify = (code: string) => engine.verify({ accountId, code })
  return { ...target, token, uri, verify }
}

test('each press signs in once, whatever the time [R9]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { authenticatorId, token, verify } = await tokenPerson(harness)
  for (const waited of [0, 1, 86_400, -86_400]) {
    harness.clock.wait(waited)
    const code = token.press()
    assert.deepEqual(await verify(code), { ok: true, method: 'totp', authenticatorId })
    assert.deepEqual(await verify(code), PLAIN)
  }
})

test('the code that confirmed it signs nobody in [R9]', async (t) => {
  const { token, verify } = await tokenPerson(openEngine(t))
  assert.deepEqual(await verify(token.codeAt(0)), PLAIN)
  assert.equal((await verify(token.codeAt(1))).ok, true)
})

test('fifty parallel sign-ins with one code are one [R9]', async (t) => {
  const { token, verify } = await tokenPerson(openEngine(t, { limits: NO_WAIT }))
  const code = token.press()
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => verify(code)))
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
})

/* Three codes are right at any time, as with a clock: so the odds of guessing are the same. */
test('two presses for nothing do no harm, three do [R7]', async (t) => {
  for (const idle of [0, 1, 2, 3, 20]) {
    const { token, verify } = await tokenPerson(openEngine(t))
    const outcome = await verify(token.codeAt(1 + idle))
    assert.equal(outcome.ok, idle <= 2, `${idle}`)
    if (!outcome.ok) assert.deepEqual(outcome, PLAIN)
  }
})

test('a code that was passed over is spent with those before it [R9]', async (t) => {
  const { token, verify } = await tokenPerson(openEngine(t, { limits: NO_WAIT }))
  assert.equal((await verify(token.codeAt(3))).ok, true)
  for (const counter of [1, 2, 3]) assert.deepEqual(await verify(token.codeAt(counter)), PLAIN)
  assert.equal((await verify(token.codeAt(4))).ok, true)
})

/* "You have pressed too often" would say that the six digits are a code that is still to come. */
test('a code from beyond is answered like a random one, and nothing is spent by it [R10]', async (t) => {
  const { token, verify } = await tokenPerson(openEngine(t, { limits: NO_WAIT }))
  for (let counter = 4; counter < 60; counter++) {
    assert.deepEqual(await verify(token.codeAt(counter)), PLAIN)
  }
  assert.equal((await verify(token.codeAt(1))).ok, true)
})

test('two codes in a row find it up to a hundred presses on [R9]', async (t) => {
  for (const [first, found] of [
    [1, true],
    [4, true],
    [100, true],
    [101, false],
  ] as const) {
    const harness = openEngine(t, { limits: NO_WAIT })
    const { token, verify, ...target } = await tokenPerson(harness)
    const pair = (counter: number) =>
      harness.engine.authenticators.resynchronise({
        ...target,
        codes: [token.codeAt(counter), token.codeAt(counter + 1)],
      })
    assert.deepEqual(await pair(first), found ? { ok: true } : PLAIN, `${first}`)
    if (!found) continue
    assert.deepEqual(await pair(first), PLAIN)
    assert.deepEqual(await pair(first + 1), PLAIN, 'the first of the two is spent')
    for (const spent of [first, first + 1]) {
      assert.deepEqual(await verify(token.codeAt(spent)), PLAIN)
    }
    assert.equal((await verify(token.codeAt(first + 2))).ok, true)
  }
})

test('a token whose button was pressed before is confirmed, and goes on from there', async (t) => {
  const { engine } = openEngine(t, { limits: NO_WAIT })
  const { id, uri } = await engine.authenticators.enrol({ accountId, kind: 'hotp', name: 'token' })
  const token = virtualToken(uri)
  const confirm = (code: string) =>
    engine.authenticators.confirm({ accountId, authenticatorId: id, code })
  assert.deepEqual(await confirm(token.codeAt(21)), PLAIN)
  assert.equal((await confirm(token.codeAt(20))).ok, true)
  assert.equal((await engine.verify({ accountId, code: token.codeAt(20) })).ok, false)
  assert.equal((await engine.verify({ accountId, code: token.codeAt(21) })).ok, true)
})

test('beside a phone each is known by its own codes, and spends nothing of the other [R9]', async (t) => {
  const harness = openEngine(t, { limits: NO_WAIT })
  const { engine, clock } = harness
  const { authenticatorId, phone } = await appPerson(harness)
  const { id, uri } = await engine.authenticators.enrol({ accountId, kind: 'hotp', name: 'token' })
  const token = virtualToken(uri)
  await engine.authenticators.confirm({ accountId, authenticatorId: id, code: token.press() })
  clock.wait(3_000)
  for (const [code, whose] of [
    [token.press(), id],
    [phone.code(), authenticatorId],
    [token.press(), id],
  ] as const) {
    const right = { ok: true, method: 'totp', authenticatorId: whose }
    assert.deepEqual(await engine.verify({ accountId, code }), right)
  }
  const late = await engine.verify({ accountId, code: phone.code(-5) })
  assert.deepEqual(late, PLAIN, 'older than the last one used')
  const listed = (await engine.authenticators.list({ accountId })).map(
    ({ kind, name }) => kind + name,
  )
  assert.deepEqual(listed.toSorted(), ['hotptoken', 'totpphone'])
})

test('a person signs in with it, and reads when it was used last', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { token } = person
  const started = await engine.self.enrol({ token, client, kind: 'hotp', name: 'token', digits: 8 })
  const button = virtualToken(started.uri)
  const target = { token, client, authenticatorId: started.id }
  const confirmed = await engine.self.confirmAuthenticator({ ...target, code: button.press() })
  assert.ok(confirmed.ok && confirmed.signedIn)
  clock.wait(1_000)
  const ticket = await ticketOf(engine, person)
  const signedIn = await engine.login.code({
    ticket,
    method: 'totp',
    code: button.press(),
    ...client,
  })
  const listed = await engine.self.listAuthenticators({ token: tokenIn(signedIn), client })
  const used = listed.find(({ kind }) => kind === 'hotp')
  assert.deepEqual([used?.name, used?.lastUsedAt], ['token', clock.nowSeconds()])
})

test('its address says where to count from, and its warnings who cannot', async (t) => {
  const { engine } = openEngine(t)
  const wish = { kind: 'hotp', name: 'token', digits: 7, algorithm: 'SHA256' } as const
  const started = await engine.authenticators.enrol({ accountId, ...wish })
  const hotp = parseUri(started.uri)
  assert.ok(hotp instanceof Hotp)
  assert.deepEqual([hotp.counter, hotp.digits, hotp.algorithm.name], [0, 7, 'SHA256'])
  assert.equal(hotp.secret.base32, started.secret)
  assert.match(started.warnings[0] ?? '', /take no codes that count/)
  assert.throws(() => virtualAuthenticator(started.uri, { nowSeconds: () => 0 }), TypeError)
})

test('a counter has no period, and no other kind is made', async (t) => {
  const { engine } = openEngine(t)
  for (const wish of [
    { kind: 'hotp', periodSeconds: 30 },
    { kind: 'hotp', digits: 5 },
    { kind: 'hotp', algorithm: 'MD5' },
    { kind: 'steam' },
    { kind: undefined },
  ]) {
    const request = { accountId, name: 'token', ...wish } as never
    await assert.rejects(engine.authenticators.enrol(request), failsWith('AUTHENTICATOR_INVALID'))
  }
})

test('authenticators of a version before keep everything, and none is lost', async (t) => {
  const path = join(temporaryFolder(t), 'old.db')
  const old = await oldDatabase(path, '0004-pools')
  const columns = {
    account_id: 'ada',
    kind: 'totp',
    name: 'phone',
    algorithm: 'SHA256',
    digits: 8,
    period_seconds: 60,
    key_id: 'key-1',
    sealed_secret: Uint8Array.of(0, 128, 255),
    created_at: 7,
  }
  const rows = [
    {
      ...columns,
      id: 'a',
      state: 'active',
      spent_step: 2 ** 40,
      last_used_at: 9,
      expires_at: null,
    },
    { ...columns, id: 'b', state: 'pending', spent_step: -1, last_used_at: null, expires_at: 99 },
  ].map((row, nth) => ({ ...row, consecutive_failures: nth }))
  for (const row of rows) {
    const names = Object.keys(row)
    const marks = names.map(() => '?').join()
    old
      .prepare(`insert into authenticators (${names.join()}) values (${marks})`)
      .run(...Object.values(row))
  }
  old.close()
  const store = sqliteStore(path)
  t.after(() => store.close())
  await store.ready()
  const common = {
    accountId: 'ada',
    kind: 'totp',
    name: 'phone',
    algorithm: 'SHA256',
    digits: 8,
    periodSeconds: 60,
    driftSteps: 0,
    keyId: 'key-1',
    sealedSecret: Uint8Array.of(0, 128, 255),
    createdAt: 7,
  }
  const active = { state: 'active', spentStep: 2 ** 40, lastUsedAt: 9, expiresAt: null }
  const pending = { state: 'pending', spentStep: -1, lastUsedAt: null, expiresAt: 99 }
  assert.deepEqual(await store.authenticators('ada', 8), [
    { ...common, id: 'a', ...active, consecutiveFailures: 0 },
    { ...common, id: 'b', ...pending, consecutiveFailures: 1 },
  ])
})

/** Somebody else's implementation of RFC 4226, so that a mistake on both our sides cannot hide. */
test('oathtool is a token like any other [R6]', needs('oathtool'), async (t) => {
  const { engine } = openEngine(t)
  for (const digits of [6, 7, 8] as const) {
    const wish = { kind: 'hotp', name: `${digits}`, digits } as const
    const started = await engine.authenticators.enrol({ accountId, ...wish })
    const oathtool = (counter: number) =>
      execFileSync(
        'oathtool',
        ['--hotp', `--digits=${digits}`, `--counter=${counter}`, '--base32', '-'],
        { input: started.secret, encoding: 'utf8' },
      ).trim()
    const target = { accountId, authenticatorId: started.id }
    assert.equal((await engine.authenticators.confirm({ ...target, code: oathtool(0) })).ok, true)
    for (const counter of [1, 2]) {
      const right = { ok: true, method: 'totp', authenticatorId: started.id }
      assert.deepEqual(await engine.verify({ accountId, code: oathtool(counter) }), right)
    }
  }
})
