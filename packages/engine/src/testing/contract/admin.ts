/** The contract's tests of administrators, and of what they take away from others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPERATOR } from '../../store.ts'
import type { AccountSummary, Store } from '../../store.ts'
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
  newTicket,
  NOW,
  ticketOf,
  useOf,
} from './rows.ts'
import { contents, counted, liveSessionIds, triesLeft, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const ADMIN = 'admin-1'
const ENROL_UNTIL = NOW + 1_000
const POOL = newPool('admin-claim', 5)

/** What an administrator does is told in two chains. */
const TOLD = [
  newEvent({ accountId: ACCOUNT, kind: 'admin.test', factor: ADMIN }),
  newEvent({ accountId: ADMIN, kind: 'admin.acted' }),
]
const takingOf = (more: { authenticatorId?: string; now?: number } = {}) => ({
  accountId: ACCOUNT,
  now: NOW,
  enrolUntil: ENROL_UNTIL,
  events: TOLD,
  ...more,
})

async function toldOf(store: Store): Promise<(string | undefined)[]> {
  const newest = async (accountId: string) => (await store.events(accountId, 1))[0]?.kind
  return [await newest(ACCOUNT), await newest(ADMIN)]
}

async function account(store: Store, id: string, login = id): Promise<void> {
  const row = newAccount({ id, login, loginKey: login })
  await store.createAccount(row, newEvent({ accountId: id, kind: 'account.registered' }))
}

const invitationOf = (name: string, inviter = OPERATOR, over: { expiresAt?: number } = {}) => ({
  inviter,
  tokenHash: hashOf(name),
  expiresAt: NOW + 3_600,
  event: newEvent({ accountId: inviter, kind: 'admin.invited' }),
  ...over,
})

async function claim(
  store: Store,
  accountId: string,
  name: string,
  { inviter = OPERATOR, now = NOW } = {},
): Promise<boolean> {
  const events = [newEvent({ accountId, kind: 'admin.claimed' })]
  const reference = { inviter, tokenHash: hashOf(name) }
  const returnTry = await counted(store, POOL)
  return store.claimAdmin({ ...reference, accountId, now, events, returnTry })
}

async function isAdmin(store: Store, id: string): Promise<boolean> {
  return ((await store.account(id))?.adminSince ?? null) !== null
}

/** The first administrator, invited by the operator. */
async function admin(store: Store, id = ADMIN): Promise<void> {
  await account(store, id)
  assert.equal(await store.inviteAdmin(invitationOf('first')), true)
  assert.equal(await claim(store, id, 'first'), true)
}

async function challengeOf(store: Store, name: string) {
  const whose = { accountId: ACCOUNT, purpose: 'add', boundTo: 'session' } as const
  const challenge = { ...whose, hash: hashOf(name) }
  await store.putChallenge({ ...challenge, expiresAt: NOW + 300 })
  return { challenge }
}

async function addPasskey(store: Store, id: string): Promise<void> {
  const { challenge } = await challengeOf(store, id)
  const added = await store.addPasskey({
    passkey: {
      id,
      accountId: ACCOUNT,
      name: 'key',
      credentialId: id,
      publicKey: Uint8Array.of(1),
      signCount: 0,
      transports: [],
      backupEligible: false,
      createdAt: NOW,
    },
    limit: 10,
    challenge,
    event: newEvent({ kind: 'passkey.added' }),
    recoveryCodes: [],
    grant: newGrant(id),
  })
  assert.notEqual(added, false)
}

export function adminTests(withStore: WithStore): void {
  invitationTests(withStore)
  takingTests(withStore)
  listTests(withStore)
}

