/** The contract's tests of addresses that change, and of codes that were sent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewSentCode, Store } from '../../store.ts'
import { ACCOUNT, enrolledAccount, hashOf, newEvent, newGrant, newMessage } from './rows.ts'
import { newTicket, NOW, ticketOf } from './rows.ts'
import { contents, liveSessionIds, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const ADDRESS = 'ada@example.com'
const ticket = ticketOf('ticket')
const bearer = hashOf('ticket')
const reference = { accountId: ACCOUNT, bearer, channel: 'email' } as const
const spend = { kind: 'sent', bearer, channel: 'email', codeHash: hashOf('code') } as const

const sendingOf = (over: Partial<NewSentCode> = {}, most = 3) => ({
  code: {
    ...reference,
    address: ADDRESS,
    codeHash: hashOf('code'),
    at: NOW,
    expiresAt: NOW + 600,
    ...over,
  },
  most,
  event: newEvent({ kind: 'code.sent' }),
  message: newMessage(`m-${++messages}`, { recipient: ADDRESS }),
})
let messages = 0

const changeOf = (from: string | null, to: string | null, confirmedAt: number | null = NOW) => ({
  accountId: ACCOUNT,
  channel: 'email' as const,
  from,
  to: to === null ? null : { address: to, confirmedAt },
  now: NOW,
  event: newEvent({ kind: 'contact.changed' }),
  messages: [],
})

/** Enrolled, with a confirmed address, a ticket and a code that was sent for it. */
async function codeSent(store: Store): Promise<void> {
  await enrolledAccount(store)
  await store.changeContact(changeOf(null, ADDRESS))
  await store.createTicket(newTicket('ticket'), newEvent())
  assert.equal(await store.sendCode(sendingOf()), true)
}

