/** What `halfminute policy` says of the limits in force. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runWith } from './recorded-io.ts'

test('the default limits leave less than 1 in 1,000 per year, and exit 0', async () => {
  const { status, out, err } = await runWith(['policy'])
  assert.match(out, /^day +10 +3\.0e-5 +1 in 33,3\d\d$/m)
  assert.match(out, /^year +312 +9\.4e-4 +1 in 1,0\d\d$/m)
  assert.deepEqual([status, err], [0, ''])
})

test('limits that somebody loosened are warned of, and exit 1', async () => {
  const env = { HALFMINUTE_CODE_FAILURES_PER_MONTH: '100' }
  const { status, out, err } = await runWith(['policy', '--json'], { env })
  const odds = JSON.parse(out) as { triesPerYear: number; perYear: number }
  assert.equal(odds.triesPerYear, 1_300)
  assert.ok(odds.perYear > 3e-3 && odds.perYear < 4e-3)
  assert.equal(status, 1)
  assert.match(err, /^halfminute: warning: .*1 in 1,000 per year\nhalfminute: hint: lower /)
})

test('a limit that the server would refuse is a usage mistake', async () => {
  const env = { HALFMINUTE_CODE_FAILURES_PER_DAY: 'many' }
  const { status, out, err } = await runWith(['policy'], { env })
  assert.deepEqual([status, out], [2, ''])
  assert.match(err, /HALFMINUTE_CODE_FAILURES_PER_DAY: expected a whole number/)
  assert.doesNotMatch(err, /many/)
})
