/** The contract's tests of the event log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, newEvent, NOW } from './rows.ts'
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
}
