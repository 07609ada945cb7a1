/** The contract's tests of trusted browsers, and of sessions that rest on them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewSession, NewTrustedBrowser, SessionGrant, Store } from '../../store.ts'
import {
  ACCOUNT,
  activationOf,
  AUTHENTICATOR,
  CONFIRMED_STEP,
  enrolledAccount,
  hashOf,
  newAuthenticator,
  newEvent,
  newGrant,
  newSession,
  NOW,
  recoveryRows,
  spendOf,
} from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const EXPIRES_AT = NOW + 1_000
const step = spendOf(CONFIRMED_STEP + 1)

function newTrustedBrowser(over: Partial<NewTrustedBrowser> = {}): NewTrustedBrowser {
  return {
    accountId: ACCOUNT,
    id: 'trusted-1',
    tokenHash: hashOf('first'),
    createdAt: NOW,
    lastUsedAt: NOW,
    expiresAt: EXPIRES_AT,
    source: '192.0.2.1',
    userAgent: 'Test/1',
    ...over,
  }
}

const trusting = (over: Partial<NewTrustedBrowser> = {}) => ({
  browser: newTrustedBrowser(over),
  event: newEvent({ kind: 'browser.trusted' }),
})

/** An account with one trusted browser, whose token is called `first`. */
async function trustingAccount(store: Store): Promise<void> {
  await enrolledAccount(store)
  const grant = newGrant('full', { spend: step, trusts: trusting() })
  assert.equal(await store.grantSession(grant), true)
}

/** A sign-in by trust: with the token of the first name, after which the second one counts. */
function restingGrant(
  id: string,
  [from, to]: readonly [string, string],
  over: Partial<SessionGrant> = {},
  session: Partial<NewSession> = {},
): SessionGrant {
  return newGrant(id, {
    session: newSession(id, { aal: 1, amr: ['pwd'], trustedBrowserId: 'trusted-1', ...session }),
    restsOn: { id: 'trusted-1', tokenHash: hashOf(from), nextTokenHash: hashOf(to) },
    ...over,
  })
}

const stateOf = (store: Store, token: string, over: { accountId?: string; now?: number } = {}) =>
  store.trustedToken({
    accountId: ACCOUNT,
    id: 'trusted-1',
    tokenHash: hashOf(token),
    now: NOW,
    ...over,
  })

/** What voids a trust: each is a change of what it is bound to. */
const CHANGES: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'another password': (store) =>
    store.changePassword({
      accountId: ACCOUNT,
      fromVersion: 1,
      passwordHash: '$other',
      grant: newGrant('changed', { passwordVersion: 2 }),
    }),
  'a new authenticator': async (store) => {
    await store.addAuthenticator(newAuthenticator({ id: 'authenticator-2' }), 10)
    return store.activateAuthenticator(activationOf('authenticator-2'))
  },
  'a passkey': async (store) => {
    const reference = { accountId: ACCOUNT, purpose: 'add', boundTo: 'full' } as const
    const challenge = { ...reference, hash: hashOf('challenge') }
    await store.putChallenge({ ...challenge, expiresAt: NOW + 300 })
    return store.addPasskey({
      passkey: {
        accountId: ACCOUNT,
        id: 'passkey-1',
        name: 'key',
        credentialId: 'credential-1',
        publicKey: Uint8Array.of(1),
        signCount: 0,
        transports: [],
        backupEligible: false,
        createdAt: NOW,
      },
      limit: 10,
      challenge,
      event: newEvent(),
      recoveryCodes: [],
      grant: newGrant('added'),
    })
  },
  'a removed authenticator': async (store) => {
    const removal = { accountId: ACCOUNT, authenticatorId: AUTHENTICATOR, event: newEvent() }
    return store.removeAuthenticator(removal)
  },
  'a new set of recovery codes': (store) =>
    store.replaceRecoveryCodes(ACCOUNT, recoveryRows('DDDD'), newEvent()),
}

