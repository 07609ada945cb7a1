/** The contract's tests of contacts and of the outbox. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewMessage, Store } from '../../store.ts'
import { ACCOUNT, activationOf, AUTHENTICATOR, enrolledAccount, newAccount } from './rows.ts'
import { newAuthenticator, newEvent, newMessage, NOW } from './rows.ts'
import type { WithStore } from './with-store.ts'

const CLAIM = { claimSeconds: 100, limit: 10 }
const EMAIL = 'ada@example.com'

const withEmail = (store: Store) =>
  store.createAccount(newAccount({ email: EMAIL }), newEvent({ kind: 'account.registered' }))

const idsOf = async (store: Store, now = NOW) =>
  (await store.claimMessages({ ...CLAIM, now })).map(({ id }) => id).toSorted()

export function outboxTests(withStore: WithStore): void {
  test(
    'an account has the address it was made with, not confirmed; one without has none',
    withStore(async (store) => {
      await withEmail(store)
      const contact = { channel: 'email', address: EMAIL, confirmedAt: null }
      assert.deepEqual(await store.contacts(ACCOUNT), [contact])
      await store.ensureAccount('app-1', NOW)
      assert.deepEqual(await store.contacts('app-1'), [])
    }),
  )

  test(
    'a message reaches the outbox with its event, addressed as the account is, and comes out whole [R36]',
    withStore(async (store) => {
      await withEmail(store)
      const message = newMessage('m1', {
        data: { about: 'phone', tries: 2, source: null },
        sealed: { keyId: 'key-1', sealedSecret: Uint8Array.of(0, 128, 255) },
      })
      await store.appendEvent(newEvent({ message }))
      const [claimed] = await store.claimMessages({ ...CLAIM, now: NOW })
      assert.deepEqual(claimed, { ...message, recipient: EMAIL, login: 'Ada', tries: 1 })
    }),
  )

  test(
    'where the account has no address nothing is queued, but the event stands',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.appendEvent(newEvent({ kind: 'told', message: newMessage('m1') }))
      assert.deepEqual(await idsOf(store), [])
      assert.equal((await store.events(ACCOUNT, 1))[0]?.kind, 'told')
    }),
  )

  test(
    'a decision that was lost tells nobody',
    withStore(async (store) => {
      await enrolledAccount(store)
      const event = newEvent({ message: newMessage('m1', { recipient: EMAIL }) })
      const removal = { accountId: ACCOUNT, authenticatorId: 'another', event }
      assert.equal(await store.removeAuthenticator(removal), false)
      assert.deepEqual(await idsOf(store), [])
    }),
  )

  test(
    'giving up a pending authenticator is told nobody, removing an active one is',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'waiting' }), 10)
      const removal = (authenticatorId: string, id: string) => ({
        accountId: ACCOUNT,
        authenticatorId,
        event: newEvent({ message: newMessage(id, { recipient: EMAIL }) }),
      })
      assert.equal(await store.removeAuthenticator(removal('waiting', 'm1')), true)
      assert.equal(await store.removeAuthenticator(removal(AUTHENTICATOR, 'm2')), true)
      assert.deepEqual(await idsOf(store), ['m2'])
    }),
  )

  test(
    'a rate that reaches its mark sends its message once',
    withStore(async (store) => {
      await withEmail(store)
      const failure = (id: string) => ({
        now: NOW,
        events: [],
        rates: [{ key: 'told', windowSeconds: 60, alarmAt: 1, message: newMessage(id) }],
      })
      await store.recordFailure(failure('m1'))
      await store.recordFailure(failure('m2'))
      assert.deepEqual(await idsOf(store), ['m1'])
    }),
  )

  test(
    'of one key only so many messages of a window are taken in, whoever else has more',
    withStore(async (store) => {
      const budgeted = (id: string, at: number, key = 'told/ada') =>
        queue(store, newMessage(id, { recipient: EMAIL, at, budget: budgetOf(key) }))
      for (const id of ['m1', 'm2', 'm3']) await budgeted(id, NOW)
      await budgeted('m4', NOW, 'told/grace')
      await budgeted('m5', NOW + 60)
      const order: string[] = []
      for (let round = 0; round < 5; round++) {
        for (const claimed of await store.claimMessages({ ...CLAIM, now: NOW + 60 })) {
          order.push(claimed.id)
          await store.removeMessage(claimed)
        }
      }
      assert.deepEqual(order, ['m1', 'm2', 'm4', 'm5'])
    }),
  )

  // Who has got in and makes a stir must not hide the change that matters behind it.
  test(
    'noise of one kind hides no other, and what goes beyond the budget goes to a confirmed address [R36]',
    withStore(async (store) => {
      for (const [accountId, confirmedAt] of [
        ['confirmed', NOW],
        ['unconfirmed', null],
      ] as const) {
        const email = `${accountId}@example.com`
        const names = { id: accountId, login: accountId, loginKey: accountId }
        await store.createAccount(newAccount({ ...names, email }), newEvent({ accountId }))
        if (confirmedAt !== null) await confirmAddress(store, accountId, email)
        const kinds = ['noise', 'noise', 'noise', 'password', 'password', 'factor']
        for (const [nth, kind] of kinds.entries()) {
          const budget = budgetOf(`told/${accountId}`)
          await store.queueMessage(newMessage(`${accountId}-${nth}`, { accountId, kind, budget }))
        }
      }
      const waiting: string[] = []
      for (let round = 0; round < 6; round++) {
        for (const claimed of await store.claimMessages({ ...CLAIM, now: NOW })) {
          waiting.push(claimed.id)
          await store.removeMessage(claimed)
        }
      }
      const toConfirmed = ['confirmed-0', 'confirmed-1', 'confirmed-3', 'confirmed-5']
      const toOther = ['unconfirmed-0', 'unconfirmed-1', 'unconfirmed-3']
      assert.deepEqual(waiting.toSorted(), [...toConfirmed, ...toOther])
    }),
  )

  test(
    'of twenty simultaneous callers one has a message',
    withStore(async (store) => {
      await store.ensureAccount(ACCOUNT, NOW)
      await store.queueMessage(newMessage('m1', { recipient: EMAIL }))
      const claims = await Promise.all(
        Array.from({ length: 20 }, () => store.claimMessages({ ...CLAIM, now: NOW })),
      )
      assert.equal(claims.flat().length, 1)
    }),
  )

  test(
    'a claimed message is nobody else’s until the claim is over, then it comes again under its id',
    withStore(async (store) => {
      await queue(store, newMessage('m1', { recipient: EMAIL }))
      assert.deepEqual(await idsOf(store), ['m1'])
      assert.deepEqual(await idsOf(store, NOW + 99), [])
      const [again] = await store.claimMessages({ ...CLAIM, now: NOW + 100 })
      assert.deepEqual([again?.id, again?.tries], ['m1', 2])
    }),
  )

  test(
    'messages of one lane to one address come one after the other, in the order of their making',
    withStore(async (store) => {
      for (const id of ['m1', 'm2', 'm3']) await queue(store, newMessage(id, { recipient: EMAIL }))
      const order: string[] = []
      for (let round = 0; round < 4; round++) {
        for (const claimed of await store.claimMessages({ ...CLAIM, now: NOW })) {
          order.push(claimed.id)
          await store.removeMessage(claimed)
        }
      }
      assert.deepEqual(order, ['m1', 'm2', 'm3'])
    }),
  )

  test(
    'one that waits to be tried again holds its lane, and no other lane, address or account',
    withStore(async (store) => {
      await queue(store, newMessage('m1', { recipient: EMAIL }))
      await idsOf(store)
      await store.retryMessage({ accountId: ACCOUNT, id: 'm1' }, NOW + 60)
      await queue(store, newMessage('m2', { recipient: EMAIL }))
      await queue(store, newMessage('code', { recipient: EMAIL, lane: 'code' }))
      await queue(store, newMessage('elsewhere', { recipient: 'old@example.com' }))
      await queue(store, newMessage('other', { recipient: EMAIL, accountId: 'account-2' }))
      assert.deepEqual(await idsOf(store), ['code', 'elsewhere', 'other'])
      assert.deepEqual(await idsOf(store, NOW + 60), ['m1'])
    }),
  )

  test(
    'an expired message is gone, from the next claim or the next sweep on',
    withStore(async (store) => {
      await queue(store, newMessage('m1', { recipient: EMAIL, expiresAt: NOW + 60 }))
      assert.deepEqual(await store.messagesWaiting(), { count: 1, oldestAt: NOW })
      assert.deepEqual(await idsOf(store, NOW + 60), [])
      assert.deepEqual(await store.messagesWaiting(), { count: 0, oldestAt: null })
      await queue(store, newMessage('m2', { recipient: EMAIL, expiresAt: NOW + 60 }))
      await store.sweep(NOW + 60)
      assert.deepEqual(await store.messagesWaiting(), { count: 0, oldestAt: null })
    }),
  )

  test(
    'a key that seals a waiting message is not retired [R4]',
    withStore(async (store) => {
      for (const sealing of ['key-1', 'key-2']) {
        await store.adoptKeys({ known: ['key-1', 'key-2'], sealing, now: NOW })
      }
      const sealed = { keyId: 'key-1', sealedSecret: Uint8Array.of(1) }
      await queue(store, newMessage('m1', { recipient: EMAIL, sealed }))
      assert.equal(await store.retireKey('key-1'), false)
      await store.removeMessage({ accountId: ACCOUNT, id: 'm1' })
      assert.equal(await store.retireKey('key-1'), true)
    }),
  )

  test(
    'nothing is put in that was sealed with a key which was retired meanwhile [R4]',
    withStore(async (store) => {
      for (const sealing of ['key-1', 'key-2']) {
        await store.adoptKeys({ known: ['key-1', 'key-2'], sealing, now: NOW })
      }
      assert.equal(await store.retireKey('key-1'), true)
      const sealed = { keyId: 'key-1', sealedSecret: Uint8Array.of(1) }
      const queued = queue(store, newMessage('m1', { recipient: EMAIL, sealed }))
      await assert.rejects(queued, { code: 'KEY_MISSING' })
      assert.deepEqual(await idsOf(store), [])
      const kept = { keyId: 'key-2', sealedSecret: Uint8Array.of(1) }
      await queue(store, newMessage('m2', { recipient: EMAIL, sealed: kept }))
      assert.deepEqual(await idsOf(store), ['m2'])
    }),
  )

  test(
    'the first factor is told in the same moment in which it counts [R36]',
    withStore(async (store) => {
      await withEmail(store)
      await store.addAuthenticator(newAuthenticator(), 10)
      const event = newEvent({ message: newMessage('m1') })
      await store.activateAuthenticator({ ...activationOf(), event })
      assert.equal(await store.activateAuthenticator({ ...activationOf(), event }), false)
      assert.deepEqual(await idsOf(store), ['m1'])
    }),
  )
}

/** Two in a minute to a confirmed address, three to another, of which two of a kind. */
function budgetOf(key: string) {
  const unconfirmed = { windowSeconds: 60, most: 3, mostOfKind: 2 }
  return { key, confirmed: { windowSeconds: 60, most: 2 }, unconfirmed }
}

async function confirmAddress(store: Store, accountId: string, address: string): Promise<void> {
  const changed = await store.changeContact({
    accountId,
    channel: 'email',
    from: address,
    to: { address, confirmedAt: NOW },
    now: NOW,
    event: newEvent({ accountId }),
    messages: [],
  })
  assert.equal(changed, true)
}

async function queue(store: Store, message: NewMessage): Promise<void> {
  await store.ensureAccount(message.accountId, NOW)
  await store.queueMessage(message)
}
