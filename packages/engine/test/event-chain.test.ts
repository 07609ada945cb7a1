/**
 * Whoever can write to the database may try to hide what they did. Each test edits the log behind the
 * store's back and asks which account and row are found.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { sqliteStore, verifyEvents } from '@halfminute/engine'
import type { Event, EventChainReport, EventHead, Store } from '@halfminute/engine'
import { eventHash } from '../src/event-chain.ts'
import { runTogether } from './children.ts'
import { oldDatabase } from './old-database.ts'
import { openEngine, signedUpPerson, signIn, temporaryFolder } from './support.ts'

const appendEvents = new URL('./fixtures/append-events.ts', import.meta.url)
const NOW = 1_790_000_160
const EVENTS = 9

interface Log {
  readonly path: string
  readonly store: Store
  /** Runs statements beside the store. */
  readonly edit: (sql: string) => void
}

/** Three accounts, the one of unknown logins among them, with nine events each; made once and copied. */
async function log(t: TestContext): Promise<Log> {
  const path = join(temporaryFolder(t), 'accounts.db')
  copyFileSync(original, path)
  const store = sqliteStore(path)
  await store.ready()
  t.after(() => store.close())
  const edit = (sql: string) => {
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()
  }
  return { path, store, edit }
}

const folder = mkdtempSync(join(tmpdir(), 'halfminute-events-'))
const original = join(folder, 'original.db')

before(async () => {
  const store = sqliteStore(original)
  for (let at = 1; at <= EVENTS; at++) {
    for (const accountId of ['', 'ada', 'bob']) await store.appendEvent(eventOf(accountId, at))
  }
  await store.close()
})

after(() => {
  rmSync(folder, { recursive: true })
})

function eventOf(accountId: string, at: number) {
  const [factor, source] = [`totp-${at}`, `192.0.2.${at}`]
  return {
    accountId,
    at: NOW + at,
    kind: `kind-${at}`,
    result: 'accepted',
    factor,
    source,
  } as const
}

async function listed(reports: AsyncIterable<EventChainReport>): Promise<EventChainReport[]> {
  const list: EventChainReport[] = []
  for await (const report of reports) list.push(report)
  return list
}

type Found = readonly [account: string, problem: string, from: number, to: number]

async function problems(store: Store, knownHeads: Iterable<EventHead> = []): Promise<Found[]> {
  const reports = await listed(verifyEvents(store, { knownHeads }))
  return reports.flatMap((report) =>
    report.problems.map(({ accountId, problem, sequence, lastSequence }): Found => {
      assert.equal(accountId, report.accountId)
      return [accountId, problem, sequence, lastSequence]
    }),
  )
}

async function heads(store: Store): Promise<EventHead[]> {
  const reports = await listed(verifyEvents(store))
  return reports.flatMap(({ head }) => head ?? [])
}

/** What an attacker can compute as well as we can: the chain from `from` on, and the head, anew. */
async function rechain({ path, store }: Log, accountId: string, from: number): Promise<void> {
  const rows = await store.eventChain(accountId, undefined, 1_000)
  const db = new DatabaseSync(path)
  let previous = rows.find(({ sequence }) => sequence === from - 1)?.hash
  for (const { hash: _, ...row } of rows) {
    if (row.sequence < from) continue
    previous = eventHash(previous, row)
    db.prepare('update events set hash = ? where account_id = ? and sequence = ?').run(
      previous,
      accountId,
      row.sequence,
    )
    db.prepare('update event_heads set sequence = ?, hash = ? where account_id = ?').run(
      row.sequence,
      previous,
      accountId,
    )
  }
  db.close()
}

const FIRST: Event = {
  accountId: 'ada',
  sequence: 1,
  at: 1_790_000_160,
  kind: 'sign-in',
  result: 'accepted',
  factor: null,
  source: '192.0.2.1',
}

test('the hash is the one that the encoding says, for anybody to compute [R45]', () => {
  const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const first = sha256(
    `halfminute event 1\n["${'0'.repeat(64)}","ada",1,1790000160,"sign-in","accepted",null,"192.0.2.1"]`,
  )
  assert.equal(hex(eventHash(undefined, FIRST)), first)
  const second = sha256(
    `halfminute event 1\n["${first}","ada",2,1790000160,"sign-in","accepted","é\\"\\n","192.0.2.1"]`,
  )
  const event = { ...FIRST, sequence: 2, factor: 'é"\n' }
  assert.equal(hex(eventHash(eventHash(undefined, FIRST), event)), second)
})

