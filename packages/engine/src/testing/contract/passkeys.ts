/** The contract's tests of passkeys and their challenges. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  ChallengeReference,
  NewChallenge,
  NewPasskey,
  PasskeySpend,
  Store,
} from '../../store.ts'
import {
  ACCOUNT,
  AUTHENTICATOR,
  enrolledAccount,
  hashOf,
  newAccount,
  newAuthenticator,
  newEvent,
  newGrant,
  newSession,
  NOW,
  recoveryRows,
} from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const PASSKEY = 'passkey-1'

function newPasskey(over: Partial<NewPasskey> = {}): NewPasskey {
  return {
    id: PASSKEY,
    accountId: ACCOUNT,
    name: 'key',
    credentialId: 'credential-1',
    publicKey: Uint8Array.of(0, 1, 127, 128, 255),
    signCount: 0,
    transports: ['internal', 'usb'],
    backupEligible: false,
    createdAt: NOW,
    ...over,
  }
}

const challengeOf = (name: string, over: Partial<ChallengeReference> = {}): NewChallenge => ({
  accountId: ACCOUNT,
  purpose: 'sign-in',
  boundTo: 'ticket-1',
  hash: hashOf(name),
  expiresAt: NOW + 300,
  ...over,
})

function additionOf(challenge: ChallengeReference, over: Partial<NewPasskey> = {}) {
  return {
    passkey: newPasskey(over),
    limit: 10,
    challenge,
    event: newEvent({ kind: 'passkey.added' }),
    recoveryCodes: recoveryRows('AAAA', 'BBBB'),
    grant: newGrant('added'),
  }
}

const adding = (name: string) => challengeOf(name, { purpose: 'add', boundTo: 'session-1' })

async function addPasskey(store: Store, over: Partial<NewPasskey> = {}, grant = newGrant('added')) {
  await store.putChallenge(adding('adding'))
  return store.addPasskey({ ...additionOf(adding('adding'), over), grant })
}

/** An account whose only factor is a passkey. */
async function keyedAccount(store: Store, over: Partial<NewPasskey> = {}): Promise<void> {
  await store.createAccount(newAccount(), newEvent())
  assert.notEqual(await addPasskey(store, over), false)
}

const spendOf = (
  challenge: ChallengeReference,
  from: number,
  to: number,
  over: Partial<PasskeySpend> = {},
): PasskeySpend => ({
  kind: 'passkey',
  passkeyId: PASSKEY,
  challenge,
  fromSignCount: from,
  signCount: to,
  ...over,
})

