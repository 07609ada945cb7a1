/** The contract's tests of accounts, passwords and the record of keys. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  enrolledAccount,
  newAccount,
  newEvent,
  newGrant,
  newSession,
  newTicket,
  ticketOf,
  NOW,
} from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

export function accountTests(withStore: WithStore): void {
  test(
    'a new database was made with no key, and each key is recorded once',
    withStore(async (store) => {
      assert.deepEqual(await store.keyIds(), [])
      const first = { known: ['key-1'], sealing: 'key-1', now: NOW }
      const both = { known: ['key-2', 'key-1'], sealing: 'key-2', now: NOW }
      assert.deepEqual(
        await Promise.all([store.adoptKeys(first), store.adoptKeys(first), store.adoptKeys(both)]),
        [true, true, true],
      )
      assert.deepEqual((await store.keyIds()).toSorted(), ['key-1', 'key-2'])
    }),
  )

  // Two servers that start on one new database, each with a key of its own, must not both seal.
  test(
    'one of twenty simultaneous callers with different keys makes the database its own [R5]',
    withStore(async (store) => {
      const won = await winners((caller) => {
        const sealing = `key-${caller}`
        return store.adoptKeys({ known: [sealing], sealing, now: NOW })
      })
      assert.equal(won, 1)
      assert.equal((await store.keyIds()).length, 1)
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
        passwordSuspectSince: null,
        adminSince: null,
        enrolUntil: null,
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
          grant: newGrant(`session-${caller}`, {
            session: newSession(`session-${caller}`, { aal: 1 }),
            passwordVersion: 2,
          }),
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
      const grant = newGrant('new', { replaces: 'old-1', endOthers: true, passwordVersion: 2 })
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
      const grant = newGrant('new', { replaces: 'old', endOthers: true, passwordVersion: 3 })
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
      const grant = newGrant('new', { replaces: 'ended', endOthers: true, passwordVersion: 2 })
      assert.equal(await store.changePassword({ ...change, grant }), false)
      assert.deepEqual(await contents(store), before)
    }),
  )

  test(
    'another hash of the same password replaces only the one it was made for [R27]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const { passwordHash: old } = (await store.account(ACCOUNT)) ?? {}
      assert.ok(typeof old === 'string')
      assert.equal(await store.rehashPassword(ACCOUNT, '$other', '$late'), false)
      assert.equal(await store.rehashPassword(ACCOUNT, old, '$stronger'), true)
      const after = await store.account(ACCOUNT)
      assert.deepEqual([after?.passwordHash, after?.passwordVersion], ['$stronger', 1])
    }),
  )

  // Whoever stole the old password holds a ticket for five minutes; a change must take it away.
  test(
    'a ticket of an older password is worth nothing [R32]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      const ticket = ticketOf('ticket')
      assert.equal((await store.ticketAccount(ticket, NOW))?.id, ACCOUNT)
      const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: '$new' }
      await store.changePassword({ ...change, grant: newGrant('new', { passwordVersion: 2 }) })
      const before = await contents(store)
      assert.equal(await store.ticketAccount(ticket, NOW), undefined)
      for (const passwordVersion of [1, 2]) {
        const late = newGrant('late', { ticket, passwordVersion })
        assert.equal(await store.grantSession(late), false)
      }
      assert.deepEqual(await contents(store), before)
    }),
  )

  // A sign-in that was still comparing the old password when it was changed must not get through.
  test(
    'a grant that rests on an older password is refused [R34 R39]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: '$new' }
      const session = newSession('new', { aal: 1 })
      const grant = newGrant('new', { session, passwordVersion: 2 })
      assert.equal(await store.changePassword({ ...change, grant }), true)
      const before = await contents(store)
      const late = newGrant('late', { session: newSession('late', { aal: 1 }) })
      assert.equal(await store.grantSession(late), false)
      assert.deepEqual(await contents(store), before)
    }),
  )
}
