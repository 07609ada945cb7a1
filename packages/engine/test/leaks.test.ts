/**
 * Where secrets must not stand. One account lives a whole life; every value that is nobody else's business is
 * then searched for in the database's files, the events, the answers and the errors.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { inspect } from 'node:util'
import { formatKeyring, keyringOf, sqliteStore } from '@halfminute/engine'
import { Secret } from '@halfminute/otp'
import {
  client,
  countingRandom,
  openEngine,
  signedUpPerson,
  temporaryFolder,
  ticketOf,
  tokenIn,
  wrongCode,
} from './support.ts'

const CANARY_PASSWORD = 'canary-password-typed-wrong'
const CANARY_TOKEN = `${'canary-token-'.repeat(4).slice(0, 43)}.canary-account`

/** What everybody may see afterwards, and what nobody may. */
async function wholeLife(t: TestContext) {
  const folder = temporaryFolder(t)
  const store = sqliteStore(join(folder, 'accounts.db'))
  const key = countingRandom('key')(32)
  const keyring = keyringOf(key)
  const random = countingRandom('leaks')
  const harness = openEngine(t, { store, keyring, random, trustedBrowserDays: 30 })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { accountId, login, password, phone } = person
  const secret = Secret.fromBase32(person.secret)

  const seen: unknown[] = []
  const codes: string[] = [phone.code()]
  const tokens: string[] = [person.token]
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      seen.push(await work())
    } catch (error) {
      seen.push(error)
    }
  }

  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  tokens.push(ticket)
  const wrong = wrongCode(phone)
  codes.push(wrong, phone.code())
  const enter = (code: unknown) =>
    engine.login.code({ ticket, method: 'totp', code, trustBrowser: true, ...client })
  await attempt(() => enter(wrong))
  const full = await enter(phone.code())
  const token = tokenIn(full)
  const trust = ('trust' in full ? full.trust : undefined) ?? ''
  const byTrust = await engine.login.password({ login, password, trust, ...client })
  assert.ok(byTrust.status === 'signed_in' && byTrust.trust !== undefined)
  tokens.push(token, trust, trust.slice(43), byTrust.token, byTrust.trust, byTrust.trust.slice(43))
  const bearer = { token, client }
  const [recoveryCode = ''] = person.recoveryCodes
  await attempt(() => engine.verify({ accountId, method: 'recovery', code: recoveryCode }))
  await attempt(() => engine.verify({ accountId, method: 'recovery', code: recoveryCode }))
  await attempt(() => engine.verify({ accountId, code: wrong }))
  await attempt(() => engine.login.password({ login, password: CANARY_PASSWORD, ...client }))
  await attempt(() =>
    engine.login.password({ login: 'nobody', password: CANARY_PASSWORD, ...client }),
  )
  await attempt(() => engine.login.register({ login, password: CANARY_PASSWORD, ...client }))
  await attempt(() => engine.login.register({ login: 'a:b', password: CANARY_PASSWORD, ...client }))
  await attempt(() =>
    engine.login.register({ login: 'x', password: CANARY_PASSWORD.repeat(50), ...client }),
  )
  await attempt(() =>
    engine.login.code({ ticket: CANARY_TOKEN, method: 'totp', code: wrong, ...client }),
  )
  await attempt(() => engine.self.session({ token: CANARY_TOKEN, client }))
  await attempt(() => engine.self.session(bearer))
  await attempt(() => engine.self.listSessions(bearer))
  await attempt(() => engine.self.listTrustedBrowsers(bearer))
  await attempt(() => engine.self.listAuthenticators(bearer))
  await attempt(() => engine.self.events(bearer))
  await attempt(() => engine.self.recoveryCodesLeft(bearer))
  await attempt(() => engine.self.pendingEnrolment({ ...bearer, ...person }))
  await attempt(() => engine.self.confirmAuthenticator({ ...bearer, ...person, code: wrong }))
  await attempt(() => engine.self.reauthenticate({ ...bearer, password: CANARY_PASSWORD }))
  await attempt(() => engine.self.changePassword({ ...bearer, newPassword: 'short' }))
  await attempt(() => engine.self.endSession({ ...bearer, sessionId: token }))
  await attempt(() => engine.authenticators.confirm({ ...person, code: wrong }))
  const unkeyed = openEngine(t, { store, clock })
  await attempt(() => unkeyed.engine.ready())
  await attempt(() => unkeyed.engine.verify({ accountId, code: phone.code(1) }))

  const hex = Buffer.from(key).toString('hex')
  const secrets = {
    password: [password, CANARY_PASSWORD],
    secret: [person.secret, secret.hex, secret.base32.toLowerCase(), 'otpauth:'],
    key: [formatKeyring(keyring).split('\n')[2] ?? '', hex],
    codes,
    recoveryCodes: person.recoveryCodes.flatMap((code) => [code, code.replaceAll('-', '')]),
    tokens: [...tokens, CANARY_TOKEN].flatMap((one) => [one, one.slice(0, 43)]),
  }
  return { folder, engine, accountId, seen, secrets, bytes: [secret.bytes, key] }
}

test('the database files show no password, secret, key, code or token [R3 R19 R30 R44]', async (t) => {
  const { folder, engine, secrets, bytes } = await wholeLife(t)
  const files = () =>
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const)
  const whileOpen = files()
  assert.ok(whileOpen.some(([name, content]) => name.endsWith('-wal') && content.length > 100_000))
  await engine.close()
  const closed = files()
  assert.deepEqual(
    closed.map(([name]) => name),
    ['accounts.db'],
  )
  for (const [name, content] of [...whileOpen, ...closed]) {
    for (const [kind, values] of Object.entries(secrets)) {
      for (const value of values) {
        assert.ok(value.length >= 6, kind)
        assert.equal(content.includes(value), false, `${kind} in ${name}`)
      }
    }
    for (const raw of bytes) assert.equal(content.includes(Buffer.from(raw)), false, name)
  }
})

/** What an operator's log would hold: `JSON.stringify` and `console.log` of all that was answered and thrown. */
test('answers, errors and events show no password, secret, key, code or token [R44]', async (t) => {
  const { engine, accountId, seen, secrets } = await wholeLife(t)
  const errors = seen.filter((one) => one instanceof Error)
  assert.ok(errors.length >= 8 && seen.length - errors.length >= 10)
  const events = await engine.events({ accountId, limit: 1_000 })
  const shown = [...seen, events].flatMap((one) => [
    JSON.stringify(one) ?? '',
    inspect(one, { depth: 20, showHidden: true }),
    one instanceof Error ? `${one.stack} ${inspect(one.cause, { depth: 20 })}` : '',
  ])
  for (const text of shown) {
    for (const [kind, values] of Object.entries(secrets)) {
      for (const value of values) {
        assert.equal(text.includes(value), false, `${kind} in ${text.slice(0, 200)}`)
      }
    }
  }
})

/** A search that finds nothing proves something only if it finds what is there. */
test('the search finds what does stand in the database', async (t) => {
  const { folder, accountId, engine } = await wholeLife(t)
  await engine.close()
  const content = readFileSync(join(folder, 'accounts.db'))
  for (const value of [accountId, 'ada@example.com', '$argon2id$', client.source]) {
    assert.equal(content.includes(value), true, value)
  }
})
