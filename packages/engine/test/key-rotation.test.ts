/** Keys change while sign-ins go on, and no secret is ever without a key that opens it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import {
  createEngine,
  generateKeyring,
  keyringOf,
  reloadingKeyring,
  systemRandom,
  withNewKey,
  withoutKeys,
} from '@halfminute/engine'
import type { Keyring, Store } from '@halfminute/engine'
import { fixedClock } from '@halfminute/engine/testing'
import { keyringVault } from '../src/vault.ts'
import { appPerson, client, failsWith, openEngine, signedUpPerson, signIn } from './support.ts'
import type { Harness } from './support.ts'

/** Engines on one database: what a server does and what the rotation does beside it. */
async function opened(t: TestContext, people: number) {
  const file = { ring: generateKeyring(systemRandom) }
  const clock = fixedClock()
  const keyring = reloadingKeyring(file.ring, () => file.ring, clock)
  const server = { ...openEngine(t, { keyring, clock }), clock }
  const persons = []
  for (let at = 0; at < people; at++) persons.push(await appPerson(server, `user-${at}`))
  const beside = (ring: Keyring, store: Store = server.store) =>
    createEngine({ store, keyring: ring, issuer: 'ACME', clock })
  return { file, server, persons, beside }
}

async function everySignInPasses(
  { engine, clock }: Pick<Harness, 'engine' | 'clock'>,
  persons: readonly Awaited<ReturnType<typeof appPerson>>[],
): Promise<void> {
  clock.wait(30)
  for (const { accountId, phone } of persons) {
    const outcome = await engine.verify({ accountId, code: phone.code() })
    assert.equal(outcome.ok, true, accountId)
  }
}

const idsOf = (ring: Keyring) => ring.keys.map(({ id }) => id)

test('rotate, drop the old key, and every sign-in passes, without a restart and after one [R4]', async (t) => {
  const { file, server, persons, beside } = await opened(t, 3)
  const person = await signedUpPerson(server)
  const [old = ''] = idsOf(file.ring)
  file.ring = withNewKey(file.ring, systemRandom)
  const [fresh = ''] = idsOf(file.ring)
  const operator = beside(file.ring)
  assert.deepEqual(await operator.keys.reseal(), { moved: 4, unreadable: 0 })
  assert.deepEqual(await operator.keys.usage(), [{ keyId: fresh, count: 4 }])
  await everySignInPasses(server, persons)
  await signIn(server, person)

  assert.equal(await operator.keys.retire(old), true)
  file.ring = withoutKeys(file.ring, [old])
  await everySignInPasses(server, persons)
  const restarted = { engine: beside(file.ring), clock: server.clock }
  await restarted.engine.ready()
  await everySignInPasses(restarted, persons)
})

test('sign-ins that go on during a rotation all pass, and each secret is moved once [R4]', async (t) => {
  const { file, server, persons, beside } = await opened(t, 12)
  file.ring = withNewKey(file.ring, systemRandom)
  const progress = { moved: 0, over: false }
  const rotation = beside(file.ring)
    .keys.reseal((moved) => (progress.moved = moved))
    .finally(() => (progress.over = true))
  let during = 0
  while (!progress.over) {
    server.clock.wait(30)
    for (const { accountId, phone } of persons) {
      const outcome = await server.engine.verify({ accountId, code: phone.code() })
      assert.equal(outcome.ok, true, `${accountId}, ${progress.moved} moved`)
      if (progress.moved > 0 && progress.moved < persons.length) during++
    }
  }
  assert.ok(during > 0)
  assert.deepEqual(await rotation, { moved: 12, unreadable: 0 })
  await everySignInPasses(server, persons)
})

test('stopped after any secret, a rotation is finished by another run [R4]', async (t) => {
  const people = 5
  for (let stopAfter = 0; stopAfter <= people; stopAfter++) {
    const { file, server, persons, beside } = await opened(t, people)
    file.ring = withNewKey(file.ring, systemRandom)
    let left = stopAfter
    const dying: Store = {
      ...server.store,
      resealAuthenticator: async (reseal) => {
        if (left-- === 0) throw new Error('killed')
        return server.store.resealAuthenticator(reseal)
      },
    }
    const first = beside(file.ring, dying).keys.reseal()
    if (stopAfter < people) await assert.rejects(first, /killed/)
    else await first
    const usage = await server.store.sealedByKey()
    const moved = usage.find(({ keyId }) => keyId === idsOf(file.ring)[0])?.count ?? 0
    assert.equal(moved, stopAfter)
    await everySignInPasses(server, persons)
    const second = await beside(file.ring).keys.reseal()
    assert.deepEqual(second, { moved: people - stopAfter, unreadable: 0 })
    await everySignInPasses(server, persons)
  }
})

test('two rotations at once move each secret once between them [R4]', async (t) => {
  const { file, server, persons, beside } = await opened(t, 30)
  file.ring = withNewKey(file.ring, systemRandom)
  const both = [beside(file.ring), beside(file.ring)].map((engine) => engine.keys.reseal())
  const outcomes = await Promise.all(both)
  assert.equal(
    outcomes.reduce((sum, { moved }) => sum + moved, 0),
    30,
  )
  await everySignInPasses(server, persons)
})

