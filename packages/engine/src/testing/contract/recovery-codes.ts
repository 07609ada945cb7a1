/** The contract's tests of recovery codes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  activationOf,
  AUTHENTICATOR,
  newPool,
  POOL_KEY,
  enrolledAccount,
  newAccount,
  newAuthenticator,
  newEvent,
  newGrant,
  NOW,
  recoveryRows,
  useOf,
} from './rows.ts'
import { contents, counted, triesLeft, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

export function recoveryCodeTests(withStore: WithStore): void {
  test(
    'one of twenty simultaneous callers uses a recovery code [R20]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const use = { ...useOf(), lookup: 'AAAA' }
      assert.equal(await winners(() => store.useRecoveryCode(use)), 1)
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 2)
    }),
  )

  test(
    'a used code is not found any more, an unused one is [R20]',
    withStore(async (store) => {
      await enrolledAccount(store)
      assert.equal(await store.recoveryCodeHash(ACCOUNT, 'AAAA'), '$hash of AAAA')
      assert.equal(await store.useRecoveryCode({ ...useOf(), lookup: 'AAAA' }), true)
      assert.equal(await store.recoveryCodeHash(ACCOUNT, 'AAAA'), undefined)
      assert.equal(await store.recoveryCodeHash(ACCOUNT, 'BBBB'), '$hash of BBBB')
      assert.equal(await store.recoveryCodeHash(ACCOUNT, 'ZZZZ'), undefined)
    }),
  )

  test(
    'a code that was used or never existed writes nothing and gives no try back [R14]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.useRecoveryCode({ ...useOf(), lookup: 'AAAA' })
      const returnTry = await counted(store, newPool(POOL_KEY, 2))
      await triesLeft(store, newPool(POOL_KEY, 2))
      const before = await contents(store)
      assert.equal(await store.useRecoveryCode({ ...useOf(returnTry), lookup: 'AAAA' }), false)
      assert.equal(await store.useRecoveryCode({ ...useOf(returnTry), lookup: 'ZZZZ' }), false)
      assert.deepEqual(await contents(store), before)
      assert.equal(await triesLeft(store, newPool(POOL_KEY, 2)), 0)
    }),
  )

  test(
    'a used code is recorded and gives its try back',
    withStore(async (store) => {
      await enrolledAccount(store)
      const returnTry = await counted(store, newPool(POOL_KEY, 2))
      const before = await store.events(ACCOUNT, 100)
      await store.useRecoveryCode({ ...useOf(returnTry), lookup: 'AAAA' })
      assert.equal((await store.events(ACCOUNT, 100)).length, before.length + 1)
      assert.equal(await triesLeft(store, newPool(POOL_KEY, 2)), 2)
    }),
  )

  test(
    'a new set voids the old one, used codes may come again in it [R20]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.useRecoveryCode({ ...useOf(), lookup: 'AAAA' })
      await store.replaceRecoveryCodes(ACCOUNT, recoveryRows('AAAA', 'DDDD'), newEvent())
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 2)
      assert.equal(await store.useRecoveryCode({ ...useOf(), lookup: 'BBBB' }), false)
      assert.equal(await store.useRecoveryCode({ ...useOf(), lookup: 'AAAA' }), true)
    }),
  )

  test(
    'codes belong to their account',
    withStore(async (store) => {
      await enrolledAccount(store)
      const accountId = 'account-2'
      await store.ensureAccount(accountId, NOW)
      await store.addAuthenticator(newAuthenticator({ accountId, id: 'other' }), 10)
      const event = newEvent({ accountId })
      await store.activateAuthenticator({ ...activationOf('other'), accountId, event })
      const rows = recoveryRows('AAAA', 'XXXX')
      assert.equal(await store.replaceRecoveryCodes(accountId, rows, event), true)
      assert.equal(await store.recoveryCodeHash(ACCOUNT, 'XXXX'), undefined)
      assert.equal(await store.useRecoveryCode({ ...useOf(), lookup: 'XXXX' }), false)
      assert.equal(await store.useRecoveryCode({ ...useOf(), lookup: 'AAAA' }), true)
      assert.equal(await store.recoveryCodesLeft(accountId), 2)
    }),
  )

  // Codes that outlive the last authenticator would be a factor by themselves.
  test(
    'an account without an active authenticator gets no codes',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const rows = recoveryRows('AAAA')
      assert.equal(await store.replaceRecoveryCodes(ACCOUNT, rows, newEvent()), false)
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 0)
    }),
  )

  test(
    'what was asked for in a session that has ended happens not at all [R34]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const before = await contents(store)
      const ended = 'ended'
      const rows = recoveryRows('DDDD')
      assert.equal(await store.replaceRecoveryCodes(ACCOUNT, rows, newEvent(), ended), false)
      const removal = { accountId: ACCOUNT, authenticatorId: AUTHENTICATOR, event: newEvent() }
      assert.equal(await store.removeAuthenticator({ ...removal, keepSession: ended }), false)
      const to = { address: 'ada@example.com', confirmedAt: NOW }
      const change = { accountId: ACCOUNT, channel: 'email', from: null, to, now: NOW } as const
      const told = { event: newEvent(), messages: [] }
      assert.equal(await store.changeContact({ ...change, ...told, keepSession: ended }), false)
      assert.deepEqual(await contents(store), before)
      assert.deepEqual(await store.contacts(ACCOUNT), [])
      await store.grantSession(newGrant('alive'))
      assert.equal(await store.replaceRecoveryCodes(ACCOUNT, rows, newEvent(), 'alive'), true)
    }),
  )
}
