/** The contract's tests of the life of sessions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../store.ts'
import { ACCOUNT, enrolledAccount, hashOf, newEvent, newGrant, newSession, NOW } from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const IDLE_SECONDS = 3_600

const find = (store: Store, id: string, now: number, accountId = ACCOUNT) =>
  store.session({ accountId, tokenHash: hashOf(id), now, idleSeconds: IDLE_SECONDS })

export function sessionTests(withStore: WithStore): void {
  test(
    'a session comes back as it was granted, with its account and without its hash [R30]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('s-1'))
      const { tokenHash: _, ...expected } = newSession('s-1')
      const found = await find(store, 's-1', NOW)
      assert.deepEqual(found?.session, expected)
      assert.deepEqual(found?.account, await store.account(ACCOUNT))
      assert.deepEqual(await store.sessions(ACCOUNT, NOW, IDLE_SECONDS), [expected])
    }),
  )

  test(
    'a session is found by its own hash within its own account',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('s-1'))
      assert.equal(await find(store, 's-2', NOW), undefined)
      assert.equal(await find(store, 's-1', NOW, 'account-2'), undefined)
    }),
  )

  test(
    'an unused session is over after its idle time [R33]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('s-1'))
      await store.grantSession(newGrant('s-2'))
      assert.ok(await find(store, 's-1', NOW + IDLE_SECONDS - 1))
      assert.equal(await find(store, 's-2', NOW + IDLE_SECONDS), undefined)
      const listed = await store.sessions(ACCOUNT, NOW + IDLE_SECONDS, IDLE_SECONDS)
      assert.deepEqual(
        listed.map(({ id }) => id),
        ['s-1'],
      )
    }),
  )

  test(
    'use keeps a session alive, but never beyond its end [R33]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('s-1'))
      const { expiresAt } = newSession('s-1')
      for (let now = NOW; now < expiresAt; now += 1_800) assert.ok(await find(store, 's-1', now))
      assert.ok(await find(store, 's-1', expiresAt - 1))
      assert.equal(await find(store, 's-1', expiresAt), undefined)
      assert.deepEqual(await store.sessions(ACCOUNT, expiresAt, IDLE_SECONDS), [])
    }),
  )

  test(
    'sessions are listed newest first, those of the account only',
    withStore(async (store) => {
      await enrolledAccount(store)
      for (const [at, id] of ['s-2', 's-1', 's-3'].entries()) {
        await store.grantSession(newGrant(id, { session: newSession(id, { createdAt: NOW + at }) }))
      }
      const accountId = 'account-2'
      await store.ensureAccount(accountId, NOW)
      const other = newSession('other', { accountId })
      await store.grantSession(
        newGrant('other', { session: other, event: newEvent({ accountId }) }),
      )
      const listed = await store.sessions(ACCOUNT, NOW + 10, IDLE_SECONDS)
      assert.deepEqual(
        listed.map(({ id }) => id),
        ['s-3', 's-1', 's-2'],
      )
    }),
  )

  test(
    'one of twenty simultaneous callers ends a session, and it is over at once [R34]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('s-1'))
      await store.grantSession(newGrant('s-2'))
      const event = newEvent({ kind: 'session.ended' })
      assert.equal(await winners(() => store.endSession(ACCOUNT, 's-1', event)), 1)
      assert.equal(await find(store, 's-1', NOW), undefined)
      assert.deepEqual(await liveSessionIds(store), ['s-2'])
      const kinds = (await store.events(ACCOUNT, 100)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'session.ended').length, 1)
    }),
  )

  test(
    'nobody ends a session of another account',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('s-1'))
      const before = await contents(store)
      const event = newEvent({ accountId: 'account-2' })
      assert.equal(await store.endSession('account-2', 's-1', event), false)
      assert.deepEqual(await contents(store), before)
      assert.deepEqual(await store.events('account-2', 10), [])
    }),
  )
}