function invitationTests(withStore: WithStore): void {
  test(
    'a new database has no administrator and no account [R47]',
    withStore(async (store) => {
      assert.deepEqual(await store.accountSummaries({ limit: 10, disabledAt: 100 }), [])
    }),
  )

  test(
    'of twenty simultaneous claims of one invitation one makes an administrator [R47]',
    withStore(async (store) => {
      for (let nth = 0; nth < 20; nth++) await account(store, `claimer-${nth}`)
      await store.inviteAdmin(invitationOf('token'))
      const returnTry = { key: 'none', at: NOW, mark: '00000000' }
      const won = await winners((nth) => {
        const accountId = `claimer-${nth}`
        const events = [newEvent({ accountId, kind: 'admin.claimed' })]
        const reference = { inviter: OPERATOR, tokenHash: hashOf('token') }
        return store.claimAdmin({ ...reference, accountId, now: NOW, events, returnTry })
      })
      assert.equal(won, 1)
      const admins = await store.accountSummaries({ admins: true, limit: 20, disabledAt: 100 })
      assert.equal(admins.length, 1)
      assert.equal(admins[0]?.adminSince, NOW)
      const [newest] = await store.events(admins[0].id, 1)
      assert.equal(newest?.kind, 'admin.claimed')
    }),
  )

  test(
    'an invitation that is wrong, over, of another inviter or used makes nobody an administrator, and writes nothing [R47]',
    withStore(async (store) => {
      await account(store, 'ada')
      await store.inviteAdmin(invitationOf('token'))
      const before = await contents(store, 'ada')
      assert.equal(await claim(store, 'ada', 'another'), false)
      assert.equal(await claim(store, 'ada', 'token', { inviter: 'ada' }), false)
      assert.equal(await claim(store, 'ada', 'token', { now: NOW + 3_600 }), false)
      assert.equal(await claim(store, 'nobody', 'token'), false)
      assert.deepEqual(await contents(store, 'ada'), before)
      assert.equal(await claim(store, 'ada', 'token', { now: NOW + 3_599 }), true)
      await account(store, 'eve')
      assert.equal(await claim(store, 'eve', 'token'), false)
      assert.equal(await isAdmin(store, 'eve'), false)
    }),
  )

  test(
    'a claim gives its try back when it wins, and only then',
    withStore(async (store) => {
      await account(store, 'ada')
      await store.inviteAdmin(invitationOf('token'))
      await claim(store, 'ada', 'wrong')
      await claim(store, 'ada', 'token')
      assert.equal(await triesLeft(store, POOL), 4)
    }),
  )

  test(
    'a new invitation voids the last one of the same inviter [R47]',
    withStore(async (store) => {
      await account(store, 'ada')
      await store.inviteAdmin(invitationOf('first'))
      await store.inviteAdmin(invitationOf('second'))
      assert.equal(await claim(store, 'ada', 'first'), false)
      assert.equal(await claim(store, 'ada', 'second'), true)
    }),
  )

  test(
    'the operator invites nobody where there is an administrator, and who is none invites nobody [R47]',
    withStore(async (store) => {
      await admin(store)
      await account(store, 'eve')
      const before = await contents(store, 'eve')
      assert.equal(await store.inviteAdmin(invitationOf('again')), false)
      assert.equal(await store.inviteAdmin(invitationOf('mine', 'eve')), false)
      assert.equal(await claim(store, 'eve', 'again'), false)
      assert.equal(await claim(store, 'eve', 'mine', { inviter: 'eve' }), false)
      assert.deepEqual(await contents(store, 'eve'), before)
      assert.equal(await store.inviteAdmin(invitationOf('yours', ADMIN)), true)
      assert.equal(await claim(store, 'eve', 'yours', { inviter: ADMIN }), true)
    }),
  )

  test(
    'with an administrator end the invitations that it has made [R47]',
    withStore(async (store) => {
      await admin(store)
      await account(store, 'eve')
      await store.inviteAdmin(invitationOf('yours', ADMIN))
      const event = newEvent({ accountId: ADMIN, kind: 'admin.revoked' })
      assert.equal(await winners(() => store.revokeAdmin(ADMIN, event)), 1)
      assert.equal(await isAdmin(store, ADMIN), false)
      assert.equal(await claim(store, 'eve', 'yours', { inviter: ADMIN }), false)
      const kinds = (await store.events(ADMIN, 100)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'admin.revoked').length, 1)
      assert.equal(await store.inviteAdmin(invitationOf('first again')), true)
    }),
  )

  test(
    'an invitation of somebody who was reset since is worth nothing [R47]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.inviteAdmin(invitationOf('first'))
      await claim(store, ACCOUNT, 'first')
      await store.inviteAdmin(invitationOf('yours', ACCOUNT))
      await account(store, 'eve')
      assert.equal(await store.takeFactorsAway(takingOf()), true)
      assert.equal(await claim(store, 'eve', 'yours', { inviter: ACCOUNT }), false)
    }),
  )
}

