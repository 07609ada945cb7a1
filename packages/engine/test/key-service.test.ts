/** A vault of somebody else's making in place of keys at hand: a key service, as far as the engine sees. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createEngine,
  DEFAULT_LIMITS,
  EngineError,
  generateKeyring,
  sqliteStore,
  systemRandom,
} from '@halfminute/engine'
import type { Sealed, Vault } from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import { keyringVault } from '../src/vault.ts'
import { client, signedUpPerson, ticketOf } from './support.ts'

/** Keeps its keys to itself, answers late, and may be out of reach. */
function keyService() {
  const inner = keyringVault(generateKeyring(systemRandom), systemRandom)
  const asked: string[] = []
  let reachable = true
  const answer = async <Value>(what: string, work: () => Promise<Value>): Promise<Value> => {
    asked.push(what)
    await new Promise(setImmediate)
    if (!reachable) throw new EngineError('VAULT_UNREADABLE', { detail: 'the key service is away' })
    return work()
  }
  const vault: Vault = {
    keyIds: inner.keyIds,
    seal: (plain, context) => answer('seal', () => inner.seal(plain, context)),
    open: (sealed: Sealed, context) => answer('open', () => inner.open(sealed, context)),
  }
  return { vault, asked, setReachable: (value: boolean) => (reachable = value) }
}

test('a key service stands in for the key ring, and while it is away every code is refused [R5 R48]', async (t) => {
  const service = keyService()
  const clock = fixedClock()
  const store = sqliteStore(':memory:')
  const engine = createEngine({ store, keyring: service.vault, issuer: 'ACME', clock })
  t.after(() => engine.close())
  const accountId = 'user-1'
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const first = { accountId, authenticatorId: started.id, code: phone.code() }
  assert.ok((await engine.authenticators.confirm(first)).ok)
  assert.equal(service.asked[0], 'seal')
  clock.wait(30)
  const code = phone.code()
  service.setReachable(false)
  // Nobody's fault: however often it is tried meanwhile, nothing of it counts.
  for (let nth = 0; nth < 120; nth++) {
    await assert.rejects(engine.verify({ accountId, code }), { code: 'VAULT_UNREADABLE' })
  }
  service.setReachable(true)
  assert.equal((await engine.verify({ accountId, code })).ok, true)
  assert.equal((await engine.verify({ accountId, code })).ok, false)
})

test('checks that the absent key service stopped leave a ticket its tries [R14]', async (t) => {
  const service = keyService()
  const clock = fixedClock()
  const store = sqliteStore(':memory:')
  const engine = createEngine({ store, keyring: service.vault, issuer: 'ACME', clock })
  t.after(() => engine.close())
  const person = await signedUpPerson({ engine, clock })
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const right = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
  service.setReachable(false)
  for (let nth = 0; nth < DEFAULT_LIMITS.triesPerTicket; nth++) {
    await assert.rejects(engine.login.code(right), { code: 'VAULT_UNREADABLE' })
  }
  service.setReachable(true)
  assert.equal((await engine.login.code(right)).status, 'signed_in')
})
