/** The contract's tests of enrolling, confirming, renaming and removing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  activationOf,
  AUTHENTICATOR,
  CONFIRMED_STEP,
  enrolledAccount,
  newAccount,
  newAuthenticator,
  newEvent,
  newGrant,
  newSession,
  newToken,
  NOW,
  recoveryRows,
} from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

export function authenticatorTests(withStore: WithStore): void {
  test(
    'an authenticator comes back as it was put in: numbers as numbers, bytes as Uint8Array',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const clock = newAuthenticator({ digits: 8, periodSeconds: 240, algorithm: 'SHA512' })
      const counter = newToken({ id: 'token', createdAt: NOW + 1 })
      for (const row of [clock, counter]) {
        assert.equal(await store.addAuthenticator(row, 10), true)
        const found = (await store.authenticators(ACCOUNT, NOW)).find(({ id }) => id === row.id)
        assert.ok(found)
        const { sealedSecret, ...rest } = found
        const { sealedSecret: bytes, ...expected } = row
        assert.ok(sealedSecret instanceof Uint8Array)
        assert.deepEqual([...sealedSecret], [...bytes])
        const unused = { spentStep: -1, driftSteps: 0, consecutiveFailures: 0, lastUsedAt: null }
        assert.deepEqual(rest, { ...expected, ...unused, state: 'pending' })
      }
    }),
  )

  test(
    'parallel enrolments never pass the limit',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      const won = await winners((caller) =>
        store.addAuthenticator(newAuthenticator({ id: `authenticator-${caller}` }), 3),
      )
      assert.equal(won, 3)
      assert.equal((await store.authenticators(ACCOUNT, NOW)).length, 3)
    }),
  )

  test(
    'pending authenticators count towards the limit until their time is over',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.addAuthenticator(newAuthenticator({ id: 'a' }), 1)
      const at = (createdAt: number) =>
        newAuthenticator({ id: 'b', createdAt, expiresAt: createdAt + 600 })
      assert.equal(await store.addAuthenticator(at(NOW + 599), 1), false)
      assert.equal(await store.addAuthenticator(at(NOW + 600), 1), true)
    }),
  )

  test(
    'active authenticators stay, pending ones are listed while in time, oldest first [R2]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const second = { id: 'a-second', createdAt: NOW + 1, expiresAt: NOW + 601 }
      await store.addAuthenticator(newAuthenticator(second), 10)
      const listed = async (now: number) =>
        (await store.authenticators(ACCOUNT, now)).map(({ id }) => id)
      assert.deepEqual(await listed(NOW + 600), [AUTHENTICATOR, 'a-second'])
      assert.deepEqual(await listed(NOW + 601), [AUTHENTICATOR])
    }),
  )

  test(
    'one of twenty simultaneous callers activates an authenticator [R2]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.addAuthenticator(newAuthenticator(), 10)
      const won = await winners((caller) =>
        store.activateAuthenticator({
          ...activationOf(),
          recoveryCodes: recoveryRows(`AAA${caller}`),
          grant: newGrant(`session-${caller}`),
        }),
      )
      assert.equal(won, 1)
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 1)
      assert.equal((await liveSessionIds(store)).length, 1)
    }),
  )

  test(
    'activation spends the step, stores the codes, ends the sessions and grants the new one [R9 R34]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      for (const id of ['old-1', 'old-2']) {
        await store.grantSession(newGrant(id, { session: newSession(id, { aal: 1 }) }))
      }
      await store.addAuthenticator(newAuthenticator(), 10)
      const grant = newGrant('new', { replaces: 'old-1' })
      const now = NOW + 5
      const answer = await store.activateAuthenticator({ ...activationOf(), now, grant })
      assert.deepEqual(answer, { recoveryCodesStored: true })
      const after = await contents(store)
      const [authenticator] = after.authenticators
      assert.deepEqual(
        [authenticator?.state, authenticator?.spentStep, authenticator?.expiresAt],
        ['active', CONFIRMED_STEP, null],
      )
      assert.equal(authenticator?.lastUsedAt, now)
      assert.equal(after.recoveryCodesLeft, 3)
      assert.equal(after.account?.hasSecondFactor, true)
      assert.deepEqual(
        after.sessions.map(({ id }) => id),
        ['new'],
      )
      const kinds = after.events.map(({ kind }) => kind)
      assert.ok(kinds.includes('authenticator.confirmed') && kinds.includes('sign-in'))
    }),
  )

  test(
    'activation without a grant ends every session of the account [R34]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.grantSession(newGrant('old', { session: newSession('old', { aal: 1 }) }))
      await store.addAuthenticator(newAuthenticator(), 10)
      await store.activateAuthenticator(activationOf())
      assert.deepEqual(await liveSessionIds(store), [])
    }),
  )

  test(
    'an authenticator that is out of time is not activated, and nothing is written [R2]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.addAuthenticator(newAuthenticator(), 10)
      const before = await contents(store)
      const late = { ...activationOf(), now: NOW + 600, grant: newGrant('new') }
      assert.equal(await store.activateAuthenticator(late), false)
      assert.deepEqual(await contents(store), before)
      assert.notEqual(await store.activateAuthenticator({ ...late, now: NOW + 599 }), false)
    }),
  )

  test(
    'an activation whose session is gone writes nothing',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.addAuthenticator(newAuthenticator(), 10)
      const before = await contents(store)
      const grant = newGrant('new', { replaces: 'ended' })
      assert.equal(await store.activateAuthenticator({ ...activationOf(), grant }), false)
      assert.deepEqual(await contents(store), before)
    }),
  )

  test(
    'the account of somebody else cannot activate, rename or remove an authenticator',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.addAuthenticator(newAuthenticator(), 10)
      await store.ensureAccount('account-2', NOW)
      const accountId = 'account-2'
      const before = await contents(store)
      const activation = { ...activationOf(), accountId, event: newEvent({ accountId }) }
      assert.equal(await store.activateAuthenticator(activation), false)
      assert.equal(await store.renameAuthenticator(accountId, AUTHENTICATOR, 'mine'), false)
      const removal = { accountId, authenticatorId: AUTHENTICATOR, event: newEvent({ accountId }) }
      assert.equal(await store.removeAuthenticator(removal), false)
      assert.deepEqual(await contents(store), before)
      assert.deepEqual(await store.events(accountId, 10), [])
    }),
  )

  test(
    'recovery codes are stored only where the account has none, used ones included [R20]',
    withStore(async (store) => {
      await enrolledAccount(store)
      for (const lookup of ['AAAA', 'BBBB', 'CCCC']) {
        await store.useRecoveryCode({
          accountId: ACCOUNT,
          lookup,
          now: NOW,
          event: newEvent(),
        })
      }
      await store.addAuthenticator(newAuthenticator({ id: 'second' }), 10)
      const recoveryCodes = recoveryRows('DDDD')
      const answer = await store.activateAuthenticator({ ...activationOf('second'), recoveryCodes })
      assert.deepEqual(answer, { recoveryCodesStored: false })
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 0)
    }),
  )

  test(
    'renaming changes the name and nothing else',
    withStore(async (store) => {
      await enrolledAccount(store)
      const [before] = await store.authenticators(ACCOUNT, NOW)
      assert.equal(await store.renameAuthenticator(ACCOUNT, AUTHENTICATOR, 'tablet'), true)
      assert.equal(await store.renameAuthenticator(ACCOUNT, 'unknown', 'tablet'), false)
      assert.deepEqual(await store.authenticators(ACCOUNT, NOW), [{ ...before, name: 'tablet' }])
    }),
  )

  test(
    'one of twenty simultaneous callers removes an authenticator; others write nothing [R50]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const event = newEvent({ kind: 'authenticator.removed' })
      const removal = { accountId: ACCOUNT, authenticatorId: AUTHENTICATOR, event }
      assert.equal(await winners(() => store.removeAuthenticator(removal)), 1)
      const kinds = (await store.events(ACCOUNT, 100)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'authenticator.removed').length, 1)
    }),
  )

  test(
    'the last active authenticator takes the recovery codes with it, an earlier one does not',
    withStore(async (store) => {
      await enrolledAccount(store)
      for (const id of ['second', 'pending']) {
        await store.addAuthenticator(newAuthenticator({ id }), 10)
      }
      await store.activateAuthenticator(activationOf('second'))
      const remove = (authenticatorId: string) =>
        store.removeAuthenticator({ accountId: ACCOUNT, authenticatorId, event: newEvent() })
      await remove(AUTHENTICATOR)
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 3)
      await remove('second')
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 0)
      assert.equal((await store.account(ACCOUNT))?.hasSecondFactor, false)
    }),
  )

  test(
    'removing an authenticator ends the sessions but the one to keep [R34]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'second' }), 10)
      await store.activateAuthenticator(activationOf('second'))
      for (const id of ['s-1', 's-2', 's-3']) await store.grantSession(newGrant(id))
      const removal = { accountId: ACCOUNT, event: newEvent() }
      await store.removeAuthenticator({
        ...removal,
        authenticatorId: 'second',
        keepSession: 's-2',
      })
      assert.deepEqual(await liveSessionIds(store), ['s-2'])
      await store.removeAuthenticator({ ...removal, authenticatorId: AUTHENTICATOR })
      assert.deepEqual(await liveSessionIds(store), [])
    }),
  )

  test(
    'giving up a pending authenticator ends no session and voids no recovery code',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'second' }), 10)
      await store.grantSession(newGrant('s-1'))
      const left = await store.recoveryCodesLeft(ACCOUNT)
      const removal = { accountId: ACCOUNT, authenticatorId: 'second', event: newEvent() }
      assert.equal(await store.removeAuthenticator(removal), true)
      assert.deepEqual(await liveSessionIds(store), ['s-1'])
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), left)
    }),
  )
}