test('a moved secret stays bound to its row [R3 R4]', async (t) => {
  const { file, server, persons, beside } = await opened(t, 2)
  file.ring = withNewKey(file.ring, systemRandom)
  await beside(file.ring).keys.reseal()
  const vault = keyringVault(file.ring, systemRandom)
  const [one, other] = persons
  assert.ok(one && other)
  const [row] = await server.store.authenticators(one.accountId, server.clock.nowSeconds())
  assert.ok(row)
  const box = { keyId: row.keyId, box: row.sealedSecret }
  const contextOf = (person: typeof one) =>
    `halfminute/totp/${person.accountId}/${person.authenticatorId}`
  assert.equal((await vault.open(box, contextOf(one))).length, 20)
  await assert.rejects(vault.open(box, contextOf(other)), failsWith('VAULT_UNREADABLE'))
})

test('what no key opens is counted and left alone, and its key is not retired [R4]', async (t) => {
  const { file, server, persons, beside } = await opened(t, 3)
  const [old = ''] = idsOf(file.ring)
  file.ring = withNewKey(file.ring, systemRandom)
  const broken: Store = {
    ...server.store,
    sealedOtherwise: async (search) =>
      (await server.store.sealedOtherwise(search)).map((row) =>
        row.accountId === 'user-1' ? { ...row, sealedSecret: new Uint8Array(48) } : row,
      ),
  }
  const operator = beside(file.ring, broken)
  assert.deepEqual(await operator.keys.reseal(), { moved: 2, unreadable: 1 })
  assert.equal(await operator.keys.retire(old), false)
  await everySignInPasses(server, persons)
})

test('after a rotation a running server seals with the new key, and it is on record [R4]', async (t) => {
  const { file, server, beside } = await opened(t, 1)
  const [old = ''] = idsOf(file.ring)
  file.ring = withNewKey(file.ring, systemRandom)
  server.clock.wait(5)
  await appPerson(server, 'late')
  const [fresh = ''] = idsOf(file.ring)
  assert.deepEqual((await server.store.keyIds()).toSorted(), [fresh, old].toSorted())
  assert.deepEqual(await beside(file.ring).keys.reseal(), { moved: 1, unreadable: 0 })
})

/** Its next start would not have the key that sealed it. */
test('a server that still holds a retired key cannot seal with it [R4]', async (t) => {
  const { file, server, beside } = await opened(t, 1)
  const stale = beside(file.ring)
  await stale.ready()
  const [old = ''] = idsOf(file.ring)
  const next = withNewKey(file.ring, systemRandom)
  const operator = beside(next)
  await operator.keys.reseal()
  assert.equal(await operator.keys.retire(old), true)
  const enrol = { accountId: 'late', kind: 'totp', name: 'phone' } as const
  await assert.rejects(
    stale.authenticators.enrol({ ...enrol, ...client }),
    failsWith('KEY_MISSING'),
  )
  assert.deepEqual(await server.store.authenticators('late', 0), [])
})

test('a ring reads again for a key it lacks at once, and for the same one every five seconds', () => {
  const clock = fixedClock()
  let reads = 0
  const one = generateKeyring(systemRandom)
  const two = withNewKey(one, systemRandom)
  let now = one
  const ring = reloadingKeyring(one, () => (reads++, now), clock)
  ring.refresh?.()
  assert.equal(reads, 0, 'what was just read is new')
  ring.refresh?.('lost')
  ring.refresh?.('lost')
  assert.equal(reads, 1)
  now = two
  ring.refresh?.(idsOf(two)[0])
  assert.deepEqual([reads, idsOf(ring)], [2, idsOf(two)])
  clock.wait(4)
  ring.refresh?.('lost')
  assert.equal(reads, 2)
  clock.wait(1)
  ring.refresh?.('lost')
  ring.refresh?.()
  assert.equal(reads, 4)
  clock.wait(-100)
  ring.refresh?.()
  assert.equal(reads, 5, 'a clock that went back does not stop it')
})

test('a file that cannot be read leaves the keys as they are, and a ring without a source has no more', async () => {
  const clock = fixedClock()
  const first = generateKeyring(systemRandom)
  const ring = reloadingKeyring(first, () => assert.fail('unreadable'), clock)
  const vault = keyringVault(ring, systemRandom)
  clock.wait(60)
  const sealed = await vault.seal(Uint8Array.of(1), 'row')
  assert.deepEqual(await vault.open(sealed, 'row'), Uint8Array.of(1))
  const unknown = { ...sealed, keyId: 'lost' }
  for (const own of [vault, keyringVault(first, systemRandom)]) {
    await assert.rejects(own.open(unknown, 'row'), failsWith('VAULT_UNREADABLE'))
  }
})

test('keys are added in front and taken away by id, never the last one', () => {
  const first = keyringOf(systemRandom(32))
  const both = withNewKey(first, systemRandom)
  assert.deepEqual(idsOf(both).slice(1), idsOf(first))
  assert.deepEqual(idsOf(withoutKeys(both, idsOf(first))), idsOf(both).slice(0, 1))
  assert.throws(() => withoutKeys(both, idsOf(both)), failsWith('KEY_INVALID'))
})
