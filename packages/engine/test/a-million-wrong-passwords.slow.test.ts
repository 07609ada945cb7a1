/** A million wrong passwords in ten days, from four thousand addresses, for one login. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { DEFAULT_LIMITS } from '@halfminute/engine'
import type { Figures, Siege } from './fixtures/guess-for-days.ts'

const DAYS = 10
const HOURS = DAYS * 24
const SIEGE: Siege = { tries: 1_000_000, hours: HOURS, addresses: 4_096 }

/** Whoever knows only a login must neither shut its owner out nor fill the disk. */
test('a million wrong passwords neither lock the owner out nor fill the database [R16 R17]', async (t) => {
  const begun = performance.now()
  const seen: Figures[] = []
  const program = new URL('fixtures/guess-for-days.ts', import.meta.url)
  const strangers = fork(program, [JSON.stringify(SIEGE)])
  strangers.on('message', (figures: Figures) => {
    if (seen.length % 48 === 0) t.diagnostic(`hour ${seen.length}: ${JSON.stringify(figures)}`)
    seen.push(figures)
  })
  // It ends with 1, and says why, where the owner was shut out.
  const [status] = (await once(strangers, 'exit')) as [number]
  assert.equal(status, 0)
  assert.equal(seen.length, HOURS + 1)
  assert.equal(seen.at(-1)?.['refused'], SIEGE.tries)
  t.diagnostic(`${SIEGE.tries} tries in ${((performance.now() - begun) / 1000).toFixed(0)} s`)

  const most = (name: string) => Math.max(...seen.map((figures) => figures[name] ?? Number.NaN))
  const grown = (name: string) => most(name) - (seen[0]?.[name] ?? Number.NaN)
  t.diagnostic(`most bytes in pools: ${most('bytesOfPools')}, most rates: ${most('rates')}`)
  // What the owner does, what a day lets through, and two alarms an hour: one address, and all of them.
  const { passwordFailuresPerDay } = DEFAULT_LIMITS
  assert.ok(grown('events') <= HOURS * 2 + (DAYS + 1) * passwordFailuresPerDay + HOURS * 2)
  assert.equal(most('event_heads'), 2)
  assert.ok(most('pools') <= 4)
  assert.ok(most('bytesOfPools') < 10_000)
  assert.equal(most('rates'), 0)
  assert.ok(most('sessions') <= 25)
  for (const name of ['accounts', 'authenticators', 'recovery_codes', 'devices', 'tickets']) {
    assert.equal(grown(name), 0, name)
  }
})