test('no two events have one encoding, however their texts are cut [R45]', () => {
  const variants: Partial<Event>[] = [
    {},
    { factor: '' },
    { factor: 'null' },
    { kind: 'sign-in","accepted' },
    { factor: '192.0.2.1', source: null },
    { factor: 'null,"192.0.2.1"', source: null },
    { accountId: 'ada",1' },
    { accountId: 'ada\0' },
    { sequence: 11, at: 790_000_160 },
    { source: '192.0.2.1 ' },
  ]
  const seen = variants.map((over) => Buffer.from(eventHash(undefined, { ...FIRST, ...over })))
  assert.equal(new Set(seen.map((bytes) => bytes.toString('hex'))).size, variants.length)
})

test('what the engine writes is sound, and every event is counted [R45]', async (t) => {
  const harness = openEngine(t)
  await signIn(harness, await signedUpPerson(harness))
  const password = 'not a password of anybody'
  await harness.engine.login.password({ login: 'nobody@example.com', password, source: 'x' })
  const read: number[] = []
  const reports = await listed(
    harness.engine.verifyEvents({ onRead: (events) => read.push(events) }),
  )
  assert.deepEqual(
    reports.flatMap((report) => report.problems),
    [],
  )
  const events = reports.reduce((sum, report) => sum + report.events, 0)
  assert.equal(read.at(-1), events)
  assert.equal((await harness.store.newestEvents(1_000)).length, events)
  assert.ok(events > 5)
})

test('an untouched log has no problem [R45]', async (t) => {
  const { store } = await log(t)
  assert.deepEqual(await problems(store, await heads(store)), [])
})

const EDITS = {
  at: '1',
  kind: "'other'",
  result: "'refused'",
  factor: 'null',
  source: "'198.51.100.1'",
  hash: 'zeroblob(32)',
} as const

for (const [column, value] of Object.entries(EDITS)) {
  for (const row of [1, 5, EVENTS]) {
    test(`an edited ${column} of row ${row} is found there and nowhere else [R45]`, async (t) => {
      const { store, edit } = await log(t)
      edit(`update events set ${column} = ${value} where account_id = 'ada' and sequence = ${row}`)
      assert.deepEqual(await problems(store), [['ada', 'edited', row, row]])
    })
  }
}

test('values of another type, and numbers beyond counting, are found as edits [R45]', async (t) => {
  for (const [column, value] of [
    ['at', '9223372036854775807'],
    ['at', "'soon'"],
    ['hash', "'text'"],
    ['kind', "x'00ff'"],
    ['kind', "'kind-5' || char(0)"],
    ['source', '5'],
  ] as const) {
    const { store, edit } = await log(t)
    edit(`update events set ${column} = ${value} where account_id = 'ada' and sequence = 5`)
    assert.deepEqual(await problems(store), [['ada', 'edited', 5, 5]], `${column} = ${value}`)
  }
})

/** Without the chain, the row's own hash would hold after such an edit. */
test('an edit with its hash computed anew is found at the next row, or by the head [R45]', async (t) => {
  for (const [row, found] of [
    [5, 6],
    [EVENTS, EVENTS],
  ] as const) {
    const { store, edit, path } = await log(t)
    edit(`update events set kind = 'other' where account_id = 'ada' and sequence = ${row}`)
    const chain = await store.eventChain('ada', undefined, 100)
    const [previous, edited] = chain.slice(row - 2, row)
    assert.ok(edited)
    const db = new DatabaseSync(path)
    const update = db.prepare(
      `update events set hash = ? where account_id = 'ada' and sequence = ?`,
    )
    update.run(eventHash(previous?.hash, edited), row)
    db.close()
    assert.deepEqual(await problems(store), [['ada', 'edited', found, found]])
  }
})

