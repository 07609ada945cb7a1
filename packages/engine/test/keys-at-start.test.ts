/** A database is opened with the keys it was made with, or not at all. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import {
  createEngine,
  generateKeyring,
  keyringOf,
  sqliteStore,
  systemRandom,
} from '@halfminute/engine'
import type { Keyring } from '@halfminute/engine'
import { fixedClock } from '@halfminute/engine/testing'
import { appPerson, failsWith, openEngine, temporaryFolder } from './support.ts'

const [one, other] = [systemRandom(32), systemRandom(32)]

/** A path, and starts of a server there; each is stopped again. */
function startsAt(t: TestContext) {
  const path = join(temporaryFolder(t), 'accounts.db')
  const start = async (keyring: Keyring) => {
    const store = sqliteStore(path)
    const engine = createEngine({ store, keyring, issuer: 'ACME', clock: fixedClock() })
    try {
      await engine.ready()
    } finally {
      await engine.close()
    }
  }
  return { path, start }
}

test('the same key starts again, and so does a ring that holds it [R5]', async (t) => {
  const { start } = startsAt(t)
  await start(keyringOf(one))
  await start(keyringOf(one))
  await start(keyringOf(other, one))
  await start(keyringOf(one, other))
})

/** A service that starts with a new key seals new secrets nobody can read later, and refuses old phones. */
test('a database whose key is gone stops the start and stays as it was [R5 R48]', async (t) => {
  const { path, start } = startsAt(t)
  await start(keyringOf(one))
  const before = readFileSync(path)
  await assert.rejects(start(keyringOf(other)), failsWith('KEY_MISSING'))
  await assert.rejects(start(generateKeyring(systemRandom)), failsWith('KEY_MISSING'))
  assert.deepEqual(readFileSync(path), before)
  await start(keyringOf(one))
})

test('every key that ever sealed must be there [R5]', async (t) => {
  const { start } = startsAt(t)
  await start(keyringOf(one))
  await start(keyringOf(other, one))
  await assert.rejects(start(keyringOf(other)), failsWith('KEY_MISSING'))
  await assert.rejects(start(keyringOf(one)), failsWith('KEY_MISSING'))
})

/** An app that never calls `ready` must not get round the check. */
test('enrolling checks the keys by itself [R5]', async (t) => {
  const harness = openEngine(t)
  await appPerson(harness)
  const wrong = openEngine(t, { store: harness.store })
  const request = { accountId: 'app-user-2', kind: 'totp', name: 'phone' } as const
  await assert.rejects(wrong.engine.authenticators.enrol(request), failsWith('KEY_MISSING'))
  assert.deepEqual(await wrong.engine.authenticators.list(request), [])
})

/** Under a wrong key no code can be checked, so none is accepted. */
test('with the wrong key every code is refused by an error [R48]', async (t) => {
  const harness = openEngine(t)
  const { accountId, phone } = await appPerson(harness)
  const wrong = openEngine(t, { store: harness.store, clock: harness.clock })
  harness.clock.wait(30)
  const attempt = wrong.engine.verify({ accountId, code: phone.code() })
  await assert.rejects(attempt, failsWith('VAULT_UNREADABLE'))
})

test('a start that failed can be tried again', async (t) => {
  const store = sqliteStore(':memory:')
  let down = true
  const shaky: typeof store = {
    ...store,
    keyIds: () => (down ? Promise.reject(new Error('down')) : store.keyIds()),
  }
  const { engine } = openEngine(t, { store: shaky })
  await assert.rejects(engine.ready(), /down/)
  down = false
  await engine.ready()
})

test('an issuer that a URI cannot hold is refused at once', () => {
  const keyring = keyringOf(one)
  for (const issuer of ['', '  ', 'AC:ME', 'AC\nME', '\0']) {
    const make = () => createEngine({ store: sqliteStore(':memory:'), keyring, issuer })
    assert.throws(make, { name: 'RangeError', message: /issuer/ })
  }
})
