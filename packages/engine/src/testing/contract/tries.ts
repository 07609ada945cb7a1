/** The contract's tests of pools, rates and the tries of a ticket. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closureOf } from '../../pools.ts'
import type { Pool } from '../../pools.ts'
import type { Rate, Store } from '../../store.ts'
import { ACCOUNT, AUTHENTICATOR, enrolledAccount, hashOf, newAuthenticator } from './rows.ts'
import {
  activationOf,
  newEvent,
  newGrant,
  newMark,
  newPool,
  newTicket,
  NOW,
  ticketOf,
} from './rows.ts'
import { spendOf, useOf } from './rows.ts'
import { counted, triesLeft } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const pool = newPool('pool', 3, { windowSeconds: 60 })
const roomy = newPool('roomy', 1_000)
const ticket = { ...ticketOf('ticket'), tries: 2 }

type Attempt = Omit<Parameters<Store['countTry']>[0], 'mark'>

const count = (store: Store, attempt: Attempt) => store.countTry({ ...attempt, mark: newMark() })

async function statuses(store: Store, attempts: Attempt[]) {
  const found: string[] = []
  for (const attempt of attempts) found.push((await count(store, attempt)).status)
  return found
}

const times = <Item>(many: number, item: Item): Item[] => Array.from({ length: many }, () => item)

/** Seconds between tries, the same in every run: most of them short, some longer than any window. */
const PAUSES = [
  0, 0, 1, 7, 0, 29, 30, 31, 5, 59, 60, 61, 3, 0, 200, 2, 90, 15, 16, 400, 1, 1, 1, 45,
]

