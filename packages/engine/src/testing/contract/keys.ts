/** The contract's tests of changing keys: what each seals, putting another box in place, retiring one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, AUTHENTICATOR, boxOf, enrolledAccount, newAccount } from './rows.ts'
import { newAuthenticator, newEvent, NOW } from './rows.ts'
import { contents, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'
import type { Store } from '../../store.ts'

const TARGET = { accountId: ACCOUNT, authenticatorId: AUTHENTICATOR }
const { keyId, sealedSecret } = newAuthenticator()
const FIRST_BOX = { keyId, sealedSecret }

const adopt = (store: Store, ...known: readonly [string, ...string[]]) =>
  store.adoptKeys({ known, sealing: known[0], now: NOW })

async function sealedKeys(store: Store): Promise<Record<string, number>> {
  const usage = await store.sealedByKey()
  return Object.fromEntries(usage.map(({ keyId: id, count }) => [id, count]))
}

/** In an order that no insertion has: three accounts, two authenticators each. */
async function sixSecrets(store: Store): Promise<void> {
  for (const accountId of ['b', 'c', 'a']) {
    await store.ensureAccount(accountId, NOW)
    for (const id of ['2', '1'])
      await store.addAuthenticator(newAuthenticator({ accountId, id }), 9)
  }
}

export function keyTests(withStore: WithStore): void {
  test(
    'what each key seals is counted as numbers, pending and overdue secrets included [R4]',
    withStore(async (store) => {
      assert.deepEqual(await store.sealedByKey(), [])
      await enrolledAccount(store)
      const overdue = newAuthenticator({ id: 'x', keyId: 'key-2', expiresAt: NOW })
      await store.addAuthenticator(overdue, 10)
      assert.deepEqual(await sealedKeys(store), { 'key-1': 1, 'key-2': 1 })
    }),
  )

  test(
    'secrets of other keys come page by page, each once, whatever was moved in between [R4]',
    withStore(async (store) => {
      await sixSecrets(store)
      const seen: string[] = []
      let after
      for (;;) {
        const page = await store.sealedOtherwise({ keyId: 'key-2', after, limit: 2 })
        if (page.length === 0) break
        assert.ok(page.length <= 2)
        for (const { accountId, authenticatorId, ...from } of page) {
          assert.ok(from.sealedSecret instanceof Uint8Array)
          assert.deepEqual([...from.sealedSecret], [...sealedSecret])
          seen.push(`${accountId}${authenticatorId}`)
          const target = { accountId, authenticatorId }
          const to = boxOf('key-2', 1)
          assert.equal(await store.resealAuthenticator({ ...target, from, to }), true)
        }
        after = page.at(-1)
      }
      assert.deepEqual(seen.toSorted(), ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'])
      assert.deepEqual(await store.sealedOtherwise({ keyId: 'key-2', limit: 9 }), [])
      assert.equal((await store.sealedOtherwise({ keyId: 'key-1', limit: 9 })).length, 6)
    }),
  )

  test(
    'one of twenty simultaneous callers puts its box in place, and changes nothing else [R4]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const before = await contents(store)
      const won = await winners((caller) =>
        store.resealAuthenticator({ ...TARGET, from: FIRST_BOX, to: boxOf('key-2', caller) }),
      )
      assert.equal(won, 1)
      const after = await contents(store)
      const [authenticator] = after.authenticators
      assert.equal(authenticator?.keyId, 'key-2')
      const authenticators = after.authenticators.map((one) => ({ ...one, ...FIRST_BOX }))
      assert.deepEqual({ ...after, authenticators }, before)
    }),
  )

  test(
    'another box, another key or another row than was read is left alone [R4]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const before = await contents(store)
      const to = boxOf('key-2', 1)
      for (const reseal of [
        { ...TARGET, from: { ...FIRST_BOX, keyId: 'key-0' }, to },
        { ...TARGET, from: boxOf('key-1', 1), to },
        { ...TARGET, accountId: 'account-2', from: FIRST_BOX, to },
        { ...TARGET, authenticatorId: 'other', from: FIRST_BOX, to },
      ]) {
        assert.equal(await store.resealAuthenticator(reseal), false)
      }
      assert.deepEqual(await contents(store), before)
    }),
  )

  test(
    'a key that seals a secret stays on record, and so does the only one [R4 R5]',
    withStore(async (store) => {
      await adopt(store, 'key-1')
      assert.equal(await store.retireKey('key-1'), false)
      await enrolledAccount(store)
      await adopt(store, 'key-2', 'key-1')
      assert.equal(await store.retireKey('key-1'), false)
      assert.deepEqual((await store.keyIds()).toSorted(), ['key-1', 'key-2'])
      const to = boxOf('key-2', 1)
      await store.resealAuthenticator({ ...TARGET, from: FIRST_BOX, to })
      assert.equal(await store.retireKey('key-1'), true)
      assert.deepEqual(await store.keyIds(), ['key-2'])
      assert.equal(await store.retireKey('key-2'), false)
    }),
  )

  /** A server that still holds a retired key would seal what nobody can open after its next start. */
  test(
    'once a key is retired, nothing that it sealed is taken in [R4]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await adopt(store, 'key-1')
      await adopt(store, 'key-2', 'key-1')
      await store.addAuthenticator(newAuthenticator({ keyId: 'key-2' }), 10)
      assert.equal(await store.retireKey('key-1'), true)
      const before = await contents(store)
      const missing = { name: 'EngineError', code: 'KEY_MISSING' }
      const late = store.addAuthenticator(newAuthenticator({ id: 'late' }), 10)
      await assert.rejects(late, missing)
      const from = { keyId: 'key-2', sealedSecret }
      const to = boxOf('key-1', 1)
      await assert.rejects(store.resealAuthenticator({ ...TARGET, from, to }), missing)
      assert.deepEqual(await contents(store), before)
      assert.equal(await adopt(store, 'key-1'), false)
    }),
  )
}
