/** The contract's tests of budgets and of the tries of a ticket. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../store.ts'
import { ACCOUNT, enrolledAccount, hashOf, newEvent, newGrant, newTicket, NOW } from './rows.ts'
import type { WithStore } from './with-store.ts'

const budget = { key: 'budget', tries: 3, windowSeconds: 60 }
const roomy = { key: 'roomy', tries: 1_000, windowSeconds: 60 }
const ticket = { accountId: ACCOUNT, tokenHash: hashOf('ticket'), tries: 2 }

async function statuses(store: Store, attempts: Parameters<Store['countTry']>[0][]) {
  const found: string[] = []
  for (const attempt of attempts) found.push((await store.countTry(attempt)).status)
  return found
}

const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item)

export function tryTests(withStore: WithStore): void {
  // Counting after the check, or reading the counter first, lets parallel guesses pass the limit.
  test(
    'parallel callers are never counted beyond the budget [R14]',
    withStore(async (store) => {
      const outcomes = await Promise.all(
        times(40, 0).map(() => store.countTry({ budgets: [budget], now: NOW })),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'counted').length, budget.tries)
      assert.equal(outcomes.filter(({ status }) => status === 'closed').length, 37)
    }),
  )

  test(
    'a closed budget says when it opens, and stays closed until that second',
    withStore(async (store) => {
      await statuses(store, times(3, { budgets: [budget], now: NOW }))
      const closed = { status: 'closed', opensAt: NOW + 60 }
      assert.deepEqual(await store.countTry({ budgets: [budget], now: NOW + 1 }), closed)
      assert.deepEqual(await store.countTry({ budgets: [budget], now: NOW + 59 }), closed)
      assert.deepEqual(await store.countTry({ budgets: [budget], now: NOW + 60 }), {
        status: 'counted',
      })
    }),
  )

  // A window that opens only once would limit the first minute and nothing after it.
  test(
    'the second and third window are counted like the first [R14]',
    withStore(async (store) => {
      for (const start of [NOW, NOW + 60, NOW + 500]) {
        const within = [start, start + 20, start + 40, start + 59].map((now) => ({
          budgets: [budget],
          now,
        }))
        assert.deepEqual(await statuses(store, within), ['counted', 'counted', 'counted', 'closed'])
      }
    }),
  )

  test(
    'refused tries do not make the wait longer',
    withStore(async (store) => {
      await statuses(store, times(30, { budgets: [budget], now: NOW + 10 }))
      assert.deepEqual(await store.countTry({ budgets: [budget], now: NOW + 69 }), {
        status: 'closed',
        opensAt: NOW + 70,
      })
    }),
  )

  test(
    'budgets with different names are counted apart',
    withStore(async (store) => {
      await statuses(store, times(4, { budgets: [budget], now: NOW }))
      assert.deepEqual(await store.countTry({ budgets: [{ ...budget, key: 'other' }], now: NOW }), {
        status: 'counted',
      })
    }),
  )

  test(
    'a returned try is one try, and there are never more than the budget',
    withStore(async (store) => {
      await store.returnTry(['budget'])
      await statuses(store, times(3, { budgets: [budget], now: NOW }))
      await store.returnTry(['budget'])
      assert.deepEqual(await statuses(store, times(2, { budgets: [budget], now: NOW })), [
        'counted',
        'closed',
      ])
      for (let returned = 0; returned < 20; returned++) await store.returnTry(['budget'])
      const outcomes = await statuses(store, times(5, { budgets: [budget], now: NOW }))
      assert.equal(outcomes.filter((status) => status === 'counted').length, 3)
    }),
  )

  test(
    'parallel callers are never counted beyond the tries of a ticket [R14]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent(), [])
      const outcomes = await Promise.all(
        times(20, 0).map(() => store.countTry({ budgets: [roomy], now: NOW, ticket })),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'counted').length, 2)
      assert.equal(outcomes.filter(({ status }) => status === 'ticket_over').length, 18)
    }),
  )

  test(
    'a closed budget counts nothing on the ticket',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent(), [])
      await statuses(store, times(3, { budgets: [budget], now: NOW }))
      const whileClosed = await statuses(store, times(5, { budgets: [budget], now: NOW, ticket }))
      assert.deepEqual(whileClosed, times(5, 'closed'))
      const later = await statuses(store, times(3, { budgets: [roomy], now: NOW, ticket }))
      assert.deepEqual(later, ['counted', 'counted', 'ticket_over'])
    }),
  )

  // Otherwise one worn-out ticket could be used to close the budget of its owner.
  test(
    'a ticket that is over, unknown or out of time counts nothing on the budget',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent(), [])
      await statuses(store, times(2, { budgets: [roomy], now: NOW, ticket }))
      const late = { ...ticket, tries: 100 }
      const outcomes = await statuses(store, [
        ...times(5, { budgets: [budget], now: NOW, ticket }),
        { budgets: [budget], now: NOW, ticket: { ...late, tokenHash: hashOf('unknown') } },
        { budgets: [budget], now: NOW, ticket: { ...late, accountId: 'account-2' } },
        { budgets: [budget], now: NOW + 300, ticket: late },
      ])
      assert.deepEqual(outcomes, times(8, 'ticket_over'))
      const left = await statuses(store, times(4, { budgets: [budget], now: NOW }))
      assert.deepEqual(left, ['counted', 'counted', 'counted', 'closed'])
    }),
  )

  test(
    'with several budgets a try counts in all of them or in none',
    withStore(async (store) => {
      const both = { budgets: [budget, { ...roomy, tries: 2 }], now: NOW }
      assert.deepEqual(await statuses(store, times(3, both)), ['counted', 'counted', 'closed'])
      const left = await statuses(store, times(2, { budgets: [budget], now: NOW }))
      assert.deepEqual(left, ['counted', 'closed'])
      assert.deepEqual(await store.countTry(both), { status: 'closed', opensAt: NOW + 60 })
      await store.returnTry(['budget', 'roomy'])
      assert.deepEqual(await statuses(store, times(2, both)), ['counted', 'closed'])
    }),
  )

  test(
    'a browser is known to its account, and under its password only [R16]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const device = { id: 'device-1', tokenHash: hashOf('device') }
      assert.equal(await store.grantSession(newGrant('s-1', { device })), true)
      const reference = { accountId: ACCOUNT, tokenHash: device.tokenHash }
      assert.equal(await store.device(reference), 'device-1')
      assert.equal(await store.device({ ...reference, accountId: 'account-2' }), undefined)
      assert.equal(await store.device({ ...reference, tokenHash: hashOf('other') }), undefined)
      const grant = newGrant('new', { passwordVersion: 2 })
      const change = { accountId: ACCOUNT, fromVersion: 1, passwordHash: '$new', grant }
      assert.equal(await store.changePassword(change), true)
      assert.equal(await store.device(reference), undefined)
    }),
  )
}