for (const [name, from, to] of [
  ['the first row', 1, 1],
  ['a row in the middle', 4, 4],
  ['three rows in the middle', 4, 6],
] as const) {
  test(`${name} removed is missing [R45]`, async (t) => {
    const { store, edit } = await log(t)
    edit(`delete from events where account_id = 'bob' and sequence between ${from} and ${to}`)
    assert.deepEqual(await problems(store), [['bob', 'missing', from, to]])
  })
}

test('rows removed at the end are cut off, also when the log went on since [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`delete from events where account_id = 'bob' and sequence > 7`)
  assert.deepEqual(await problems(store), [['bob', 'cut off', 8, 9]])
  await store.appendEvent(eventOf('bob', 10))
  assert.deepEqual(await problems(store), [['bob', 'missing', 8, 9]])
})

test('an account without its rows is cut off from the first one [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`delete from events where account_id = ''`)
  assert.deepEqual(await problems(store), [['', 'cut off', 1, 9]])
})

test('rows removed and the rest numbered anew do not pass [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`delete from events where account_id = 'ada' and sequence = 4;
    update events set sequence = sequence - 1 where account_id = 'ada' and sequence > 4`)
  const found = await problems(store)
  assert.deepEqual(found.at(0), ['ada', 'edited', 4, 4])
  assert.deepEqual(found.at(-1), ['ada', 'cut off', 9, 9])
  assert.ok(found.every(([account]) => account === 'ada'))
})

const swap = (one: number, other: number) => `
  update events set sequence = -1 where account_id = 'ada' and sequence = ${one};
  update events set sequence = ${one} where account_id = 'ada' and sequence = ${other};
  update events set sequence = ${other} where account_id = 'ada' and sequence = -1;`

for (const [one, other] of [
  [3, 4],
  [1, 2],
  [2, 7],
  [EVENTS - 1, EVENTS],
  [1, EVENTS],
] as const) {
  test(`rows ${one} and ${other} swapped are found as each other [R45]`, async (t) => {
    const { store, edit } = await log(t)
    edit(swap(one, other))
    assert.deepEqual(await problems(store), [
      ['ada', 'reordered', one, one],
      ['ada', 'reordered', other, other],
    ])
    const report = (await listed(verifyEvents(store))).find(({ accountId }) => accountId === 'ada')
    assert.deepEqual(
      report?.problems.map(({ words }) => words),
      [`was number ${other}`, `was number ${one}`],
    )
  })
}

test('contents swapped under hashes that stay are found as each other too [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`${swap(3, 6)}
    create temp table kept as select sequence, hash from events where account_id = 'ada';
    update events set hash = (select hash from kept where kept.sequence = 9 - events.sequence)
      where account_id = 'ada' and sequence in (3, 6)`)
  assert.deepEqual(await problems(store), [
    ['ada', 'reordered', 3, 3],
    ['ada', 'reordered', 6, 6],
  ])
})

for (const sequence of [0, -3, 10, 12, 9_223_372_036_854_775n]) {
  test(`a row inserted as number ${sequence} was not written by the log [R45]`, async (t) => {
    const { store, edit } = await log(t)
    edit(`insert into events select account_id, ${sequence}, at, kind, result, factor, source, hash
      from events where account_id = 'ada' and sequence = 5`)
    const number = Number(sequence)
    assert.deepEqual(await problems(store), [['ada', 'inserted', number, number]])
  })
}

test('a row inserted at the end with the right hash lies beyond the head [R45]', async (t) => {
  const { store, path } = await log(t)
  const last = (await store.eventChain('ada', EVENTS - 1, 1))[0]
  const row: Event = { ...eventOf('ada', 10), sequence: 10 }
  const db = new DatabaseSync(path)
  db.prepare(`insert into events values ('ada', 10, ?, ?, ?, ?, ?, ?)`).run(
    row.at,
    row.kind,
    row.result,
    row.factor,
    row.source,
    eventHash(last?.hash, row),
  )
  db.close()
  assert.deepEqual(await problems(store), [['ada', 'inserted', 10, 10]])
})

test('a row inserted in the middle with the later ones moved up does not pass [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`update events set sequence = sequence + 101 where account_id = 'ada' and sequence > 4;
    update events set sequence = sequence - 100 where account_id = 'ada' and sequence > 100;
    insert into events select account_id, 5, at, kind, result, factor, source, hash
      from events where account_id = 'ada' and sequence = 2`)
  const found = await problems(store)
  assert.equal(found[0]?.[2], 5)
  assert.deepEqual(found.at(-1), ['ada', 'inserted', 10, 10])
})

test('a row moved to another account is missing here and inserted there [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(
    `update events set account_id = 'bob', sequence = 10 where account_id = 'ada' and sequence = 5`,
  )
  assert.deepEqual(await problems(store), [
    ['ada', 'missing', 5, 5],
    ['bob', 'inserted', 10, 10],
  ])
})

test('whole chains exchanged between accounts, heads included, do not pass [R45]', async (t) => {
  const { store, edit } = await log(t)
  for (const table of ['events', 'event_heads']) {
    edit(`update ${table} set account_id = 'x' where account_id = 'ada';
      update ${table} set account_id = 'ada' where account_id = 'bob';
      update ${table} set account_id = 'bob' where account_id = 'x'`)
  }
  const found = await problems(store)
  assert.deepEqual(
    found.filter(([, , from]) => from === 1).map(([account, problem]) => [account, problem]),
    [
      ['ada', 'edited'],
      ['bob', 'edited'],
    ],
  )
})

test('a head that is gone or edited is found [R45]', async (t) => {
  const gone = await log(t)
  gone.edit(`delete from event_heads where account_id = 'ada'`)
  assert.deepEqual(await problems(gone.store), [['ada', 'no head', 9, 9]])
  // An event on top of a log without a head would begin a second chain.
  await assert.rejects(gone.store.appendEvent(eventOf('ada', 10)))

  const edited = await log(t)
  edited.edit(`update event_heads set hash = zeroblob(32) where account_id = 'ada'`)
  assert.deepEqual(await problems(edited.store), [['ada', 'edited', 9, 9]])
})

test('a log rewritten as a whole passes, and known heads tell [R45]', async (t) => {
  const rewritten = await log(t)
  const known = await heads(rewritten.store)
  for (let at = 10; at <= 12; at++) await rewritten.store.appendEvent(eventOf('ada', at))
  assert.deepEqual(await problems(rewritten.store, known), [])
  rewritten.edit(`update events set kind = 'other' where account_id = 'ada' and sequence = 4`)
  await rechain(rewritten, 'ada', 4)
  assert.deepEqual(await problems(rewritten.store), [])
  assert.deepEqual(await problems(rewritten.store, known), [['ada', 'rewritten', 9, 9]])
})

test('known heads tell of a log cut with its head, and of an account that is gone [R45]', async (t) => {
  const cut = await log(t)
  const known = await heads(cut.store)
  cut.edit(`delete from events where account_id = 'ada' and sequence > 7;
    delete from events where account_id = 'bob'; delete from event_heads where account_id = 'bob'`)
  await rechain(cut, 'ada', 1)
  assert.deepEqual(await problems(cut.store), [])
  assert.deepEqual(await problems(cut.store, known), [
    ['ada', 'rewritten', 9, 9],
    ['bob', 'cut off', 1, 9],
  ])
})

test('many edits in a row are told in one line, and none is lost in long logs [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`with recursive n(i) as (select 10 union all select i + 1 from n where i < 2500)
    insert into events select 'ada', i, i, 'x', 'accepted', null, null, zeroblob(32) from n;
    update event_heads set sequence = 2500, hash = zeroblob(32) where account_id = 'ada'`)
  const found = await problems(store)
  const edited = found.filter(([, problem]) => problem === 'edited')
  assert.equal(edited[0]?.[2], 10)
  assert.equal(
    edited.reduce((sum, [, , from, to]) => sum + to - from + 1, 0),
    2491,
  )
  assert.ok(found.length < 20)
})

test('chains and accounts longer than a page are sound [R45]', async (t) => {
  const store = sqliteStore(':memory:')
  t.after(() => store.close())
  const accounts = Array.from({ length: 450 }, (_, at) => `account-${at}`)
  await Promise.all(accounts.map((accountId) => store.appendEvent(eventOf(accountId, 1))))
  await Promise.all(
    Array.from({ length: 2_000 }, (_, at) => store.appendEvent(eventOf('long', at))),
  )
  const reports = await listed(verifyEvents(store))
  assert.equal(reports.length, 451)
  assert.equal(reports.find(({ accountId }) => accountId === 'long')?.events, 2_000)
  assert.ok(reports.every((report) => report.problems.length === 0))
})

test('a log that grows while it is read has no problem [R45]', async (t) => {
  const { store } = await log(t)
  const grow = async () => {
    await store.appendEvent(eventOf('ada', 1))
    await store.appendEvent(eventOf('eve', 1))
  }
  const growing: Store = {
    ...store,
    eventHead: async (id) => {
      const head = await store.eventHead(id)
      await grow()
      return head
    },
    eventChain: async (...args) => {
      const page = await store.eventChain(...args)
      await grow()
      return page
    },
  }
  assert.deepEqual(await problems(growing), [])
  assert.deepEqual(await problems(store), [])
})

test('two processes writing for one account leave one sound chain [R45]', async (t) => {
  const { path, store } = await log(t)
  const input = { path, accountId: 'ada', count: 100 }
  await runTogether(appendEvents, [input, input])
  assert.deepEqual(await problems(store), [])
  assert.equal((await store.eventHead('ada'))?.sequence, EVENTS + 200)
})

test('events from before the chain are chained when the database is opened [R45]', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const events = await databaseOfSchema1(path)
  const store = sqliteStore(path)
  t.after(() => store.close())
  assert.deepEqual(await problems(store), [])
  for (const accountId of ['', 'ada', 'bob']) {
    assert.deepEqual(
      (await store.events(accountId, 1_000)).toReversed(),
      events.filter((event) => event.accountId === accountId),
    )
    await store.appendEvent(eventOf(accountId, 1))
  }
  assert.deepEqual(await problems(store), [])
  const db = new DatabaseSync(path)
  const insert = db.prepare(
    `insert into events (account_id, sequence, at, kind, result) values ('ada', 9999, 1, 'x', 'accepted')`,
  )
  assert.throws(() => insert.run(), /hash/, 'the version before can still add events')
  db.close()
})

/** As the first version left it: 1,503 events of three accounts. */
async function databaseOfSchema1(path: string): Promise<Event[]> {
  const database = await oldDatabase(path, '0001-first')
  const events = Array.from({ length: 501 }, (_, at) => at + 1).flatMap((sequence) =>
    ['', 'ada', 'bob'].map((id): Event => ({ ...eventOf(id, sequence), sequence })),
  )
  const insert = database.prepare('insert into events values (?, ?, ?, ?, ?, ?, ?)')
  database.exec('begin')
  for (const { accountId, sequence, at, kind, result, factor, source } of events) {
    insert.run(accountId, sequence, at, kind, result, factor, source)
  }
  database.exec('commit')
  database.close()
  return events
}

test('a number between two others was not written by the log [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`update events set sequence = 5.5 where account_id = 'ada' and sequence = 5`)
  assert.deepEqual(await problems(store), [
    ['ada', 'missing', 5, 5],
    ['ada', 'inserted', 5.5, 5.5],
  ])
})

test('a thousand rows without a number are found, and reading them ends [R45]', async (t) => {
  const { store, edit } = await log(t)
  edit(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 991)
    insert into events select 'ada', 't' || i, i, 'x', 'accepted', null, null, zeroblob(32) from n`)
  const found = await problems(store)
  assert.ok(found.length > 0)
  assert.ok(found.every(([account, problem]) => account === 'ada' && problem === 'inserted'))
})

/** The true hash of a row, hidden elsewhere, must not clear the row that followed it. */
test('an edit is found although its old hash is kept in another row [R45]', async (t) => {
  const { store, edit, path } = await log(t)
  edit(`update events set kind = 'other' where account_id = 'ada' and sequence = 4`)
  const [previous, edited] = await store.eventChain('ada', 2, 2)
  assert.ok(previous && edited)
  const db = new DatabaseSync(path)
  const setHash = db.prepare(`update events set hash = ? where account_id = 'ada' and sequence = ?`)
  setHash.run(edited.hash, 8)
  setHash.run(eventHash(previous.hash, edited), 4)
  db.close()
  assert.deepEqual(await problems(store), [
    ['ada', 'edited', 5, 5],
    ['ada', 'edited', 8, 8],
  ])
})