export function trustedBrowserTests(withStore: WithStore): void {
  test(
    'a trusted browser comes back as it was stored, without its hash [R30]',
    withStore(async (store) => {
      await trustingAccount(store)
      const { tokenHash: _, ...expected } = newTrustedBrowser()
      assert.deepEqual(await store.trustedBrowsers(ACCOUNT, NOW), [expected])
      assert.equal((await store.events(ACCOUNT, 1))[0]?.kind, 'browser.trusted')
    }),
  )

  test(
    'one of twenty simultaneous callers signs in by a token, and the next one counts [R49]',
    withStore(async (store) => {
      await trustingAccount(store)
      const won = await winners((caller) =>
        store.grantSession(restingGrant(`s-${caller}`, ['first', `next-${caller}`])),
      )
      assert.equal(won, 1)
      const winner = (await liveSessionIds(store)).find((id) => id !== 'full') ?? ''
      assert.equal(await stateOf(store, 'first'), 'older')
      assert.equal(await stateOf(store, winner.replace('s', 'next')), 'present')
    }),
  )

  test(
    'a use is seen: when, from where, with what',
    withStore(async (store) => {
      await trustingAccount(store)
      const where = { source: '198.51.100.1', userAgent: 'Test/2' }
      const grant = restingGrant('s-1', ['first', 'second'], {}, { createdAt: NOW + 5, ...where })
      assert.equal(await store.grantSession(grant), true)
      const { tokenHash: _, ...before } = newTrustedBrowser()
      const expected = { ...before, ...where, lastUsedAt: NOW + 5 }
      assert.deepEqual(await store.trustedBrowsers(ACCOUNT, NOW), [expected])
    }),
  )

  test(
    'a session of aal 1 is granted only where its trust is used up with it [R39 R49]',
    withStore(async (store) => {
      await trustingAccount(store)
      const before = await contents(store)
      const wrong: SessionGrant[] = [
        restingGrant('new', ['no such token', 'second']),
        restingGrant('new', ['first', 'second'], {}, { trustedBrowserId: null }),
        restingGrant('new', ['first', 'second'], {}, { trustedBrowserId: 'trusted-2' }),
        restingGrant('new', ['first', 'second'], {}, { createdAt: EXPIRES_AT }),
        restingGrant('new', ['first', 'second'], { passwordVersion: 2 }),
        restingGrant('new', ['first', 'second'], { replaces: 'ended' }),
        newGrant('new', {
          session: newSession('new', { aal: 1, trustedBrowserId: 'trusted-1' }),
        }),
      ]
      for (const grant of wrong) {
        assert.equal(await store.grantSession(grant), false)
        assert.deepEqual(await contents(store), before)
        assert.equal(await stateOf(store, 'first'), 'present')
      }
      assert.equal(await store.grantSession(restingGrant('new', ['first', 'second'])), true)
    }),
  )

  test(
    'trust is given beside a session of aal 2 that spends a step, and beside no other [R49]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const before = await contents(store)
      const trusts = trusting()
      const wrong: SessionGrant[] = [
        newGrant('new', { trusts }),
        newGrant('new', { trusts, spend: { kind: 'recovery', lookup: 'AAAA' } }),
        newGrant('new', { trusts, spend: spendOf(CONFIRMED_STEP) }),
      ]
      for (const grant of wrong) {
        assert.equal(await store.grantSession(grant), false)
        assert.deepEqual(await contents(store), before)
        assert.deepEqual(await store.trustedBrowsers(ACCOUNT, NOW), [])
      }
    }),
  )

  test(
    'trust lasts until its last second, and a session that rests on it no longer [R49]',
    withStore(async (store) => {
      await trustingAccount(store)
      await store.grantSession(restingGrant('s-1', ['first', 'second']))
      const find = (now: number) =>
        store.session({ accountId: ACCOUNT, tokenHash: hashOf('s-1'), now, idleSeconds: 1e6 })
      assert.equal((await find(EXPIRES_AT - 1))?.session.trustedBrowserId, 'trusted-1')
      assert.equal(await stateOf(store, 'second', { now: EXPIRES_AT - 1 }), 'present')
      assert.equal(await find(EXPIRES_AT), undefined)
      assert.equal(await stateOf(store, 'second', { now: EXPIRES_AT }), undefined)
      assert.equal(await stateOf(store, 'first', { now: EXPIRES_AT }), undefined)
      assert.deepEqual(await store.trustedBrowsers(ACCOUNT, EXPIRES_AT), [])
      const listed = await store.sessions(ACCOUNT, EXPIRES_AT, 1e6)
      assert.deepEqual(
        listed.map(({ id }) => id),
        ['full'],
      )
    }),
  )

  for (const [name, change] of Object.entries(CHANGES)) {
    test(
      `trust and what rests on it end with ${name} [R34 R49]`,
      withStore(async (store) => {
        await trustingAccount(store)
        await store.grantSession(restingGrant('s-1', ['first', 'second']))
        assert.notEqual(await change(store), false)
        assert.ok(!(await liveSessionIds(store)).includes('s-1'))
        assert.deepEqual(await store.trustedBrowsers(ACCOUNT, NOW), [])
        for (const token of ['first', 'second']) {
          assert.equal(await stateOf(store, token), undefined)
        }
        for (const passwordVersion of [1, 2]) {
          const again = restingGrant('s-2', ['second', 'third'], { passwordVersion })
          assert.equal(await store.grantSession(again), false)
        }
      }),
    )
  }

  test(
    'signing in by trust races a new authenticator: afterwards nothing rests on it [R49]',
    withStore(async (store) => {
      await trustingAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'authenticator-2' }), 10)
      const sign = () => store.grantSession(restingGrant('s-1', ['first', 'second']))
      const answers = [sign(), store.activateAuthenticator(activationOf('authenticator-2')), sign()]
      await Promise.all(answers)
      assert.deepEqual(await store.trustedBrowsers(ACCOUNT, NOW), [])
      assert.deepEqual(await liveSessionIds(store), [])
    }),
  )

  test(
    'a use of a recovery code and a pending authenticator that goes end no trust',
    withStore(async (store) => {
      await trustingAccount(store)
      await store.useRecoveryCode({
        accountId: ACCOUNT,
        now: NOW,
        event: newEvent(),
        lookup: 'AAAA',
      })
      await store.addAuthenticator(newAuthenticator({ id: 'pending' }), 10)
      const removal = { accountId: ACCOUNT, authenticatorId: 'pending', event: newEvent() }
      await store.removeAuthenticator(removal)
      assert.equal(await stateOf(store, 'first'), 'present')
    }),
  )

  test(
    'one of twenty simultaneous callers ends a trust, with the sessions that rest on it [R34]',
    withStore(async (store) => {
      await trustingAccount(store)
      const second = { id: 'trusted-2', tokenHash: hashOf('other') }
      const spend = spendOf(CONFIRMED_STEP + 2)
      await store.grantSession(newGrant('full-2', { spend, trusts: trusting(second) }))
      await store.grantSession(restingGrant('s-1', ['first', 'second']))
      const event = newEvent({ kind: 'browser.trust-ended' })
      const end = () => store.forgetTrustedBrowser(ACCOUNT, 'trusted-1', event)
      assert.equal(await winners(end), 1)
      assert.deepEqual(await liveSessionIds(store), ['full', 'full-2'])
      const left = await store.trustedBrowsers(ACCOUNT, NOW)
      assert.deepEqual(
        left.map(({ id }) => id),
        ['trusted-2'],
      )
      const kinds = (await store.events(ACCOUNT, 100)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'browser.trust-ended').length, 1)
    }),
  )

  test(
    'trust is of its account: another one neither finds, uses nor ends it [R49]',
    withStore(async (store) => {
      await trustingAccount(store)
      const accountId = 'account-2'
      await store.ensureAccount(accountId, NOW)
      await store.addAuthenticator(newAuthenticator({ accountId, id: 'other' }), 10)
      const event = newEvent({ accountId })
      await store.activateAuthenticator({ ...activationOf('other'), accountId, event })
      assert.equal(await stateOf(store, 'first', { accountId }), undefined)
      assert.deepEqual(await store.trustedBrowsers(accountId, NOW), [])
      const grant = restingGrant('s-1', ['first', 'second'], { event }, { accountId })
      assert.equal(await store.grantSession(grant), false)
      assert.equal(await store.forgetTrustedBrowser(accountId, 'trusted-1', event), false)
      assert.equal(await stateOf(store, 'first'), 'present')
    }),
  )
}
