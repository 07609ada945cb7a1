/** When the hash of a right password cannot be renewed at its sign-in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { hash } from '@node-rs/argon2'
import { EngineError, sqliteStore } from '@halfminute/engine'
import type { Store } from '@halfminute/engine'
import { failsWith, openEngine, PASSWORD } from './support.ts'

const login = { login: 'bob', password: PASSWORD }

/** Bob's account as an older version with a lower cost made it. */
async function oldAccount(t: TestContext, over: Partial<Store> = {}) {
  const real = sqliteStore(':memory:')
  const passwordHash = await hash(PASSWORD, { memoryCost: 64, timeCost: 1, parallelism: 1 })
  const event = { at: 1, kind: 'test', result: 'accepted', factor: null, source: null } as const
  const account = { id: 'bob', login: 'bob', loginKey: 'bob', passwordHash }
  await real.createAccount(account, { accountId: 'bob', ...event })
  const { engine } = openEngine(t, { store: { ...real, ...over } })
  return { engine, hashNow: async () => (await real.account('bob'))?.passwordHash, passwordHash }
}

test('a server too busy to hash again lets the right password in and tries next time [R28]', async (t) => {
  const rehashPassword = () => Promise.reject(new EngineError('BUSY'))
  const { engine, hashNow, passwordHash } = await oldAccount(t, { rehashPassword })
  assert.equal((await engine.login.password(login)).status, 'signed_in')
  assert.equal(await hashNow(), passwordHash)
})

test('a database that fails at it fails the sign-in [R48]', async (t) => {
  const down = new EngineError('STORE_UNAVAILABLE')
  const { engine } = await oldAccount(t, { rehashPassword: () => Promise.reject(down) })
  await assert.rejects(engine.login.password(login), failsWith('STORE_UNAVAILABLE'))
  const bug = new TypeError('a bug')
  const { engine: other } = await oldAccount(t, { rehashPassword: () => Promise.reject(bug) })
  await assert.rejects(other.login.password(login), bug)
})