export function passkeyTests(withStore: WithStore): void {
  test(
    'a passkey comes back as it was put in: numbers as numbers, bytes as Uint8Array',
    withStore(async (store) => {
      await keyedAccount(store, { signCount: 0xffff_ffff, backupEligible: true })
      await addPasskey(
        store,
        { id: 'a-second', credentialId: 'credential-2', transports: [], createdAt: NOW + 1 },
        newGrant('again'),
      )
      const [first, second] = await store.passkeys(ACCOUNT)
      assert.ok(first?.publicKey instanceof Uint8Array)
      const put = newPasskey({ signCount: 0xffff_ffff, backupEligible: true })
      const unused = { lastUsedAt: null, copiedAt: null }
      const bytes = (key: Uint8Array) => ({ publicKey: [...key] })
      assert.deepEqual(
        { ...first, ...bytes(first.publicKey) },
        { ...put, ...unused, ...bytes(put.publicKey) },
      )
      assert.deepEqual(
        [second?.id, second?.transports, second?.backupEligible],
        ['a-second', [], false],
      )
      assert.deepEqual(await store.passkeys('account-2'), [])
    }),
  )

  test(
    'adding uses the challenge up, stores key and codes, ends the sessions, grants the new one [R34] [R52]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      for (const id of ['old-1', 'old-2']) {
        await store.grantSession(newGrant(id, { session: newSession(id, { aal: 1 }) }))
      }
      await store.putChallenge(adding('adding'))
      const grant = newGrant('new', { replaces: 'old-1' })
      const answer = await store.addPasskey({ ...additionOf(adding('adding')), grant })
      assert.deepEqual(answer, { recoveryCodesStored: true })
      assert.deepEqual(await liveSessionIds(store), ['new'])
      const after = await contents(store)
      assert.equal(after.recoveryCodesLeft, 2)
      assert.equal(after.account?.hasSecondFactor, true)
      const kinds = after.events.map(({ kind }) => kind)
      assert.ok(kinds.includes('passkey.added') && kinds.includes('sign-in'))
      assert.equal(await store.hasChallenge(adding('adding'), NOW), false)
    }),
  )

  test(
    'one of twenty simultaneous callers adds a passkey with one challenge [R52]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.putChallenge(adding('adding'))
      const won = await winners((caller) =>
        store.addPasskey({
          ...additionOf(adding('adding'), { id: `p-${caller}`, credentialId: `c-${caller}` }),
          grant: newGrant(`s-${caller}`),
        }),
      )
      assert.equal(won, 1)
      assert.equal((await store.passkeys(ACCOUNT)).length, 1)
    }),
  )

  test(
    'a passkey that is there already, is one too many or has no session to replace writes nothing',
    withStore(async (store) => {
      await keyedAccount(store)
      await store.putChallenge(adding('again'))
      const before = [await contents(store), await store.passkeys(ACCOUNT)]
      const other = { id: 'other', credentialId: 'credential-2' }
      const again = additionOf(adding('again'), other)
      for (const lost of [
        additionOf(adding('again'), { id: 'other' }),
        { ...again, limit: 1 },
        { ...again, grant: newGrant('new', { replaces: 'ended' }) },
        { ...again, challenge: adding('another') },
      ]) {
        assert.equal(await store.addPasskey(lost), false)
        assert.deepEqual([await contents(store), await store.passkeys(ACCOUNT)], before)
        assert.equal(await store.hasChallenge(adding('again'), NOW), true)
      }
      const grant = newGrant('new')
      assert.deepEqual(await store.addPasskey({ ...again, grant }), { recoveryCodesStored: false })
    }),
  )

  test(
    'passkeys and authenticators share one limit',
    withStore(async (store) => {
      await enrolledAccount(store)
      await addPasskey(store)
      const row = newAuthenticator({ id: 'second' })
      assert.equal(await store.addAuthenticator(row, 2), false)
      assert.equal(await store.addAuthenticator(row, 3), true)
    }),
  )

  // The gate of last resort: a password alone never opens an account that has a second factor.
  test(
    'a session of aal 1 is refused while the account has a passkey, a copied one too [R39]',
    withStore(async (store) => {
      await keyedAccount(store)
      const byPassword = newGrant('below', { session: newSession('below', { aal: 1 }) })
      assert.equal(await store.grantSession(byPassword), false)
      await store.putChallenge(later('challenge'))
      assert.equal(await store.suspectCopy(suspicionOf(later('challenge'))), true)
      assert.equal(await store.grantSession(byPassword), false)
      assert.equal((await store.account(ACCOUNT))?.hasSecondFactor, true)
    }),
  )

  test(
    'a challenge lives until its last second, for its own account, purpose and binding [R52]',
    withStore(async (store) => {
      await keyedAccount(store)
      await store.putChallenge(challengeOf('challenge'))
      const live = challengeOf('challenge')
      assert.equal(await store.hasChallenge(live, NOW + 299), true)
      assert.equal(await store.hasChallenge(live, NOW + 300), false)
      const others: ChallengeReference[] = [
        { ...live, accountId: 'account-2' },
        { ...live, purpose: 'reauthenticate' },
        { ...live, boundTo: 'ticket-2' },
        { ...live, hash: hashOf('another') },
      ]
      for (const challenge of others) {
        assert.equal(await store.hasChallenge(challenge, NOW), false)
        const grant = newGrant('none', { spend: spendOf(challenge, 0, 1) })
        assert.equal(await store.grantSession(grant), false)
      }
    }),
  )

  test(
    'a newer challenge takes the place of the older one, of the same binding only [R52]',
    withStore(async (store) => {
      await keyedAccount(store)
      const elsewhere = challengeOf('elsewhere', { boundTo: 'ticket-2' })
      for (const one of [challengeOf('older'), elsewhere, challengeOf('newer')]) {
        await store.putChallenge(one)
      }
      assert.equal(await store.hasChallenge(challengeOf('older'), NOW), false)
      assert.equal(await store.hasChallenge(challengeOf('newer'), NOW), true)
      assert.equal(await store.hasChallenge(elsewhere, NOW), true)
    }),
  )

  test(
    'one of twenty simultaneous callers signs in by an answer, whether the passkey counts or not [R52]',
    withStore(async (store) => {
      await keyedAccount(store)
      for (const [name, count] of [
        ['counting', 5],
        ['as before', 5],
      ] as const) {
        await store.putChallenge(challengeOf(name))
        const from = (await store.passkeys(ACCOUNT))[0]?.signCount ?? -1
        const spend = spendOf(challengeOf(name), from, count)
        const won = await winners((caller) =>
          store.grantSession(newGrant(`${name}-${caller}`, { spend })),
        )
        assert.equal(won, 1, name)
      }
      const [passkey] = await store.passkeys(ACCOUNT)
      assert.deepEqual([passkey?.signCount, passkey?.lastUsedAt], [5, NOW])
    }),
  )

  test(
    'an answer that misses any one part writes nothing of the others [R48] [R52]',
    withStore(async (store) => {
      await keyedAccount(store, { signCount: 4 })
      const challenge = challengeOf('challenge')
      await store.putChallenge(challenge)
      const right = spendOf(challenge, 4, 5)
      const before = [await contents(store), await store.passkeys(ACCOUNT)]
      const session = newSession('new', { createdAt: NOW + 300 })
      for (const grant of [
        newGrant('new', { spend: { ...right, fromSignCount: 3 } }),
        newGrant('new', { spend: { ...right, passkeyId: 'removed' } }),
        newGrant('new', { spend: { ...right, challenge: challengeOf('another') } }),
        newGrant('new', { spend: right, session }),
        newGrant('new', { spend: right, replaces: 'ended' }),
      ]) {
        assert.equal(await store.grantSession(grant), false)
        assert.deepEqual([await contents(store), await store.passkeys(ACCOUNT)], before)
        assert.equal(await store.hasChallenge(challenge, NOW), true)
      }
      assert.equal(await store.grantSession(newGrant('new', { spend: right })), true)
    }),
  )

  test(
    'a passkey that looks copied is refused from then on, and its challenge is used up [R52]',
    withStore(async (store) => {
      await keyedAccount(store, { signCount: 4 })
      for (const name of ['copied', 'waiting']) {
        await store.putChallenge(later(name, { boundTo: name }))
      }
      const copied = later('copied', { boundTo: 'copied' })
      assert.equal(await store.suspectCopy(suspicionOf(later('another'))), false)
      assert.equal((await store.passkeys(ACCOUNT))[0]?.copiedAt, null)
      assert.equal(await winners(() => store.suspectCopy(suspicionOf(copied))), 1)
      assert.equal((await store.passkeys(ACCOUNT))[0]?.copiedAt, NOW + 1)
      const kinds = (await store.events(ACCOUNT, 100)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'passkey.copied').length, 1)
      const waiting = spendOf(later('waiting', { boundTo: 'waiting' }), 4, 5)
      assert.equal(await store.grantSession(newGrant('new', { spend: waiting })), false)
    }),
  )

  test(
    'a question that is no younger than the count proves no copy, and nothing is written [R52]',
    withStore(async (store) => {
      await keyedAccount(store)
      await store.putChallenge(challengeOf('first'))
      const early = later('early', { boundTo: 'early' })
      for (const one of [challengeOf('first'), early]) await store.putChallenge(one)
      const spend = spendOf(challengeOf('first'), 0, 5)
      const session = newSession('new', { createdAt: NOW + 1 })
      assert.equal(await store.grantSession(newGrant('new', { spend, session })), true)
      const before = [await contents(store), await store.passkeys(ACCOUNT)]
      assert.equal(await store.suspectCopy(suspicionOf(early)), false)
      assert.deepEqual([await contents(store), await store.passkeys(ACCOUNT)], before)
      assert.equal(await store.hasChallenge(early, NOW), true)
    }),
  )

  test(
    'a passkey is renamed and removed as an authenticator is, by its own account only [R50]',
    withStore(async (store) => {
      await keyedAccount(store)
      await store.ensureAccount('account-2', NOW)
      const removal = { authenticatorId: PASSKEY, event: newEvent() }
      assert.equal(await store.renameAuthenticator('account-2', PASSKEY, 'mine'), false)
      assert.equal(await store.removeAuthenticator({ ...removal, accountId: 'account-2' }), false)
      assert.equal(await store.renameAuthenticator(ACCOUNT, PASSKEY, 'desk'), true)
      assert.equal((await store.passkeys(ACCOUNT))[0]?.name, 'desk')
      const won = await winners(() => store.removeAuthenticator({ ...removal, accountId: ACCOUNT }))
      assert.equal(won, 1)
      assert.deepEqual(await store.passkeys(ACCOUNT), [])
    }),
  )

  test(
    'the last factor of either kind takes the recovery codes with it, an earlier one does not [R20]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await addPasskey(store)
      const removal = { accountId: ACCOUNT, event: newEvent(), keepSession: 'added' }
      await store.removeAuthenticator({ ...removal, authenticatorId: AUTHENTICATOR })
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 3)
      const replaced = await store.replaceRecoveryCodes(ACCOUNT, recoveryRows('DDDD'), newEvent())
      assert.equal(replaced, true)
      await store.removeAuthenticator({ ...removal, authenticatorId: PASSKEY })
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 0)
      assert.equal((await store.account(ACCOUNT))?.hasSecondFactor, false)
      assert.deepEqual(await liveSessionIds(store), ['added'])
    }),
  )
}

/** A challenge of a second later. */
function later(name: string, over: Partial<ChallengeReference> = {}): NewChallenge {
  return { ...challengeOf(name, over), expiresAt: NOW + 301 }
}

function suspicionOf(challenge: ChallengeReference) {
  const event = newEvent({ kind: 'passkey.copied', result: 'refused' })
  const now = NOW + 1
  return { accountId: ACCOUNT, passkeyId: PASSKEY, challenge, challengeSeconds: 300, now, event }
}