function takingTests(withStore: WithStore): void {
  test(
    'of twenty simultaneous resets one takes everything away, and both chains tell of it once [R46]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'pending' }), 10)
      await store.grantSession(newGrant('s-1'))
      await store.createTicket(newTicket('t-1'), newEvent())
      assert.equal(await winners(() => store.takeFactorsAway(takingOf())), 1)
      const after = await contents(store)
      assert.deepEqual([after.authenticators, after.sessions], [[], []])
      assert.equal(after.recoveryCodesLeft, 0)
      assert.equal(after.account?.hasSecondFactor, false)
      assert.equal(after.account.enrolUntil, ENROL_UNTIL)
      assert.equal(await store.ticketAccount(ticketOf('t-1'), NOW), undefined)
      const told = after.events.filter(({ kind }) => kind === 'admin.test')
      assert.deepEqual(
        told.map(({ factor }) => factor),
        [ADMIN],
      )
      assert.equal((await store.events(ADMIN, 100)).length, 1)
    }),
  )

  test(
    'what was to be reset and had nothing is left alone; a reset whose time is over is begun anew',
    withStore(async (store) => {
      await account(store, ACCOUNT)
      await store.addAuthenticator(newAuthenticator(), 10)
      const before = await contents(store)
      assert.equal(await store.takeFactorsAway(takingOf()), false)
      assert.deepEqual(await contents(store), before)
      await store.activateAuthenticator(activationOf())
      assert.equal(await store.takeFactorsAway(takingOf()), true)
      assert.equal(await store.takeFactorsAway(takingOf({ now: ENROL_UNTIL - 1 })), false)
      assert.equal(await store.takeFactorsAway(takingOf({ now: ENROL_UNTIL })), true)
    }),
  )

  test(
    'after a reset the password alone grants a session in time, and not later [R46]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.takeFactorsAway(takingOf())
      const grant = (id: string, createdAt: number) =>
        store.grantSession(newGrant(id, { session: newSession(id, { aal: 1, createdAt }) }))
      assert.equal(await grant('in time', ENROL_UNTIL - 1), true)
      assert.equal(await grant('late', ENROL_UNTIL), false)
      assert.deepEqual(await liveSessionIds(store), ['in time'])
    }),
  )

  test(
    'a new authenticator ends the wait of a reset account',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.takeFactorsAway(takingOf())
      await store.addAuthenticator(newAuthenticator({ id: 'new' }), 10)
      await store.activateAuthenticator(activationOf('new'))
      assert.equal((await store.account(ACCOUNT))?.enrolUntil, null)
    }),
  )

  test(
    'an administrator whose factors were taken away is none any more [R46]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.inviteAdmin(invitationOf('first'))
      await claim(store, ACCOUNT, 'first')
      await store.takeFactorsAway(takingOf())
      assert.equal(await isAdmin(store, ACCOUNT), false)
    }),
  )

  test(
    'one of two authenticators goes with the sessions and tickets, and leaves the rest [R50]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'second' }), 10)
      await store.activateAuthenticator(activationOf('second'))
      await store.grantSession(newGrant('s-1'))
      await store.createTicket(newTicket('t-1'), newEvent())
      const taking = takingOf({ authenticatorId: AUTHENTICATOR })
      assert.equal(await winners(() => store.takeFactorsAway(taking)), 1)
      const after = await contents(store)
      assert.deepEqual(
        after.authenticators.map(({ id }) => id),
        ['second'],
      )
      assert.deepEqual(after.sessions, [])
      assert.equal(await store.ticketAccount(ticketOf('t-1'), NOW), undefined)
      assert.equal(after.recoveryCodesLeft, 3)
      assert.equal(after.account?.enrolUntil, null)
      assert.deepEqual(await toldOf(store), ['admin.test', 'admin.acted'])
    }),
  )

  test(
    'the last authenticator goes as a reset does',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'pending' }), 10)
      await store.takeFactorsAway(takingOf({ authenticatorId: AUTHENTICATOR }))
      const after = await contents(store)
      assert.deepEqual([after.authenticators, after.recoveryCodesLeft], [[], 0])
      assert.equal(after.account?.enrolUntil, ENROL_UNTIL)
      // What somebody found was no recovery code any more before it was one of nobody's.
      assert.equal(await store.useRecoveryCode({ ...useOf(), lookup: 'AAAA' }), false)
    }),
  )

  test(
    'passkeys go with a reset, and one of them like an authenticator; a new one ends the wait [R46] [R50]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await addPasskey(store, 'key')
      const atRisk = async () =>
        (await store.accountSummaries({ id: ACCOUNT, limit: 1, disabledAt: 3 }))[0]?.authenticators
      assert.equal(await atRisk(), 2)
      assert.equal(await store.takeFactorsAway(takingOf({ authenticatorId: 'key' })), true)
      assert.deepEqual(await store.passkeys(ACCOUNT), [])
      assert.equal((await store.account(ACCOUNT))?.enrolUntil, null)
      await addPasskey(store, 'key')
      const { challenge } = await challengeOf(store, 'waiting')
      assert.equal(await store.takeFactorsAway(takingOf()), true)
      assert.deepEqual(await store.passkeys(ACCOUNT), [])
      assert.equal(await store.hasChallenge(challenge, NOW), false)
      assert.equal((await store.account(ACCOUNT))?.hasSecondFactor, false)
      await addPasskey(store, 'new key')
      assert.equal((await store.account(ACCOUNT))?.enrolUntil, null)
    }),
  )

  test(
    'a pending authenticator goes alone, and an unknown one changes nothing',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'pending' }), 10)
      await store.grantSession(newGrant('s-1'))
      const before = await contents(store)
      const unknown = takingOf({ authenticatorId: 'no such one' })
      assert.equal(await store.takeFactorsAway(unknown), false)
      assert.deepEqual(await contents(store), before)
      assert.equal(await store.takeFactorsAway(takingOf({ authenticatorId: 'pending' })), true)
      assert.deepEqual(await liveSessionIds(store), ['s-1'])
      assert.equal(await store.recoveryCodesLeft(ACCOUNT), 3)
    }),
  )

  test(
    'others keep what they have when one account is reset',
    withStore(async (store) => {
      await enrolledAccount(store)
      await account(store, 'grace')
      await store.addAuthenticator(newAuthenticator({ id: 'hers', accountId: 'grace' }), 10)
      await store.activateAuthenticator({
        ...activationOf('hers'),
        accountId: 'grace',
        event: newEvent({ accountId: 'grace' }),
      })
      const session = newSession('grace', { accountId: 'grace' })
      const event = newEvent({ accountId: 'grace' })
      await store.grantSession(newGrant('grace', { session, event }))
      const before = await contents(store, 'grace')
      await store.takeFactorsAway(takingOf())
      await store.endSessions({ accountId: ACCOUNT, events: TOLD })
      assert.deepEqual(await contents(store, 'grace'), before)
    }),
  )

  test(
    'one session ends, or all of the account, told in both chains; where there is none nothing is written [R34]',
    withStore(async (store) => {
      await enrolledAccount(store)
      for (const id of ['s-1', 's-2', 's-3']) await store.grantSession(newGrant(id))
      const one = { accountId: ACCOUNT, sessionId: 's-2', events: TOLD }
      assert.equal(await winners(() => store.endSessions(one)), 1)
      assert.deepEqual(await liveSessionIds(store), ['s-1', 's-3'])
      assert.equal(await store.endSessions({ ...one, accountId: 'grace', sessionId: 's-1' }), false)
      assert.equal(await winners(() => store.endSessions({ accountId: ACCOUNT, events: TOLD })), 1)
      assert.deepEqual(await liveSessionIds(store), [])
      assert.deepEqual(await toldOf(store), ['admin.test', 'admin.acted'])
      assert.equal((await store.events(ADMIN, 100)).length, 2)
    }),
  )
}

