/** The contract's tests of what keeps administrators from outliving themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPERATOR } from '../../store.ts'
import type { Store } from '../../store.ts'
import {
  ACCOUNT,
  activationOf,
  AUTHENTICATOR,
  enrolledAccount,
  hashOf,
  newAccount,
  newAuthenticator,
  newEvent,
  newGrant,
  newPool,
  newSession,
  NOW,
} from './rows.ts'
import { contents, counted, liveSessionIds } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const POOL = newPool('admin-claim', 100)
const TAKING = { accountId: ACCOUNT, now: NOW, enrolUntil: NOW + 1_000, events: [newEvent()] }

async function account(store: Store, id: string): Promise<void> {
  const row = newAccount({ id, login: id, loginKey: id })
  await store.createAccount(row, newEvent({ accountId: id }))
}

function invite(store: Store, inviter: string, sessionId?: string): Promise<boolean> {
  return store.inviteAdmin({
    inviter,
    tokenHash: hashOf(inviter),
    expiresAt: NOW + 3_600,
    event: newEvent({ accountId: inviter }),
    ...(sessionId !== undefined && { sessionId }),
  })
}

async function claim(store: Store, accountId: string, inviter: string, sessionId?: string) {
  return store.claimAdmin({
    inviter,
    tokenHash: hashOf(inviter),
    accountId,
    now: NOW,
    events: [newEvent({ accountId })],
    returnTry: await counted(store, POOL),
    ...(sessionId !== undefined && { sessionId }),
  })
}

/** The account of all these tests, with two phones and the sessions `own` and `other`. */
async function admin(store: Store): Promise<void> {
  await enrolledAccount(store)
  await store.addAuthenticator(newAuthenticator({ id: 'second' }), 10)
  await store.activateAuthenticator(activationOf('second'))
  for (const id of ['own', 'other']) await store.grantSession(newGrant(id))
  await invite(store, OPERATOR)
  assert.equal(await claim(store, ACCOUNT, OPERATOR), true)
}

const isAdmin = async (store: Store, id = ACCOUNT) =>
  ((await store.account(id))?.adminSince ?? null) !== null

const remove = (store: Store, authenticatorId: string) =>
  store.removeAuthenticator({
    accountId: ACCOUNT,
    authenticatorId,
    event: newEvent(),
    keepSession: 'own',
  })

/** What must leave no invitation behind, whoever made it. */
const ENDS: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'a changed password': (store) => {
    const grant = newGrant('new', { replaces: 'own', endOthers: true, passwordVersion: 2 })
    const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: 'new', grant }
    return store.changePassword(change)
  },
  'a password set by mail': async (store) => {
    const token = { accountId: ACCOUNT, tokenHash: hashOf('reset') }
    const reset = { ...token, passwordVersion: 1, expiresAt: NOW + 1 }
    await store.beginPasswordReset(reset, newEvent())
    const set = { ...token, now: NOW, fromVersion: 1, passwordHash: 'new', event: newEvent() }
    return store.resetPassword(set)
  },
  'a reset': (store) => store.takeFactorsAway(TAKING),
  'a removed authenticator': (store) => remove(store, 'second'),
  'an authenticator that was taken away': (store) =>
    store.takeFactorsAway({ ...TAKING, authenticatorId: 'second' }),
  'a new authenticator': async (store) => {
    await store.addAuthenticator(newAuthenticator({ id: 'third' }), 10)
    return store.activateAuthenticator(activationOf('third'))
  },
  'the end of one session': (store) =>
    store.endSessions({ accountId: ACCOUNT, sessionId: 'other', events: [newEvent()] }),
  'the end of all sessions': (store) =>
    store.endSessions({ accountId: ACCOUNT, events: [newEvent()] }),
  'the end of no session, where none is left': async (store) => {
    for (const id of ['own', 'other']) await store.endSession(ACCOUNT, id, newEvent())
    return store.endSessions({ accountId: ACCOUNT, events: [newEvent()] })
  },
  revocation: (store) => store.revokeAdmin(ACCOUNT, newEvent()),
}

export function adminSafetyTests(withStore: WithStore): void {
  test(
    'an administrator keeps the last factor, and may remove one of two [R46]',
    withStore(async (store) => {
      await admin(store)
      assert.equal(await remove(store, 'second'), true)
      const before = await contents(store)
      await assert.rejects(remove(store, AUTHENTICATOR), { code: 'ADMIN_LAST_FACTOR' })
      assert.deepEqual(await contents(store), before)
      await store.revokeAdmin(ACCOUNT, newEvent())
      assert.equal(await remove(store, AUTHENTICATOR), true)
    }),
  )

  for (const [what, end] of Object.entries(ENDS)) {
    test(
      `${what} ends the invitation of the account [R47] [R34]`,
      withStore(async (store) => {
        await admin(store)
        await account(store, 'eve')
        assert.equal(await invite(store, ACCOUNT, 'own'), true)
        assert.notEqual(await end(store), false)
        // Another one invites it back: the old word does not count again.
        if (!(await isAdmin(store))) {
          await invite(store, OPERATOR)
          await claim(store, ACCOUNT, OPERATOR)
        }
        assert.equal(await isAdmin(store), true)
        assert.equal(await claim(store, 'eve', ACCOUNT), false)
      }),
    )
  }

  test(
    'whoever signs out leaves the invitation that waits; sweeping takes it once its time is over',
    withStore(async (store) => {
      await admin(store)
      await account(store, 'eve')
      await account(store, 'grace')
      await invite(store, ACCOUNT)
      await store.endSession(ACCOUNT, 'own', newEvent())
      await store.sweep(NOW + 3_599)
      assert.equal(await claim(store, 'eve', ACCOUNT), true)
      await invite(store, ACCOUNT)
      await store.sweep(NOW + 3_600)
      assert.equal(await claim(store, 'grace', ACCOUNT), false)
    }),
  )

  test(
    'who is no administrator any more, or not in that session, takes nothing away [R46]',
    withStore(async (store) => {
      await admin(store)
      await account(store, 'eve')
      const session = newSession('hers', { accountId: 'eve' })
      await store.grantSession(newGrant('hers', { session }))
      await store.endSession(ACCOUNT, 'other', newEvent())
      const hers = { accountId: 'eve', events: [newEvent({ accountId: 'eve' })] }
      const gone = { accountId: ACCOUNT, sessionId: 'other' }
      const held = { accountId: ACCOUNT, sessionId: 'own' }
      const before = await contents(store, 'eve')
      const refused = async (by: typeof gone, code: string) => {
        await assert.rejects(store.endSessions({ ...hers, by }), { code })
        await assert.rejects(store.takeFactorsAway({ ...TAKING, ...hers, by }), { code })
        assert.deepEqual(await contents(store, 'eve'), before)
      }
      await refused(gone, 'SESSION_REQUIRED')
      assert.equal(await invite(store, ACCOUNT, 'other'), false)
      assert.equal(await invite(store, ACCOUNT, 'own'), true)
      assert.equal(await claim(store, 'eve', ACCOUNT, 'ended'), false)
      assert.equal(await isAdmin(store, 'eve'), false)
      await store.revokeAdmin(ACCOUNT, newEvent())
      await refused(held, 'ADMIN_REQUIRED')
      await invite(store, OPERATOR)
      await claim(store, ACCOUNT, OPERATOR)
      assert.equal(await store.endSessions({ ...hers, by: held }), true)
      assert.deepEqual(await liveSessionIds(store, 'eve'), [])
    }),
  )
}
