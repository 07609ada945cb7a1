/** The chance that the limits leave to somebody who has the password. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS, GOAL_PER_YEAR, guessingOdds } from '@halfminute/engine'

test('under the default limits a year of guessing succeeds less than once in a thousand', () => {
  const { perTry, triesPerYear, perDay, perYear } = guessingOdds(DEFAULT_LIMITS)
  assert.ok(perTry > 3e-6 && perTry < 3.001e-6)
  assert.equal(triesPerYear, 24 * 13)
  assert.ok(perDay > 2.9e-5 && perDay < 3.1e-5)
  assert.ok(perYear > 9e-4 && perYear < GOAL_PER_YEAR, String(perYear))
})

test('the tighter of the two windows decides', () => {
  const daily = guessingOdds({ codeFailuresPerDay: 1, codeFailuresPerMonth: 1_000 })
  assert.equal(daily.triesPerYear, 365)
  const monthly = guessingOdds({ codeFailuresPerDay: 100, codeFailuresPerMonth: 2 })
  assert.deepEqual([monthly.triesPerDay, monthly.triesPerYear], [2, 26])
})

test('the chance grows with the tries and never reaches one', () => {
  const odds = [10, 1_000, 100_000].map(
    (most) => guessingOdds({ codeFailuresPerDay: most, codeFailuresPerMonth: most }).perYear,
  )
  assert.deepEqual(
    odds,
    odds.toSorted((a, b) => a - b),
  )
  assert.ok(odds.every((chance) => chance > 0 && chance < 1))
})