export function sentCodeTests(withStore: WithStore): void {
  test(
    'of twenty simultaneous callers one has an address take the place of the same other',
    withStore(async (store) => {
      await enrolledAccount(store)
      const first = (caller: number) => store.changeContact(changeOf(null, `${caller}@b.example`))
      assert.equal(await winners(first), 1)
      const [present] = await store.contacts(ACCOUNT)
      const from = present?.address ?? ''
      const next = (caller: number) => store.changeContact(changeOf(from, `${caller}@c.example`))
      assert.equal(await winners(next), 1)
      const [contact, ...more] = await store.contacts(ACCOUNT)
      assert.match(contact?.address ?? '', /^\d+@c\.example$/)
      assert.deepEqual(more, [])
    }),
  )

  test(
    'a change from an address that is not the present one writes nothing',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.changeContact(changeOf(null, ADDRESS))
      const before = await contents(store)
      for (const change of [changeOf(null, 'b@c.example'), changeOf('b@c.example', null)]) {
        assert.equal(await store.changeContact(change), false)
      }
      assert.equal(await store.changeContact(changeOf('b@c.example', 'd@e.example')), false)
      assert.deepEqual(await contents(store), before)
      const contact = { channel: 'email', address: ADDRESS, confirmedAt: NOW }
      assert.deepEqual(await store.contacts(ACCOUNT), [contact])
    }),
  )

  test(
    'a change of address ends every session but one, and tells all that it is to tell [R34] [R36]',
    withStore(async (store) => {
      await enrolledAccount(store)
      for (const id of ['s-1', 's-2', 's-3']) await store.grantSession(newGrant(id))
      const told = [newMessage('m1', { recipient: 'old@b.example' }), newMessage('m2')]
      const event = newEvent({ message: newMessage('m3', { recipient: 'c@d.example' }) })
      const change = { ...changeOf(null, ADDRESS), keepSession: 's-2', messages: told, event }
      assert.equal(await store.changeContact(change), true)
      assert.deepEqual(await liveSessionIds(store), ['s-2'])
      const claimed = await store.claimMessages({ now: NOW, claimSeconds: 9, limit: 9 })
      assert.deepEqual(
        new Map(claimed.map(({ id, recipient }) => [id, recipient])),
        new Map([
          ['m1', 'old@b.example'],
          ['m2', ADDRESS],
          ['m3', 'c@d.example'],
        ]),
      )
    }),
  )

  test(
    'without a session to keep none ends',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.grantSession(newGrant('s-1'))
      assert.equal(await store.changeContact(changeOf(null, ADDRESS)), true)
      assert.deepEqual(await liveSessionIds(store), ['s-1'])
    }),
  )

  test(
    'an address is confirmed by the code that was sent to it and to no other, once',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.sendCode(sendingOf())
      const other = { ...changeOf(null, 'b@c.example'), spend }
      assert.equal(await store.changeContact(other), false)
      const own = { ...changeOf(null, ADDRESS), spend }
      assert.equal(await winners(() => store.changeContact(own)), 1)
      assert.equal(await store.changeContact({ ...own, from: ADDRESS }), false)
    }),
  )

  test(
    'one of twenty simultaneous callers signs in by a code that was sent [R21]',
    withStore(async (store) => {
      await codeSent(store)
      const grant = (caller: number) => store.grantSession(newGrant(`s-${caller}`, { spend }))
      assert.equal(await winners(grant), 1)
      assert.equal((await liveSessionIds(store)).length, 1)
      assert.equal(await store.sentCode(reference, NOW), undefined)
    }),
  )

  test(
    'a code signs in for its own bearer, way, account and time only [R21]',
    withStore(async (store) => {
      await codeSent(store)
      const before = await contents(store)
      const wrong = [
        { ...spend, bearer: hashOf('other ticket') },
        { ...spend, channel: 'sms' as const },
        { ...spend, codeHash: hashOf('other code') },
      ]
      for (const one of wrong) {
        assert.equal(await store.grantSession(newGrant('s-1', { spend: one })), false)
      }
      const late = newGrant('s-1', { spend })
      const session = { ...late.session, createdAt: NOW + 600 }
      assert.equal(await store.grantSession({ ...late, session }), false)
      const elsewhere = { ...late.session, accountId: 'account-2' }
      assert.equal(await store.grantSession({ ...late, session: elsewhere }), false)
      assert.deepEqual(await contents(store), before)
      const inTime = { ...late.session, createdAt: NOW + 599 }
      assert.equal(await store.grantSession({ ...late, session: inTime }), true)
    }),
  )

  test(
    'a code that went to an address which is not the confirmed one any more signs nobody in [R21]',
    withStore(async (store) => {
      await codeSent(store)
      const changes = [
        changeOf(ADDRESS, 'b@c.example'),
        changeOf('b@c.example', null),
        changeOf(null, ADDRESS, null),
      ]
      for (const change of changes) {
        assert.equal(await store.changeContact(change), true)
        assert.equal(await store.grantSession(newGrant('s-1', { spend })), false)
      }
      await store.changeContact(changeOf(ADDRESS, ADDRESS))
      assert.equal(await store.grantSession(newGrant('s-1', { spend })), true)
    }),
  )

  test(
    'another send voids the code before it, of the same bearer and way only [R21]',
    withStore(async (store) => {
      await codeSent(store)
      await store.sendCode(sendingOf({ bearer: hashOf('other'), codeHash: hashOf('theirs') }))
      await store.sendCode(sendingOf({ codeHash: hashOf('newer') }))
      assert.equal(await store.grantSession(newGrant('s-1', { spend })), false)
      const sent = await store.sentCode(reference, NOW)
      const expected = { address: ADDRESS, codeHash: hashOf('newer'), expiresAt: NOW + 600 }
      assert.deepEqual(sent, expected)
      const other = await store.sentCode({ ...reference, bearer: hashOf('other') }, NOW)
      assert.deepEqual(other?.codeHash, hashOf('theirs'))
    }),
  )

  test(
    'of twenty simultaneous sends no more are made than one bearer may have, with their messages [R21]',
    withStore(async (store) => {
      await enrolledAccount(store)
      assert.equal(await winners(() => store.sendCode(sendingOf())), 3)
      assert.equal((await store.messagesWaiting()).count, 3)
      assert.equal(await store.sendCode(sendingOf({ at: NOW + 599, expiresAt: NOW + 999 })), false)
      const later = { at: NOW + 600, expiresAt: NOW + 1_200 }
      assert.equal(await store.sendCode(sendingOf(later)), true)
      assert.equal(await store.sendCode(sendingOf(later)), true)
      assert.equal(await store.sendCode(sendingOf(later)), true)
      assert.equal(await store.sendCode(sendingOf(later)), false)
    }),
  )

  test(
    'a send lets its ticket live as long as the code, within the most that it may, and gives no try',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      const pool = { key: 'p', rules: [{ name: 'hour', tries: 9, windowSeconds: 60 }] } as const
      const attempt = { pool, now: NOW, ticket: { ...ticket, tries: 1 } }
      await store.countTry({ ...attempt, mark: '00000001' })
      const send = (at: number, mostSeconds: number) =>
        store.sendCode({
          ...sendingOf({ at, expiresAt: at + 600 }, 9),
          ticket: { ...ticket, mostSeconds },
        })
      const livesAt = async (now: number) => (await store.ticketAccount(ticket, now)) !== undefined
      assert.equal(await send(NOW, 900), true)
      assert.deepEqual([await livesAt(NOW + 599), await livesAt(NOW + 600)], [true, false])
      assert.equal(await send(NOW + 599, 900), true)
      assert.deepEqual([await livesAt(NOW + 899), await livesAt(NOW + 900)], [true, false])
      assert.equal(await send(NOW, 900), true)
      assert.equal(await livesAt(NOW + 899), true, 'a send never makes it shorter')
      const again = await store.countTry({ ...attempt, mark: '00000002' })
      assert.equal(again.status, 'ticket_over')
    }),
  )

  test(
    'nothing is sent for a ticket that is over, redeemed or another browser’s',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      const mostSeconds = 900
      const over = { ...sendingOf({ at: NOW + 300 }), ticket: { ...ticket, mostSeconds } }
      assert.equal(await store.sendCode(over), false)
      const other = { ...sendingOf(), ticket: { ...ticket, browser: 'browser-2', mostSeconds } }
      assert.equal(await store.sendCode(other), false)
      await store.grantSession(newGrant('s-1', { ticket }))
      const redeemed = { ...sendingOf(), ticket: { ...ticket, mostSeconds } }
      assert.equal(await store.sendCode(redeemed), false)
      assert.equal((await store.messagesWaiting()).count, 0)
      assert.equal(await store.sentCode(reference, NOW), undefined)
    }),
  )

  test(
    'a code is there until its last second, and swept away afterwards',
    withStore(async (store) => {
      await codeSent(store)
      await store.sweep(NOW + 599)
      assert.ok(await store.sentCode(reference, NOW + 599))
      assert.equal(await store.sentCode(reference, NOW + 600), undefined)
      await store.sweep(NOW + 600)
      assert.equal(await store.sentCode(reference, NOW), undefined)
    }),
  )
}