function listTests(withStore: WithStore): void {
  const list = (store: Store, search: object = {}): Promise<AccountSummary[]> =>
    store.accountSummaries({ limit: 10, disabledAt: 3, ...search })
  const ids = async (store: Store, search: object) =>
    (await list(store, search)).map(({ id }) => id)

  test(
    'accounts are listed by id, page by page, and found by id and by the beginning of the login',
    withStore(async (store) => {
      for (const [id, login] of [
        ['c', 'ada@example.com'],
        ['a', 'adam%_@example.com'],
        ['b', 'grace'],
      ] as const) {
        await account(store, id, login)
      }
      await store.ensureAccount('d', NOW)
      assert.deepEqual(await ids(store, {}), ['a', 'b', 'c', 'd'])
      assert.deepEqual(await ids(store, { limit: 2 }), ['a', 'b'])
      assert.deepEqual(await ids(store, { after: 'b', limit: 1 }), ['c'])
      assert.deepEqual(await ids(store, { id: 'b' }), ['b'])
      assert.deepEqual(await ids(store, { loginPrefix: 'ada' }), ['a', 'c'])
      assert.deepEqual(await ids(store, { loginPrefix: 'ada@' }), ['c'])
      for (const wild of ['%', '_', 'ad_', 'a%', 'adam%_@example.com.']) {
        assert.deepEqual(await ids(store, { loginPrefix: wild }), [], wild)
      }
      assert.deepEqual(await ids(store, { admins: true }), [])
    }),
  )

  test(
    'a summary says what the account has, and nothing secret [R46]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'pending' }), 10)
      assert.deepEqual(await list(store), [
        {
          id: ACCOUNT,
          login: 'Ada',
          createdAt: NOW,
          adminSince: null,
          enrolUntil: null,
          passwordSuspectSince: null,
          authenticators: 1,
          recoveryCodesLeft: 3,
          atRisk: false,
        },
      ])
    }),
  )

  test(
    'at risk is who has an authenticator, no other one that is able, and no recovery code',
    withStore(async (store) => {
      await account(store, 'without a factor')
      await enrolledAccount(store)
      assert.deepEqual(await ids(store, { atRisk: true }), [])
      for (const lookup of ['AAAA', 'BBBB']) await store.useRecoveryCode({ ...useOf(), lookup })
      assert.deepEqual(await ids(store, { atRisk: true }), [])
      await store.useRecoveryCode({ ...useOf(), lookup: 'CCCC' })
      assert.deepEqual(await ids(store, { atRisk: true }), [ACCOUNT])
      await store.addAuthenticator(newAuthenticator({ id: 'second' }), 10)
      assert.deepEqual(await ids(store, { atRisk: true }), [ACCOUNT])
      await store.activateAuthenticator({ ...activationOf('second'), recoveryCodes: [] })
      assert.deepEqual(await ids(store, { atRisk: true }), [])
      // Too many wrong codes disable both: the person is locked out already.
      const pool = newPool('codes', 100)
      for (let nth = 0; nth < 3; nth++) {
        const mark = String(nth).padStart(8, '0')
        await store.countTry({ pool, now: NOW, mark, authenticatorsOf: ACCOUNT })
      }
      const [summary] = await list(store, { atRisk: true })
      assert.deepEqual([summary?.id, summary?.atRisk, summary?.authenticators], [ACCOUNT, true, 2])
    }),
  )
}
