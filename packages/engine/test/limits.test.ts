/** What a limit may be set to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS } from '@halfminute/engine'
import type { Limits } from '@halfminute/engine'
import { openEngine } from './support.ts'

const NAMES = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]

/** A limit of 0.5, or one that a typing error made endless, is no limit at all. */
test('every limit is a whole number of 1 or more, or nothing starts [R14]', (t) => {
  for (const name of NAMES) {
    for (const value of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, '5' as never]) {
      assert.throws(() => openEngine(t, { limits: { [name]: value } }), {
        name: 'RangeError',
        message: `limits.${name}: expected a whole number of 1 or more`,
      })
    }
    openEngine(t, { limits: { [name]: 1 } })
  }
})

/** Each try of a pool is kept, so a pool without an end would be a row without an end. */
test('no pool holds more than a thousand tries', (t) => {
  const pools = NAMES.filter((name) =>
    /^code|^device|^password|^recovery|^reauth|^triesPerC/.test(name),
  )
    .filter((name) => !name.endsWith('Seconds'))
    .toSorted()
  assert.deepEqual(pools, [
    'codeFailuresBeforeWait',
    'codeFailuresPerDay',
    'codeFailuresPerMonth',
    'deviceFailuresPerLife',
    'deviceFailuresPerQuarter',
    'devicePasswordFailuresPerHour',
    'passwordFailuresPerDay',
    'reauthenticationsPerHour',
    'recoveryFailuresPerDay',
    'triesPerConfirmation',
  ])
  for (const name of pools) {
    openEngine(t, { limits: { [name]: 1_000 } })
    assert.throws(() => openEngine(t, { limits: { [name]: 1_001 } }), {
      name: 'RangeError',
      message: `limits.${name}: expected a whole number of at most 1000`,
    })
  }
})
