/** `halfminute events`: a sound record is told so, and an edited row is named. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import { runWith } from './recorded-io.ts'

/** A database with five events of one account, and a way to meddle with it. */
async function record(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-events-'))
  t.after(() => {
    rmSync(folder, { recursive: true })
  })
  const database = join(folder, 'a.db')
  const store = sqliteStore(database)
  for (let at = 1; at <= 5; at++) {
    const event = { accountId: 'ada', at: at * 60, kind: 'code', factor: 'totp', source: null }
    await store.appendEvent({ ...event, result: 'refused' })
  }
  await store.close()
  const meddle = (sql: string) => {
    const db = new DatabaseSync(database)
    db.exec(sql)
    db.close()
  }
  const run = (...words: string[]) => runWith(['events', ...words, '--database', database])
  return { folder, meddle, run }
}

test('a sound record is told so in one line [R45]', async (t) => {
  const { run } = await record(t)
  const { status, out, err } = await run('verify')
  assert.deepEqual([status, out, err], [0, '5 events of 1 accounts are sound\n', ''])
})

/** Somebody with write access to the database turns a refused code into an accepted one. */
test('an edited event is found and named, and exit is 1 [R45]', async (t) => {
  const { run, meddle } = await record(t)
  meddle("update events set result = 'accepted' where sequence = 3")
  const { status, out } = await run('verify')
  assert.equal(status, 1)
  assert.match(out, /^ada event 3: edited: /m)
})

test('a removed event is found, in the middle and at the end [R45]', async (t) => {
  const { run, meddle } = await record(t)
  meddle('delete from events where sequence in (2, 5)')
  const { status, out } = await run('verify', '--json')
  assert.equal(status, 1)
  const { problems } = JSON.parse(out) as { problems: { sequence: number; problem: string }[] }
  assert.deepEqual(
    problems.map(({ sequence, problem }) => `${sequence} ${problem}`),
    ['2 missing', '5 cut off'],
  )
})

test('the newest events are shown, the last one last', async (t) => {
  const { run } = await record(t)
  const { status, out } = await run('tail', '--count', '2')
  assert.equal(status, 0)
  assert.equal(
    out,
    '1970-01-01T00:04:00Z  ada  refused  code  totp  -\n1970-01-01T00:05:00Z  ada  refused  code  totp  -\n',
  )
})

test('where there is no database none is made', async (t) => {
  const { folder } = await record(t)
  const before = readdirSync(folder)
  const { status, err } = await runWith(['events', 'verify', '--database', join(folder, 'b.db')])
  assert.equal(status, 1)
  assert.match(err, /there is no database at that path/)
  assert.deepEqual(readdirSync(folder), before)
})
