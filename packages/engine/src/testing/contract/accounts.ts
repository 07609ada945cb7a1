/** The contract's tests of accounts, passwords and the record of keys. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  enrolledAccount,
  hashOf,
  newAccount,
  newEvent,
  newGrant,
  newSession,
  newTicket,
  NOW,
} from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

export function accountTests(withStore: WithStore): void {
  test(
    'a new database was made with no key, and each key is recorded once',
    withStore(async (store) => {
      assert.deepEqual(await store.keyIds(), [])
      await Promise.all([store.recordKeyId('key-1', NOW), store.recordKeyId('key-1', NOW + 1)])
      await store.recordKeyId('key-2', NOW)
      assert.deepEqual((await store.keyIds()).toSorted(), ['key-1', 'key-2'])
    }),
  )

  test(
    'opening twice is opening once, and an open store answers',
    withStore(async (store) => {
      await Promise.all([store.ready(), store.ready()])
      await store.ping()
    }),
  )

  test(
    'one of twenty simultaneous callers makes the account of a login',
    withStore(async (store) => {
      const won = await winners((caller) => {
        const id = `account-${caller}`
        return store.createAccount(newAccount({ id }), newEvent({ accountId: id }))
      })
      assert.equal(won, 1)
    }),
  )

  test(
    'registering a taken login writes nothing',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const second = newAccount({ id: 'account-2', login: 'ADA', passwordHash: '$other' })
      assert.equal(await store.createAccount(second, newEvent({ accountId: 'account-2' })), false)
      assert.equal(await store.account('account-2'), undefined)
      assert.deepEqual(await store.events('account-2', 10), [])
      assert.equal((await store.accountByLogin('ada'))?.id, ACCOUNT)
    }),
  )

  test(
    'an account is found by its id and by its compared login, and by nothing else',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const expected = {
        id: ACCOUNT,
        login: 'Ada',
        passwordHash: '$hash',
        passwordVersion: 1,
        hasSecondFactor: false,
      }
      assert.deepEqual(await store.account(ACCOUNT), expected)
      assert.deepEqual(await store.accountByLogin('ada'), expected)
      assert.equal(await store.accountByLogin('Ada'), undefined)
      assert.equal(await store.account('ada'), undefined)
    }),
  )

  test(
    'an account without a login is made once and changes nothing that exists',
    withStore(async (store) => {
      await Promise.all([store.ensureAccount('app-7', NOW), store.ensureAccount('app-7', NOW)])
      const made = await store.account('app-7')
      assert.deepEqual([made?.login, made?.passwordHash], [null, null])
      await store.createAccount(newAccount(), newEvent())
      await store.ensureAccount(ACCOUNT, NOW + 1)
      assert.equal((await store.account(ACCOUNT))?.login, 'Ada')
    }),
  )

  test(
    'one of twenty simultaneous changes of a password wins [R34]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const won = await winners((caller) =>
        store.changePassword({
          accountId: ACCOUNT,
          fromVersion: 1,
          passwordHash: `$hash ${caller}`,
          grant: { session: newSession(`session-${caller}`, { aal: 1 }), event: newEvent() },
        }),
      )
      assert.equal(won, 1)
      assert.equal((await store.account(ACCOUNT))?.passwordVersion, 2)
      assert.equal((await liveSessionIds(store)).length, 1)
    }),
  )

  test(
    'a changed password ends every session but the new one [R34]',
    withStore(async (store) => {
      await enrolledAccount(store)
      for (const id of ['old-1', 'old-2']) await store.grantSession(newGrant(id))
      const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: '$new' }
      const grant = newGrant('new', { replaces: 'old-1', endOthers: true })
      assert.equal(await store.changePassword({ ...change, grant }), true)
      assert.deepEqual(await liveSessionIds(store), ['new'])
      assert.equal((await store.account(ACCOUNT))?.passwordHash, '$new')
    }),
  )

  test(
    'a change of a password from an old version writes nothing',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('old'))
      const before = await contents(store)
      const change = { accountId: ACCOUNT, fromVersion: 2, passwordHash: '$new' }
      const grant = newGrant('new', { replaces: 'old', endOthers: true })
      assert.equal(await store.changePassword({ ...change, grant }), false)
      assert.deepEqual(await contents(store), before)
    }),
  )

  test(
    'a change of a password whose session is gone writes nothing',
    withStore(async (store) => {
      await enrolledAccount(store)
      const before = await contents(store)
      const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: '$new' }
      const grant = newGrant('new', { replaces: 'ended', endOthers: true })
      assert.equal(await store.changePassword({ ...change, grant }), false)
      assert.deepEqual(await contents(store), before)
    }),
  )

  // Whoever stole the old password holds a ticket for five minutes; a change must take it away.
  test(
    'a ticket of an older password is worth nothing [R32]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'))
      const ticket = { accountId: ACCOUNT, tokenHash: hashOf('ticket') }
      assert.equal((await store.ticketAccount(ticket, NOW))?.id, ACCOUNT)
      const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: '$new' }
      await store.changePassword({ ...change, grant: newGrant('new') })
      const before = await contents(store)
      assert.equal(await store.ticketAccount(ticket, NOW), undefined)
      assert.equal(await store.grantSession(newGrant('late', { ticket })), false)
      assert.deepEqual(await contents(store), before)
    }),
  )
}
