/** The rules that close a pool of tries, apart from any database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DEFAULT_LIMITS } from '@halfminute/engine'
import {
  closureOf,
  codePool,
  confirmationPool,
  memorySeconds,
  memoryTries,
  passwordPool,
  reauthenticationPool,
  recoveryPool,
  sendPool,
  strangerPools,
} from '../src/pools.ts'
import type { Pool, Rule, RuleName } from '../src/pools.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = 1_790_000_000

/** Newest first, as the store keeps them. */
const triesAt = (...secondsAgo: number[]) => secondsAgo.map((ago) => NOW - ago)

const rule = (more: Partial<Rule>): Rule => ({
  name: 'wait',
  tries: 3,
  windowSeconds: DAY,
  ...more,
})

test('a pool is closed until its oldest try leaves the window, to the second [R14]', () => {
  const rules = [rule({ tries: 2, windowSeconds: HOUR })]
  const times = triesAt(0, 600)
  const opensAt = NOW - 600 + HOUR
  assert.deepEqual(closureOf(rules, times, opensAt - 1), { opensAt, by: ['wait'] })
  assert.equal(closureOf(rules, times, opensAt), undefined)
  assert.equal(closureOf(rules, triesAt(0), NOW), undefined)
  assert.equal(closureOf(rules, [], NOW), undefined)
})

test('a wait begins at the newest try, and only where enough of them lie within the window [R14]', () => {
  const rules = [rule({ waitSeconds: 30 })]
  const within = triesAt(5, HOUR, DAY + 4)
  assert.deepEqual(closureOf(rules, within, NOW), { opensAt: NOW + 25, by: ['wait'] })
  assert.equal(closureOf(rules, within, NOW + 25), undefined)
  assert.equal(closureOf(rules, triesAt(5, HOUR, DAY + 5), NOW), undefined)
})

test('the rule that closes longest decides when a pool opens, and all that close it are named', () => {
  const rules = [
    rule({ waitSeconds: 30 }),
    rule({ name: 'day', waitSeconds: DAY }),
    rule({ name: 'month', tries: 4 }),
  ]
  const closure = closureOf(rules, triesAt(0, 1, 2), NOW)
  assert.deepEqual(closure, { opensAt: NOW + DAY, by: ['wait', 'day'] })
})

/** What the store has forgotten cannot say no any more. */
test('a pool is remembered at least as long as it can be closed [R14]', () => {
  const anyRule = fc.record({
    name: fc.constantFrom<RuleName[]>('wait', 'day', 'month'),
    tries: fc.integer({ min: 1, max: 6 }),
    windowSeconds: fc.integer({ min: 1, max: 1_000 }),
    waitSeconds: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
  })
  const anyRules = fc.array(anyRule, { minLength: 1, maxLength: 4 })
  const ages = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(anyRules, ages, (drawn, some) => {
      const rules = drawn.map(({ waitSeconds, ...rest }) =>
        waitSeconds === undefined ? rest : { ...rest, waitSeconds },
      )
      const pool: Pool = { key: 'any', rules }
      const times = triesAt(...some.toSorted((a, b) => a - b))
      const kept = times.slice(0, memoryTries(pool))
      assert.deepEqual(closureOf(rules, kept, NOW), closureOf(rules, times, NOW))
      const [newest = 0] = times
      if (closureOf(rules, times, NOW)) assert.ok(NOW < newest + memorySeconds(pool))
    }),
    { numRuns: 2_000 },
  )
})

/** The limits of the manual, each at the pool that it is about. */
test('each pool closes after as many tries as its limit says, for as long, and says by what', () => {
  const limits = { ...DEFAULT_LIMITS, codeFailuresBeforeWait: 9 }
  const cases: [pool: Pool, tries: number, seconds: number, by: RuleName][] = [
    [codePool(limits, 'ada', 'browser'), 5, 15 * MINUTE, 'wait'],
    [passwordPool(limits, 'hash'), 100, DAY, 'day'],
    [passwordPool(limits, 'hash', 'browser'), 20, HOUR, 'hour'],
    [recoveryPool(limits, 'ada'), 50, DAY, 'day'],
    [reauthenticationPool(limits, 'ada'), 10, HOUR, 'hour'],
    [confirmationPool(limits, 'ada', 'phone'), 20, 600, 'life'],
  ]
  for (const [{ key, rules }, tries, seconds, by] of cases) {
    const times = Array<number>(tries).fill(NOW)
    assert.equal(closureOf(rules, times.slice(1), NOW), undefined, key)
    assert.deepEqual(closureOf(rules, times, NOW), { opensAt: NOW + seconds, by: [by] }, key)
  }
})

test('a known browser is a stranger for good after the last wrong code of its life', () => {
  const { rules } = codePool(DEFAULT_LIMITS, 'ada', 'browser')
  const times = Array.from({ length: 20 }, (_, nth) => NOW - nth * 30 * DAY)
  assert.deepEqual(closureOf(rules, times, NOW + 1_000 * 365 * DAY)?.by, ['life'])
  assert.equal(closureOf(rules, times.slice(1), NOW), undefined)
})

test('strangers’ codes are closed by day and by month, and say so', () => {
  const { rules } = codePool(DEFAULT_LIMITS, 'ada')
  const inADay = Array.from({ length: 10 }, (_, nth) => NOW - nth * 2 * HOUR)
  assert.deepEqual(closureOf(rules, inADay, NOW + 2 * HOUR), { opensAt: NOW + DAY, by: ['day'] })
  const inAMonth = Array.from({ length: 24 }, (_, nth) => NOW - nth * DAY)
  const opensAt = NOW + 7 * DAY
  assert.deepEqual(closureOf(rules, inAMonth, NOW), { opensAt, by: ['month'] })
  const inAnHour = closureOf(rules, triesAt(0, 1, 2), NOW)
  assert.deepEqual(inAnHour, { opensAt: NOW + 30, by: ['wait'] })
})

/** One name for two of them, and one person's wrong codes would close another's pool. */
test('no two pools share a name [R16]', () => {
  const limits = DEFAULT_LIMITS
  const names = ['ada', 'bob'].flatMap((account) => [
    codePool(limits, account).key,
    ...['one', 'two'].map((browser) => codePool(limits, account, browser).key),
    passwordPool(limits, account).key,
    ...['one', 'two'].map((browser) => passwordPool(limits, account, browser).key),
    recoveryPool(limits, account).key,
    reauthenticationPool(limits, account).key,
    sendPool(limits, account, 'sms').key,
    ...['one', 'two'].map((browser) => sendPool(limits, account, 'sms', browser).key),
    ...strangerPools(limits, 'sms', { addressHash: account, network: account }).map(
      ({ key }) => key,
    ),
    ...['one', 'two'].map((phone) => confirmationPool(limits, account, phone).key),
  ])
  assert.equal(new Set(names).size, names.length)
  const same = [codePool(limits, 'ada'), codePool({ ...limits, codeFailuresPerDay: 5 }, 'ada')]
  assert.equal(same[0]?.key, same[1]?.key, 'or a new limit would forget the tries')
})

test('recovery codes are counted apart for each known browser, and for all others together [R16]', () => {
  const keys = [undefined, 'one', 'other'].map((id) => recoveryPool(DEFAULT_LIMITS, 'ada', id).key)
  assert.deepEqual(keys, [
    'recovery/ada/unknown',
    'recovery/ada/device/one',
    'recovery/ada/device/other',
  ])
})

test('a pool that remembers a browser for life is kept as long as its cookie, 400 days', () => {
  assert.equal(memorySeconds(codePool(DEFAULT_LIMITS, 'ada', 'one')), 400 * DAY)
})
