/** The contract's tests of spent steps: one-time means one time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  AUTHENTICATOR,
  newMark,
  newPool,
  POOL_KEY,
  CONFIRMED_STEP,
  enrolledAccount,
  newAccount,
  newAuthenticator,
  newEvent,
  newGrant,
  NOW,
  spendOf,
  useOf,
} from './rows.ts'
import { contents, counted, triesLeft, winners } from './with-store.ts'
import type { WithStore } from './with-store.ts'

const STEP = CONFIRMED_STEP + 1

export function stepTests(withStore: WithStore): void {
  const spend = (step: number) => ({ ...useOf(), authenticatorId: AUTHENTICATOR, step })

  // Two servers that both find the code right must not both let somebody in.
  test(
    'one of twenty simultaneous callers spends a step [R9]',
    withStore(async (store) => {
      await enrolledAccount(store)
      assert.equal(await winners(() => store.spendStep(spend(STEP))), 1)
    }),
  )

  test(
    'a step is refused after itself and after a newer one, whatever the time between [R9]',
    withStore(async (store) => {
      await enrolledAccount(store)
      assert.equal(await store.spendStep(spend(STEP + 2)), true)
      assert.equal(await store.spendStep(spend(STEP + 2)), false)
      assert.equal(await store.spendStep(spend(STEP + 1)), false)
      assert.equal(await store.spendStep({ ...spend(STEP), now: NOW + 1_000 }), false)
      assert.equal(await store.spendStep(spend(STEP + 3)), true)
    }),
  )

  test(
    'the step that confirmed an authenticator is spent [R9]',
    withStore(async (store) => {
      await enrolledAccount(store)
      assert.equal(await store.spendStep(spend(CONFIRMED_STEP)), false)
    }),
  )

  test(
    'steps beyond 32 bits are numbers like all others [R6]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const step = 2 ** 40 + 1
      assert.equal(await store.spendStep(spend(step)), true)
      assert.equal(await store.spendStep(spend(step - 1)), false)
      assert.equal((await store.authenticators(ACCOUNT, NOW))[0]?.spentStep, step)
    }),
  )

  test(
    'a spent step is dated, recorded and gives its try back',
    withStore(async (store) => {
      await enrolledAccount(store)
      const returnTry = await counted(store, newPool(POOL_KEY, 2))
      const before = await contents(store)
      assert.equal(await store.spendStep({ ...spend(STEP), now: NOW + 7, returnTry }), true)
      const after = await contents(store)
      assert.equal(after.authenticators[0]?.lastUsedAt, NOW + 7)
      assert.equal(after.events.length, before.events.length + 1)
      assert.equal(await triesLeft(store, newPool(POOL_KEY, 2)), 2)
    }),
  )

  // A refusal that handed the try back would let a thief replay a seen code without end.
  test(
    'losing a step writes nothing and gives no try back [R14]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.spendStep(spend(STEP))
      const returnTry = await counted(store, newPool(POOL_KEY, 2))
      await triesLeft(store, newPool(POOL_KEY, 2))
      const before = await contents(store)
      assert.equal(await store.spendStep({ ...spend(STEP), now: NOW + 7, returnTry }), false)
      assert.deepEqual(await contents(store), before)
      assert.equal(await triesLeft(store, newPool(POOL_KEY, 2)), 0)
    }),
  )

  // What was told to be late must be worth nothing, and costs what any wrong code costs.
  test(
    'a late step is spent for one of twenty callers, and brings nothing of what a right code brings [R9] [R10]',
    withStore(async (store) => {
      await enrolledAccount(store)
      await store.countTry({
        pool: newPool(POOL_KEY, 2),
        now: NOW,
        mark: newMark(),
        authenticatorsOf: ACCOUNT,
      })
      const before = await contents(store)
      const late = { accountId: ACCOUNT, authenticatorId: AUTHENTICATOR, step: STEP + 1 }
      assert.equal(await winners(() => store.spendLateStep(late)), 1)
      const after = await contents(store)
      const [row] = before.authenticators
      assert.ok(row)
      assert.equal(row.consecutiveFailures, 1)
      assert.deepEqual(after, { ...before, authenticators: [{ ...row, spentStep: STEP + 1 }] })
      assert.equal(await triesLeft(store, newPool(POOL_KEY, 2)), 1)
      for (const step of [STEP, STEP + 1]) assert.equal(await store.spendStep(spend(step)), false)
      assert.equal(await store.spendLateStep({ ...late, step: STEP }), false)
      assert.equal(await store.spendStep(spend(STEP + 2)), true)
    }),
  )

  // RFC 6238 §6: two requests that both know the drift must not both move it, nor lose a spent step.
  test(
    'a right code at the edge of the window moves the drift in the write that spends it [R9]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const drift = async () => (await store.authenticators(ACCOUNT, NOW))[0]?.driftSteps
      assert.equal(await store.spendStep({ ...spend(STEP), driftSteps: -4 }), true)
      assert.equal(await drift(), -4)
      assert.equal(await store.spendStep({ ...spend(STEP), driftSteps: 7 }), false)
      assert.equal(await drift(), -4)
      assert.equal(await store.spendStep(spend(STEP + 1)), true)
      assert.equal(await drift(), -4)
      const grant = newGrant('s', { spend: { ...spendOf(STEP + 2), driftSteps: 5 } })
      assert.equal(await store.grantSession(grant), true)
      assert.equal(await drift(), 5)
    }),
  )

  test(
    'two codes in a row are spent for one of twenty callers, both unspent or nothing [R9]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const attempt = { pool: newPool(POOL_KEY, 2), now: NOW, mark: newMark() }
      await store.countTry({ ...attempt, authenticatorsOf: ACCOUNT })
      const pair = (step: number, driftSteps: number) =>
        store.resynchronise({ ...spend(step), driftSteps, now: NOW + 9 })
      const before = await contents(store)
      assert.equal(await pair(CONFIRMED_STEP, 3), false)
      assert.equal(await pair(CONFIRMED_STEP + 1, 3), false, 'the first of the two is spent')
      assert.deepEqual(await contents(store), before)
      assert.equal(await winners(() => pair(CONFIRMED_STEP + 2, -3)), 1)
      const after = await contents(store)
      const [row] = before.authenticators
      assert.ok(row)
      const set = { spentStep: CONFIRMED_STEP + 2, driftSteps: -3 }
      const used = { lastUsedAt: NOW + 9, consecutiveFailures: 0 }
      assert.deepEqual(after.authenticators, [{ ...row, ...set, ...used }])
      assert.equal(after.events.length, before.events.length + 1)
      assert.equal(await store.spendStep(spend(CONFIRMED_STEP + 2)), false)
    }),
  )

  test(
    'two codes in a row give their try back, lost ones do not [R14]',
    withStore(async (store) => {
      await enrolledAccount(store)
      const pool = newPool(POOL_KEY, 2)
      const pair = { ...spend(STEP + 1), driftSteps: 2, returnTry: await counted(store, pool) }
      assert.equal(await store.resynchronise(pair), true)
      assert.equal(
        await store.resynchronise({ ...pair, returnTry: await counted(store, pool) }),
        false,
      )
      assert.equal(await triesLeft(store, pool), 1)
    }),
  )

  test(
    'a pending, unknown, removed or foreign authenticator spends nothing [R50]',
    withStore(async (store) => {
      await store.createAccount(newAccount(), newEvent())
      await store.addAuthenticator(newAuthenticator(), 10)
      const late = { accountId: ACCOUNT, authenticatorId: AUTHENTICATOR, step: STEP }
      assert.equal(await store.spendStep(spend(STEP)), false)
      assert.equal(await store.spendLateStep(late), false)
      const pair = { ...spend(STEP + 2), driftSteps: 2 }
      assert.equal(await store.resynchronise(pair), false)
      assert.equal(await store.spendStep({ ...spend(STEP), authenticatorId: 'unknown' }), false)
      await store.removeAuthenticator({
        accountId: ACCOUNT,
        authenticatorId: AUTHENTICATOR,
        event: newEvent(),
      })
      await enrolledAccount(store)
      assert.equal(await store.spendStep({ ...spend(STEP), accountId: 'account-2' }), false)
      assert.equal(await store.spendLateStep({ ...late, accountId: 'account-2' }), false)
      assert.equal(await store.resynchronise({ ...pair, accountId: 'account-2' }), false)
      assert.equal(await store.spendStep(spend(STEP)), true)
    }),
  )
}
