/** The one way to a session: no second gate, no way round it, and closed when anything fails. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createEngine, sqliteStore } from '@halfminute/engine'
import type { Account, Store } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import {
  client,
  hasSession,
  openEngine,
  PASSWORD,
  signedUpPerson,
  temporaryFolder,
  ticketOf,
} from './support.ts'
import type { Ports } from '../src/ports.ts'
import { establishSession } from '../src/sessions.ts'
/** A session of aal 1 that was opened while the owner was enrolling elsewhere must not outlive that. */
test('a session of the password alone is worth nothing once there is a second factor [R39]', async (t) => {
  const { engine, clock, store } = openEngine(t)
  const login = 'ada@example.com'
  const { session, token } = await engine.login.register({ login, password: PASSWORD, ...client })
  const accountId = session.account.id
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
  const code = virtualAuthenticator(started.uri, clock).code()
  // Sign-ins by password race the confirmation: each of them must lose or be ended by it.
  const attempts = Array.from({ length: 8 }, () =>
    engine.login.password({ login, password: PASSWORD, ...client }),
  )
  const confirmed = engine.authenticators.confirm({ accountId, authenticatorId: started.id, code })
  const outcomes = await Promise.all(attempts)
  assert.ok((await confirmed).ok)
  for (const outcome of outcomes) {
    if (outcome.status === 'signed_in') {
      assert.equal(await hasSession(engine, outcome.token), false)
    }
  }
  assert.equal(await hasSession(engine, token), false)
  assert.deepEqual(await store.sessions(accountId, clock.nowSeconds(), 3_600), [])
})

/** The gate does not trust its callers: a way in that forgot to ask for the code gets no session from it. */
test('the gate gives no session below aal 2 to an account with a second factor [R39]', async () => {
  const account: Account = {
    id: 'ada',
    login: 'ada',
    passwordHash: null,
    passwordVersion: 1,
    hasSecondFactor: true,
    passwordSuspectSince: null,
    adminSince: null,
    enrolUntil: null,
  }
  let settled = 0
  const signedIn = await establishSession(
    {} as Ports,
    {
      account,
      proven: { aal: 1, amr: ['pwd'], authTime: 0 },
      kind: 'sign-in',
      factor: 'password',
      client,
    },
    () => Promise.resolve(++settled > 0),
  )
  assert.deepEqual([signedIn, settled], [undefined, 0])
})

/** Should such a session stand in the database all the same, it opens nothing. */
test('a stored session below aal 2 is none once there is a second factor [R39]', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const harness = openEngine(t, { store: sqliteStore(path) })
  const { token } = await signedUpPerson(harness)
  assert.equal(await hasSession(harness.engine, token), true)
  const db = new DatabaseSync(path)
  db.exec("update sessions set aal = 1, amr = 'pwd'")
  db.close()
  assert.equal(await hasSession(harness.engine, token), false)
})

/** A second place that writes sessions would be a second gate, with rules of its own. */
test('only the gate makes sessions [R39]', () => {
  const source = fileURLToPath(new URL('../src/', import.meta.url))
  const files = globSync('*.ts', { cwd: source })
  assert.ok(files.length > 15)
  const makers = files.filter((file) => {
    const text = readFileSync(`${source}/${file}`, 'utf8')
    return /store\.grantSession\(|tokenHash \}/.test(text)
  })
  assert.deepEqual(makers, ['sessions.ts'])
})

/**
 * A database that fails in the middle must never mean "let them in". Each decision of the store fails in
 * turn while somebody signs in with right and with wrong codes.
 */
test('a store that fails refuses [R48]', async (t) => {
  const harness = openEngine(t, {
    limits: { codeFailuresPerDay: 1_000, codeFailuresPerMonth: 1_000, triesPerTicket: 1_000 },
  })
  const { store, keyring, clock } = harness
  const person = await signedUpPerson(harness)
  const down = new Error('the database is down')
  const names = Object.keys(store).filter((name) => name !== 'close') as (keyof Store)[]
  const stopped: string[] = []
  for (const name of names) {
    clock.wait(60)
    const failing = { ...store, [name]: () => Promise.reject(down) }
    const engine = createEngine({ store: failing, keyring, issuer: 'ACME', clock })
    const ticket = await ticketOf(harness.engine, person)
    const before = await store.sessions(person.accountId, clock.nowSeconds(), 1e6)
    const attempts = [
      () => engine.login.code({ ticket, method: 'totp', code: person.phone.code(), ...client }),
      () => engine.verify({ accountId: person.accountId, code: person.phone.code(1) }),
      () => engine.self.session({ token: person.token, client }),
    ]
    for (const [at, attempt] of attempts.entries()) {
      try {
        assert.ok(!('code' in (await attempt())), `${name}: refused without a failure`)
      } catch (error) {
        if (error !== down) throw error
        stopped.push(`${name} ${at}`)
      }
    }
    const after = await store.sessions(person.accountId, clock.nowSeconds(), 1e6)
    if (stopped.includes(`${name} 0`)) assert.equal(after.length, before.length, name)
  }
  assert.deepEqual(stopped.filter((one) => one.endsWith('0')).toSorted(), [
    'adoptKeys 0',
    'authenticators 0',
    'countTry 0',
    'grantSession 0',
    'keyIds 0',
    'ready 0',
    'recoveryCodesLeft 0',
    'ticketAccount 0',
  ])
  assert.deepEqual(stopped.filter((one) => one.endsWith('1')).toSorted(), [
    'authenticators 1',
    'countTry 1',
    'spendStep 1',
  ])
})
