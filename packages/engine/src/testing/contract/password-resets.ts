/** The contract's tests of tokens for a new password. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewPasswordReset, Store } from '../../store.ts'
import {
  ACCOUNT,
  enrolledAccount,
  hashOf,
  newAccount,
  newEvent,
  newGrant,
  newTicket,
  NOW,
  ticketOf,
} from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const tokenOf = (name: string) => ({ accountId: ACCOUNT, tokenHash: hashOf(name) })

function begin(store: Store, name: string, over: Partial<NewPasswordReset> = {}): Promise<void> {
  const reset = { ...tokenOf(name), passwordVersion: 1, expiresAt: NOW + 3_600, ...over }
  return store.beginPasswordReset(reset, newEvent({ kind: 'password.reset-asked' }))
}

const resetOf = (name: string, now = NOW) => ({
  ...tokenOf(name),
  now,
  fromVersion: 1,
  passwordHash: `$new by ${name}`,
  event: newEvent({ kind: 'password.reset' }),
})

export function passwordResetTests(withStore: WithStore): void {
  test(
    'one of twenty simultaneous callers sets a password by a token, once and for all [R37]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await begin(store, 'token')
      assert.equal((await store.passwordResetAccount(tokenOf('token'), NOW))?.id, ACCOUNT)
      assert.equal(await winners(() => store.resetPassword(resetOf('token'))), 1)
      const { passwordHash, passwordVersion } = (await store.account(ACCOUNT)) ?? {}
      assert.deepEqual([passwordHash, passwordVersion], ['$new by token', 2])
      assert.equal(await store.passwordResetAccount(tokenOf('token'), NOW), undefined)
      assert.equal((await store.events(ACCOUNT, 1))[0]?.kind, 'password.reset')
    }),
  )

  test(
    'a password set by a token ends every session, ticket and known browser [R37] [R34]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const device = { id: 'device', tokenHash: hashOf('device') }
      await store.grantSession(newGrant('one', { device }))
      await store.grantSession(newGrant('two'))
      await store.createTicket(newTicket('ticket'), newEvent())
      const known = { accountId: ACCOUNT, tokenHash: device.tokenHash }
      assert.equal(await store.device(known), 'device')
      await begin(store, 'token')
      assert.equal(await store.resetPassword(resetOf('token')), true)
      assert.deepEqual(await liveSessionIds(store), [])
      assert.equal(await store.ticketAccount(ticketOf('ticket'), NOW), undefined)
      assert.equal(await store.device(known), undefined)
      const { hasSecondFactor } = (await store.account(ACCOUNT)) ?? {}
      assert.equal(hasSecondFactor, true, 'the second factor stays')
    }),
  )

  // Else the mailbox alone would be enough: a new password goes there, and then the code.
  test(
    'after a password set by a token the mail address is unconfirmed, and no code to it is good [R37] [R22]',
    withStore(async (store) => {
      await store.createAccount(newAccount({ email: 'ada@example.com' }), newEvent())
      const address = 'ada@example.com'
      await store.changeContact({
        accountId: ACCOUNT,
        channel: 'email',
        from: address,
        to: { address, confirmedAt: NOW },
        now: NOW,
        event: newEvent(),
        messages: [],
      })
      await begin(store, 'token')
      assert.equal((await store.contacts(ACCOUNT))[0]?.confirmedAt, NOW)
      assert.equal(await store.resetPassword(resetOf('token')), true)
      const unconfirmed = { channel: 'email', address, confirmedAt: null }
      assert.deepEqual(await store.contacts(ACCOUNT), [unconfirmed])
    }),
  )

  test(
    'the newest token of an account is the only one [R37]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await begin(store, 'older')
      await begin(store, 'newer')
      const before = await contents(store)
      assert.equal(await store.passwordResetAccount(tokenOf('older'), NOW), undefined)
      assert.equal(await store.resetPassword(resetOf('older')), false)
      assert.deepEqual(await contents(store), before)
      assert.equal(await store.resetPassword(resetOf('newer')), true)
    }),
  )

  test(
    'a token is worth nothing when its time is over, and is swept away [R37]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await begin(store, 'token', { expiresAt: NOW + 60 })
      assert.ok(await store.passwordResetAccount(tokenOf('token'), NOW + 59))
      assert.equal(await store.passwordResetAccount(tokenOf('token'), NOW + 60), undefined)
      assert.equal(await store.resetPassword(resetOf('token', NOW + 60)), false)
      await store.sweep(NOW + 60)
      assert.equal(await store.resetPassword(resetOf('token')), false)
    }),
  )

  // Asked for while somebody else has the mailbox; the owner then changes the password.
  test(
    'a token of before a change of the password is worth nothing, and writes nothing [R37]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await begin(store, 'token')
      const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: '$changed' }
      await store.changePassword({ ...change, grant: newGrant('new', { passwordVersion: 2 }) })
      const before = await contents(store)
      assert.equal(await store.passwordResetAccount(tokenOf('token'), NOW), undefined)
      assert.equal(await store.resetPassword(resetOf('token')), false)
      assert.deepEqual(await contents(store), before)
    }),
  )

  test(
    'a token of no account is taken in, replaced and good for nothing [R29]',
    withStore(async (store) => {
      const nobody = { accountId: '', tokenHash: hashOf('nobody') }
      await begin(store, 'nobody', nobody)
      await begin(store, 'nobody', nobody)
      assert.equal(await store.passwordResetAccount(nobody, NOW), undefined)
      assert.equal(await store.resetPassword({ ...resetOf('nobody'), ...nobody }), false)
    }),
  )
}
