/** The contract's tests of the event log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyEvents } from '../../verify-events.ts'
import type { EventChainReport } from '../../verify-events.ts'
import {
  ACCOUNT,
  activationOf,
  enrolledAccount,
  newEvent,
  newTicket,
  ticketOf,
  NOW,
  recoveryRows,
} from './rows.ts'
import type { WithStore } from './with-store.ts'

export function eventTests(withStore: WithStore): void {
  test(
    'parallel events are numbered 1, 2, 3 … without a gap [R43]',
    withStore(async (store) => {
      const parallel = Array.from({ length: 20 }, (_, at) => newEvent({ at: NOW + at }))
      await Promise.all(parallel.map((event) => store.appendEvent(event)))
      await store.appendEvent(newEvent({ kind: 'last' }))
      const events = await store.events(ACCOUNT, 100)
      assert.deepEqual(
        events.map(({ sequence }) => sequence),
        Array.from({ length: 21 }, (_, at) => 21 - at),
      )
      assert.equal(events[0]?.kind, 'last')
      assert.equal(new Set(events.slice(1).map(({ at }) => at)).size, 20)
    }),
  )

  test(
    'an event comes back as it was written [R43]',
    withStore(async (store) => {
      const event = newEvent({ result: 'refused', factor: 'totp', source: '192.0.2.7' })
      await store.appendEvent(event)
      assert.deepEqual(await store.events(ACCOUNT, 10), [{ ...event, sequence: 1 }])
    }),
  )

  test(
    'accounts are numbered apart, and the newest come first up to the limit',
    withStore(async (store) => {
      for (const accountId of [ACCOUNT, 'account-2', ACCOUNT, ACCOUNT]) {
        await store.appendEvent(newEvent({ accountId }))
      }
      const sequences = async (accountId: string) =>
        (await store.events(accountId, 2)).map(({ sequence }) => sequence)
      assert.deepEqual(await sequences(ACCOUNT), [3, 2])
      assert.deepEqual(await sequences('account-2'), [1])
    }),
  )

  test(
    'the newest events of all accounts come by their time',
    withStore(async (store) => {
      for (const [accountId, at] of [
        [ACCOUNT, 1],
        ['account-2', 3],
        [ACCOUNT, 2],
        ['account-2', 4],
        ['account-2', 4],
      ] as const) {
        await store.appendEvent(newEvent({ accountId, at: NOW + at }))
      }
      const newest = await store.newestEvents(4)
      assert.deepEqual(
        newest.map(({ accountId, sequence }) => [accountId, sequence]),
        [
          ['account-2', 3],
          ['account-2', 2],
          ['account-2', 1],
          [ACCOUNT, 2],
        ],
      )
      assert.deepEqual(
        Object.keys(newest[0] ?? {}).toSorted(),
        [...Object.keys(newEvent()), 'sequence'].toSorted(),
      )
    }),
  )

  test(
    'accounts with events are listed page by page, each once, the unknown login among them',
    withStore(async (store) => {
      const accounts = ['', 'a', 'b', 'Ω', '😀']
      for (const accountId of [...accounts, ...accounts]) {
        await store.appendEvent(newEvent({ accountId }))
      }
      const listed: string[] = []
      for (let after: string | undefined; listed.length <= accounts.length;) {
        const page = await store.eventAccounts(after, 2)
        assert.ok(page.length <= 2)
        if (page.length === 0) break
        listed.push(...page)
        after = page.at(-1)
      }
      assert.deepEqual(listed.toSorted(), accounts.toSorted())
    }),
  )

  test(
    'a chain is read oldest first, page by page, and ends at the head [R45]',
    withStore(async (store) => {
      assert.equal(await store.eventHead(ACCOUNT), undefined)
      assert.deepEqual(await store.eventChain(ACCOUNT, undefined, 10), [])
      for (const accountId of [ACCOUNT, ACCOUNT, 'account-2', ACCOUNT]) {
        await store.appendEvent(newEvent({ accountId }))
      }
      const all = await store.eventChain(ACCOUNT, undefined, 10)
      assert.deepEqual(
        all.map(({ accountId, sequence }) => [accountId, sequence]),
        [
          [ACCOUNT, 1],
          [ACCOUNT, 2],
          [ACCOUNT, 3],
        ],
      )
      assert.deepEqual(await store.eventChain(ACCOUNT, undefined, 2), all.slice(0, 2))
      assert.deepEqual(await store.eventChain(ACCOUNT, 2, 2), all.slice(2))
      assert.deepEqual(await store.eventHead(ACCOUNT), {
        accountId: ACCOUNT,
        sequence: 3,
        hash: all[2]?.hash,
      })
    }),
  )

  test(
    'the events of every decision stand in one sound chain, those of lost ones do not [R45]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const ticket = ticketOf('ticket')
      const strange = newEvent({ source: 'caf\u00e9 \ud800 "\\\n' })
      await store.createTicket(newTicket('ticket'), strange)
      await store.replaceRecoveryCodes(ACCOUNT, recoveryRows('DDDD'), newEvent({ factor: 'ü' }))
      assert.equal(await store.activateAuthenticator(activationOf()), false)
      assert.ok(await store.ticketAccount(ticket, NOW))
      await Promise.all(Array.from({ length: 20 }, () => store.appendEvent(newEvent())))
      const reports: EventChainReport[] = []
      for await (const report of verifyEvents(store)) reports.push(report)
      assert.deepEqual(
        reports.map(({ accountId, events, problems }) => ({ accountId, events, problems })),
        [{ accountId: ACCOUNT, events: 24, problems: [] }],
      )
    }),
  )
}