export function tryTests(withStore: WithStore): void {
  // Counting after the check, or reading the counter first, lets parallel guesses pass the limit.
  test(
    'parallel callers are never counted beyond the pool [R14]',
    withStore(async (store) => {
      const outcomes = await Promise.all(times(40, 0).map(() => count(store, { pool, now: NOW })))
      assert.equal(outcomes.filter(({ status }) => status === 'counted').length, 3)
      assert.equal(outcomes.filter(({ status }) => status === 'closed').length, 37)
    }),
  )

  test(
    'a closed pool says when it opens and what closed it, and stays closed until that second',
    withStore(async (store) => {
      await statuses(store, times(3, { pool, now: NOW }))
      const closed = { status: 'closed', opensAt: NOW + 60, by: ['hour'] }
      assert.deepEqual(await count(store, { pool, now: NOW + 1 }), closed)
      assert.deepEqual(await count(store, { pool, now: NOW + 59 }), closed)
      assert.equal((await count(store, { pool, now: NOW + 60 })).status, 'counted')
    }),
  )

  // A window that starts anew at its end would let twice its tries through around that moment.
  test(
    'no window of that length, wherever it begins, holds more tries than the rule [R14]',
    withStore(async (store) => {
      const accepted: number[] = []
      let now = NOW
      for (const pause of [...PAUSES, ...PAUSES, ...PAUSES]) {
        now += pause
        if ((await count(store, { pool, now })).status === 'counted') accepted.push(now)
      }
      assert.ok(accepted.length > 12, String(accepted.length))
      for (const [nth, at] of accepted.entries()) {
        const fourth = accepted[nth + 3]
        assert.ok(fourth === undefined || fourth - at >= 60, `${at} and ${fourth}`)
      }
    }),
  )

  test(
    'a pool waits after its newest try, longer with each, and lets each one in at that second [R14]',
    withStore(async (store) => {
      const waiting: Pool = {
        key: 'waiting',
        rules: [
          { name: 'wait', tries: 2, windowSeconds: 100, waitSeconds: 10 },
          { name: 'wait', tries: 3, windowSeconds: 100, waitSeconds: 20 },
          { name: 'day', tries: 4, windowSeconds: 100, waitSeconds: 500 },
        ],
      }
      const at = (seconds: number) => count(store, { pool: waiting, now: NOW + seconds })
      assert.equal((await at(0)).status, 'counted')
      assert.equal((await at(0)).status, 'counted')
      assert.deepEqual(await at(9), { status: 'closed', opensAt: NOW + 10, by: ['wait'] })
      assert.equal((await at(10)).status, 'counted')
      assert.deepEqual(await at(29), { status: 'closed', opensAt: NOW + 30, by: ['wait'] })
      const fourth = await at(30)
      assert.ok(fourth.status === 'counted')
      assert.deepEqual(fourth.closes, ['wait', 'wait', 'day'])
      assert.deepEqual(await at(529), { status: 'closed', opensAt: NOW + 530, by: ['day'] })
      assert.equal((await at(530)).status, 'counted')
      assert.equal((await at(530)).status, 'counted')
      assert.equal((await at(530)).status, 'closed')
    }),
  )

  // The statement that decides and the arithmetic that says when to come back must be one rule.
  test(
    'the store decides as the rules say, whatever the times of the tries [R14]',
    withStore(async (store) => {
      const rules = [
        { name: 'wait', tries: 2, windowSeconds: 61, waitSeconds: 30 },
        { name: 'day', tries: 4, windowSeconds: 120, waitSeconds: 90 },
        { name: 'month', tries: 6, windowSeconds: 300 },
        { name: 'life', tries: 40, windowSeconds: 1e11 },
      ] as const
      const mixed: Pool = { key: 'mixed', rules }
      const accepted: number[] = []
      let now = NOW
      for (let round = 0; round < 300; round++) {
        now += PAUSES[(round * 7) % PAUSES.length] ?? 0
        const closure = closureOf(rules, accepted, now)
        const outcome = await count(store, { pool: mixed, now })
        if (closure === undefined) {
          accepted.unshift(now)
          assert.equal(outcome.status, 'counted', `round ${round}`)
        } else assert.deepEqual(outcome, { status: 'closed', ...closure }, `round ${round}`)
      }
      assert.equal(accepted.length, 40)
    }),
  )

  test(
    'refused tries do not make the wait longer',
    withStore(async (store) => {
      await statuses(store, times(30, { pool, now: NOW + 10 }))
      assert.deepEqual(await count(store, { pool, now: NOW + 69 }), {
        status: 'closed',
        opensAt: NOW + 70,
        by: ['hour'],
      })
    }),
  )

  test(
    'pools with different names are counted apart',
    withStore(async (store) => {
      await statuses(store, times(4, { pool, now: NOW }))
      assert.equal(
        (await count(store, { pool: { ...pool, key: 'other' }, now: NOW })).status,
        'counted',
      )
    }),
  )

  test(
    'a returned try is that one try, however often it is returned [R14]',
    withStore(async (store) => {
      const [first, second] = [await counted(store, pool), await counted(store, pool)]
      await store.returnTry(first)
      await store.returnTry(first)
      await store.returnTry({ ...second, mark: 'another1' })
      await store.returnTry({ ...second, at: NOW + 1 })
      assert.equal(await triesLeft(store, pool), 2)
      await store.returnTry(second)
      assert.equal(await triesLeft(store, pool), 1)
    }),
  )

  // A key service that is away must not wear out tickets and authenticators either.
  test(
    'a returned try is returned wherever it was counted, and nowhere below nothing [R13 R14]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      const mark = newMark()
      const whole = { pool, now: NOW, ticket, authenticatorsOf: ACCOUNT }
      assert.equal((await store.countTry({ ...whole, mark })).status, 'counted')
      const own = { key: pool.key, at: NOW, mark, ticket, authenticatorsOf: ACCOUNT }
      for (let nth = 0; nth < 3; nth++) await store.returnTry(own)
      const again = await statuses(store, times(3, whole))
      assert.deepEqual(again, ['counted', 'counted', 'ticket_over'])
      const [authenticator] = await store.authenticators(ACCOUNT, NOW)
      assert.equal(authenticator?.consecutiveFailures, 2)
    }),
  )

  test(
    'parallel callers are never counted beyond the tries of a ticket [R14]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      const outcomes = await Promise.all(
        times(20, 0).map(() => count(store, { pool: roomy, now: NOW, ticket })),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'counted').length, 2)
      assert.equal(outcomes.filter(({ status }) => status === 'ticket_over').length, 18)
    }),
  )

  test(
    'a closed pool counts nothing on the ticket',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      await statuses(store, times(3, { pool, now: NOW }))
      const whileClosed = await statuses(store, times(5, { pool, now: NOW, ticket }))
      assert.deepEqual(whileClosed, times(5, 'closed'))
      const later = await statuses(store, times(3, { pool: roomy, now: NOW, ticket }))
      assert.deepEqual(later, ['counted', 'counted', 'ticket_over'])
    }),
  )

  // Otherwise one worn-out ticket could be used to close the pool of its owner.
  test(
    'a ticket that is over, unknown, of another browser or out of time counts nothing on the pool',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      await statuses(store, times(2, { pool: roomy, now: NOW, ticket }))
      const late = { ...ticket, tries: 100 }
      const outcomes = await statuses(store, [
        ...times(5, { pool, now: NOW, ticket }),
        { pool, now: NOW, ticket: { ...late, tokenHash: hashOf('unknown') } },
        { pool, now: NOW, ticket: { ...late, accountId: 'account-2' } },
        { pool, now: NOW, ticket: { ...late, browser: 'browser-2' } },
        { pool, now: NOW + 300, ticket: late },
      ])
      assert.deepEqual(outcomes, times(9, 'ticket_over'))
      assert.equal(await triesLeft(store, pool), 3)
    }),
  )

  // Nobody can tell which authenticator a wrong code was meant for, so it counts for each of them.
  test(
    'tries in a row are counted on each active authenticator until its own right code [R13]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.addAuthenticator(newAuthenticator({ id: 'second' }), 10)
      await store.activateAuthenticator(activationOf('second'))
      await store.addAuthenticator(newAuthenticator({ id: 'waiting' }), 10)
      const tries = await Promise.all(
        times(20, 0).map(() => count(store, { pool: roomy, now: NOW, authenticatorsOf: ACCOUNT })),
      )
      const seen = tries.map((one) => one.status === 'counted' && one.consecutiveFailures)
      const ofFirst = seen.map((counts) => counts && counts.get(AUTHENTICATOR))
      assert.deepEqual(
        ofFirst.toSorted((a, b) => Number(a) - Number(b)),
        [...Array(20).keys()].map((n) => n + 1),
      )
      assert.ok(seen.every((counts) => counts && !counts.has('waiting')))
      const step = spendOf(59_666_700)
      assert.equal(await store.spendStep({ ...useOf(), ...step }), true)
      const failures = async () =>
        new Map(
          (await store.authenticators(ACCOUNT, NOW)).map(
            (one) => [one.id, one.consecutiveFailures] as const,
          ),
        )
      assert.deepEqual(
        await failures(),
        new Map([
          [AUTHENTICATOR, 0],
          ['second', 20],
          ['waiting', 0],
        ]),
      )
      await store.grantSession(newGrant('s-1', { spend: { ...step, authenticatorId: 'second' } }))
      assert.equal((await failures()).get('second'), 0)
    }),
  )

  test(
    'what is turned away counts on no authenticator [R13]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await statuses(store, times(9, { pool, now: NOW, authenticatorsOf: ACCOUNT }))
      const [authenticator] = await store.authenticators(ACCOUNT, NOW)
      assert.equal(authenticator?.consecutiveFailures, 3)
    }),
  )

  test(
    'a rate raises its alarm once in each window, also with parallel callers [R17]',
    withStore(async (store) => {
      const alarm = newEvent({ accountId: '', kind: 'alarm' })
      const rate: Rate = { key: 'rate', windowSeconds: 60, alarmAt: 5, alarm }
      const fail = (now: number) => store.recordFailure({ now, events: [], rates: [rate] })
      await Promise.all(times(4, 0).map(() => fail(NOW)))
      assert.deepEqual(await store.events('', 10), [])
      await Promise.all(times(20, 0).map(() => fail(NOW + 59)))
      assert.equal((await store.events('', 10)).length, 1)
      await Promise.all(times(20, 0).map(() => fail(NOW + 60)))
      assert.equal((await store.events('', 10)).length, 2)
    }),
  )

  test(
    'a suspicion of the password stands from its first moment until another password',
    withStore(async (store) => {
      await enrolledAccount(store)
      const since = async () => (await store.account(ACCOUNT))?.passwordSuspectSince
      assert.equal(await since(), null)
      const suspect = { events: [], rates: [], suspectPasswordOf: ACCOUNT }
      await store.recordFailure({ ...suspect, now: NOW + 5 })
      await store.recordFailure({ ...suspect, now: NOW + 9 })
      assert.equal(await since(), NOW + 5)
      const grant = newGrant('new', { passwordVersion: 2 })
      await store.changePassword({
        accountId: ACCOUNT,
        fromVersion: 1,
        passwordHash: '$new',
        grant,
      })
      assert.equal(await since(), null)
    }),
  )

  test(
    'sweeping removes what is worth nothing, and a closed pool stays closed',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.createTicket(newTicket('ticket'), newEvent())
      await store.grantSession(newGrant('s-1'))
      const waiting = newPool('waiting', 2, { windowSeconds: 60, waitSeconds: 500 })
      await statuses(store, times(3, { pool, now: NOW }))
      await statuses(store, times(2, { pool: waiting, now: NOW }))
      await store.sweep(NOW + 59)
      assert.equal((await count(store, { pool, now: NOW + 59 })).status, 'closed')
      assert.ok(await store.ticketAccount(ticket, NOW + 299))
      await store.sweep(NOW + 499)
      assert.equal((await count(store, { pool: waiting, now: NOW + 499 })).status, 'closed')
      const worn: Pool = { key: 'worn', rules: [{ name: 'life', tries: 2, windowSeconds: 1e11 }] }
      await statuses(store, times(2, { pool: worn, now: NOW }))
      await store.sweep(NOW + 100_000)
      assert.equal((await count(store, { pool: worn, now: NOW + 100_000 })).status, 'closed')
      assert.equal(await store.ticketAccount(ticket, NOW), undefined)
      assert.deepEqual(await store.sessions(ACCOUNT, NOW, 1e6), [])
      assert.equal((await store.authenticators(ACCOUNT, NOW)).length, 1)
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
