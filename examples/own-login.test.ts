/** The example does what its page says: enrol, then password and code, each code once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEngine, generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import { ownLogin } from './own-login.ts'

test('an app with its own users adds a second factor, and a code signs in once', async () => {
  const clock = fixedClock()
  const keyring = generateKeyring(systemRandom)
  const engine = createEngine({ store: sqliteStore(':memory:'), keyring, issuer: 'ACME', clock })
  const app = ownLogin(engine)
  const password = { name: 'ada', password: 'correct horse battery staple' }

  const [, first] = await app('/login', password)
  assert.ok('session' in first, 'without a phone the password is enough')
  const [, started] = await app('/phone', { session: first.session })
  assert.ok('uri' in started && 'id' in started)
  const phone = virtualAuthenticator(String(started.uri), clock)
  const confirmation = { session: first.session, id: started.id, code: phone.code() }
  assert.equal((await app('/phone/confirm', confirmation))[0], 200)

  clock.wait(30)
  const [, half] = await app('/login', password)
  assert.ok('half' in half && !('session' in half), 'now the password is only half')
  const code = phone.code()
  assert.equal((await app('/login/code', { half: half.half, code }))[0], 200)
  const [, again] = await app('/login', password)
  assert.ok('half' in again)
  assert.equal((await app('/login/code', { half: again.half, code }))[0], 401)
  await engine.close()
})
