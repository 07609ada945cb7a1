/** The chance that the limits leave to somebody who has the password. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS, GOAL_PER_YEAR, guessingOdds } from '@halfminute/engine'
import { closureOf, codePool } from '../src/pools.ts'

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

/** Every second at which the rules let a guess in, in 365 days, for whoever asks without a pause. */
function triesOfAYear(limits: typeof DEFAULT_LIMITS): number {
  const { rules } = codePool(limits, 'ada')
  const times: number[] = []
  for (let now = 0; now < 365 * 86_400;) {
    const closure = closureOf(rules, times, now)
    if (closure === undefined) times.unshift(now)
    else now = closure.opensAt
  }
  return times.length
}

/** The same numbers in every run, evenly between 0 and 1 (mulberry32). */
function evenly(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('simulated attackers fare as the arithmetic says, and no better', () => {
  const loose = {
    codeFailuresBeforeWait: 100,
    codeFailuresPerDay: 100,
    codeFailuresPerMonth: 1_000,
  }
  const limits = { ...DEFAULT_LIMITS, ...loose }
  const { perTry, perYear, triesPerYear } = guessingOdds(limits)
  const tries = triesOfAYear(limits)
  assert.ok(tries <= triesPerYear && tries > 0.9 * triesPerYear, `${tries} of ${triesPerYear}`)
  const attackers = 3_000
  const random = evenly(42)
  let lucky = 0
  for (let attacker = 0; attacker < attackers; attacker++) {
    for (let nth = 0; nth < tries; nth++) {
      if (random() < perTry) {
        lucky++
        break
      }
    }
  }
  const deviation = Math.sqrt(perYear * (1 - perYear) * attackers)
  const expected = perYear * attackers
  assert.ok(lucky < expected + 4 * deviation, `${lucky} of ${expected}`)
  assert.ok(lucky > 0.9 * expected - 4 * deviation, `${lucky} of ${expected}`)
})

test('under the default limits the rules themselves give no more tries than the odds reckon with', () => {
  const { triesPerYear } = guessingOdds(DEFAULT_LIMITS)
  const tries = triesOfAYear(DEFAULT_LIMITS)
  assert.ok(tries <= triesPerYear && tries > 0.9 * triesPerYear, `${tries} of ${triesPerYear}`)
})
