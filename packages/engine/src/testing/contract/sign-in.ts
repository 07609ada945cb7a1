/** The contract's tests of `grantSession`: the one write that makes a session. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionGrant } from '../../store.ts'
import {
  ACCOUNT,
  newPool,
  POOL_KEY,
  CONFIRMED_STEP,
  enrolledAccount,
  hashOf,
  newAccount,
  newEvent,
  newGrant,
  newSession,
  newTicket,
  ticketOf,
  NOW,
  spendOf,
} from './rows.ts'
import { contents, counted, liveSessionIds, triesLeft, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const ticket = ticketOf('ticket')
const step = spendOf(CONFIRMED_STEP + 1)
const recovery = { kind: 'recovery', lookup: 'AAAA' } as const

export function signInTests(withStore: WithStore): void {
  test(
    'one of twenty simultaneous callers redeems a ticket [R32]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      const won = await winners((caller) => store.grantSession(newGrant(`s-${caller}`, { ticket })))
      assert.equal(won, 1)
      assert.equal((await liveSessionIds(store)).length, 1)
      assert.equal(await store.ticketAccount(ticket, NOW), undefined)
    }),
  )

  test(
    'one of twenty simultaneous callers signs in by a step [R9]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const won = await winners((caller) =>
        store.grantSession(newGrant(`s-${caller}`, { spend: step })),
      )
      assert.equal(won, 1)
      assert.equal((await liveSessionIds(store)).length, 1)
    }),
  )

  test(
    'one of twenty simultaneous callers signs in by a recovery code [R20]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const won = await winners((caller) =>
        store.grantSession(newGrant(`s-${caller}`, { spend: recovery })),
      )
      assert.equal(won, 1)
      assert.equal((await liveSessionIds(store)).length, 1)
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 2)
    }),
  )

  test(
    'one of twenty simultaneous callers replaces a session [R32]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('old'))
      const won = await winners((caller) =>
        store.grantSession(newGrant(`s-${caller}`, { replaces: 'old' })),
      )
      assert.equal(won, 1)
      const left = await liveSessionIds(store)
      assert.equal(left.length, 1)
      assert.notEqual(left[0], 'old')
    }),
  )

  test(
    'a step spent by a sign-in is spent for everything else, and the other way round [R9]',
    withStore(async (store) => {
      await enrolledAccount(store)
      assert.equal(await store.grantSession(newGrant('s-1', { spend: step })), true)
      const use = { accountId: ACCOUNT, now: NOW, event: newEvent() }
      assert.equal(await store.spendStep({ ...use, ...step }), false)
      assert.equal(await store.spendStep({ ...use, ...step, step: step.step + 1 }), true)
      const late = newGrant('s-2', { spend: { ...step, step: step.step + 1 } })
      assert.equal(await store.grantSession(late), false)
    }),
  )

  // A sign-in that is refused must not eat the owner's ticket, code or session on the way.
  test(
    'a grant that misses any one part writes nothing of the others [R48]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      await store.grantSession(newGrant('old'))
      const returnTry = await counted(store, newPool(POOL_KEY, 3))
      await triesLeft(store, newPool(POOL_KEY, 3))
      const before = await contents(store)
      const whole = {
        ticket,
        spend: step,
        replaces: 'old',
        returnTry,
        endOthers: true,
      }
      const gone = ticketOf('no such ticket')
      const missing: Partial<SessionGrant>[] = [
        { ...whole, ticket: gone },
        { ...whole, ticket: { ...ticket, accountId: 'account-2' } },
        { ...whole, ticket: { ...ticket, browser: 'browser-2' } },
        { ...whole, spend: spendOf(CONFIRMED_STEP) },
        { ...whole, spend: { ...recovery, lookup: 'ZZZZ' } },
        { ...whole, replaces: 'ended' },
        { ...whole, session: newSession('new', { createdAt: NOW + 300 }) },
        { ...whole, session: newSession('new', { aal: 1 }) },
      ]
      for (const parts of missing) {
        assert.equal(await store.grantSession(newGrant('new', parts)), false)
        assert.deepEqual(await contents(store), before)
        assert.equal((await store.ticketAccount(ticket, NOW))?.id, ACCOUNT)
      }
      assert.equal(await triesLeft(store, newPool(POOL_KEY, 3)), 0)
      assert.equal(await store.grantSession(newGrant('new', whole)), true)
      assert.deepEqual(await liveSessionIds(store), ['new'])
      assert.equal(await triesLeft(store, newPool(POOL_KEY, 3)), 1)
    }),
  )

  // The gate of last resort: a password alone never opens an account that has a second factor.
  test(
    'a session of aal 1 is refused while the account has an active authenticator [R39]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const byPassword = (id: string) => newGrant(id, { session: newSession(id, { aal: 1 }) })
      assert.equal(await store.grantSession(byPassword('before')), true)
      await enrolledAccount(store)
      const before = await contents(store)
      assert.equal(await store.grantSession(byPassword('after')), false)
      assert.deepEqual(await contents(store), before)
    }),
  )

  test(
    'every other session ends where the grant says so, and stays where it does not [R34]',
    withStore(async (store) => {
      await enrolledAccount(store)
      for (const id of ['s-1', 's-2']) await store.grantSession(newGrant(id))
      await store.grantSession(newGrant('s-3'))
      assert.deepEqual(await liveSessionIds(store), ['s-1', 's-2', 's-3'])
      await store.grantSession(newGrant('s-4', { endOthers: true }))
      assert.deepEqual(await liveSessionIds(store), ['s-4'])
    }),
  )

  test(
    'a ticket lives until its last second, for its own account and token only',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      assert.equal((await store.ticketAccount(ticket, NOW + 299))?.id, ACCOUNT)
      assert.equal(await store.ticketAccount(ticket, NOW + 300), undefined)
      assert.equal(
        await store.ticketAccount({ ...ticket, tokenHash: hashOf('other') }, NOW),
        undefined,
      )
      assert.equal(await store.ticketAccount({ ...ticket, accountId: 'account-2' }, NOW), undefined)
      assert.equal(await store.ticketAccount({ ...ticket, browser: 'browser-2' }, NOW), undefined)
    }),
  )
}
