/** The SQLite store: the contract, files that must be refused unharmed, and two processes on one file. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import type { ErrorCode, Store } from '@halfminute/engine'
import { storeContract } from '@halfminute/engine/testing'
import { runAndKill, runTogether } from './children.ts'
import { failsWith, openEngine, signedUpPerson, temporaryFolder } from './support.ts'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'

const openNew = new URL('./fixtures/open-new.ts', import.meta.url)
const spendStep = new URL('./fixtures/spend-step.ts', import.meta.url)
const writeAndWait = new URL('./fixtures/write-and-wait.ts', import.meta.url)
const NOW = 1_790_000_160
const event = {
  accountId: 'ada',
  at: NOW,
  kind: 'test',
  result: 'accepted',
  factor: null,
  source: null,
} as const

storeContract('SQLite in memory', () => sqliteStore(':memory:'))

storeContract('SQLite in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-contract-'))
  const store = sqliteStore(join(folder, 'accounts.db'))
  return {
    ...store,
    async close() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
})

/** A file with people in it, closed. */
async function madeDatabase(t: TestContext): Promise<{ folder: string; path: string }> {
  const folder = temporaryFolder(t)
  const path = join(folder, 'accounts.db')
  const store = sqliteStore(path)
  await store.createAccount({ id: 'ada', login: 'Ada', loginKey: 'ada', passwordHash: '$' }, event)
  for (let at = 0; at < 200; at++) await store.appendEvent({ ...event, source: '$'.repeat(100) })
  await store.close()
  return { folder, path }
}

/** Names and contents of everything in a folder. */
function fingerprint(folder: string): Record<string, string> {
  const entries = readdirSync(folder).map((name) => {
    const content = readFileSync(join(folder, name))
    return [name, createHash('sha256').update(content).digest('hex')]
  })
  return Object.fromEntries(entries) as Record<string, string>
}

async function isRefusedUnharmed(folder: string, path: string, code: ErrorCode): Promise<void> {
  const before = fingerprint(folder)
  const uses: ((store: Store) => Promise<unknown>)[] = [
    (store) => store.ready(),
    (store) => store.keyIds().then(() => store.ready()),
    (store) => store.accountByLogin('ada'),
  ]
  for (const use of uses) {
    const store = sqliteStore(path)
    await assert.rejects(use(store), failsWith(code))
    await store.close()
    assert.deepEqual(fingerprint(folder), before)
  }
}

test('reopening a file finds what was written', async (t) => {
  const { path } = await madeDatabase(t)
  const store = sqliteStore(path)
  assert.equal((await store.accountByLogin('ada'))?.id, 'ada')
  assert.equal((await store.events('ada', 500)).length, 201)
  await store.close()
})

test('an empty file is one that is about to be made', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  writeFileSync(path, '')
  const store = sqliteStore(path)
  await store.ready()
  await store.close()
  const again = sqliteStore(path)
  await again.ready()
  await again.close()
})

/** A wrong path in the settings must not turn another program's database into ours. */
test('a database of another program is refused and left as it was', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'foreign.db')
  const db = new DatabaseSync(path)
  db.exec('create table accounts (id text); insert into accounts values (1)')
  db.close()
  await isRefusedUnharmed(folder, path, 'DATABASE_FOREIGN')
})

test('a file that is no database is refused and left as it was', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'notes.txt')
  for (const content of ['hello', 'x'.repeat(10_000), Buffer.alloc(4096)]) {
    writeFileSync(path, content)
    await isRefusedUnharmed(folder, path, 'DATABASE_DAMAGED')
  }
})

test('a file that was cut off is refused and left as it was [R48]', async (t) => {
  const { folder, path } = await madeDatabase(t)
  for (const left of [0.9, 0.5, 0.2]) {
    truncateSync(path, Math.floor((statSync(path).size * left) / 4096) * 4096)
    await isRefusedUnharmed(folder, path, 'DATABASE_DAMAGED')
  }
  truncateSync(path, 60)
  await isRefusedUnharmed(folder, path, 'DATABASE_DAMAGED')
})

test('a file with one page of noise is refused, whichever page it is [R48]', async (t) => {
  const { folder, path } = await madeDatabase(t)
  const sound = readFileSync(path)
  const pages = sound.length / 4096
  assert.ok(pages > 10)
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 167 + 91) % 256))
  for (let page = 1; page < pages; page++) {
    const damaged = Buffer.from(sound)
    noise.copy(damaged, page * 4096)
    writeFileSync(path, damaged)
    await isRefusedUnharmed(folder, path, 'DATABASE_DAMAGED')
  }
})

/** A log left beside the file keeps the start from reading every page beforehand; SQLite itself then finds out. */
test('a damaged file beside an unfinished log is refused by its name [R48]', async (t) => {
  const { path } = await madeDatabase(t)
  truncateSync(path, 8192)
  writeFileSync(`${path}-wal`, Buffer.alloc(100, 7))
  const store = sqliteStore(path)
  await assert.rejects(store.ready(), failsWith('DATABASE_DAMAGED'))
  await store.close()
})

test('a database of a newer version is refused and left as it was', async (t) => {
  const { folder, path } = await madeDatabase(t)
  const db = new DatabaseSync(path)
  db.exec("insert into kysely_migration values ('9999-from-the-future', '2036-01-01')")
  db.close()
  await isRefusedUnharmed(folder, path, 'DATABASE_NEWER')
})

/** A process killed while it makes the tables must not leave half of them, which no later start would finish. */
test('a migration that fails leaves no table behind', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const db = new DatabaseSync(path)
  db.exec('pragma application_id = 0x48414c46; create table events (in_the_way text)')
  db.close()
  const store = sqliteStore(path)
  // Not DATABASE_DAMAGED: nobody should put a backup over data that is whole.
  await assert.rejects(store.ready(), failsWith('STORE_UNAVAILABLE'))
  await store.close()
  const after = new DatabaseSync(path)
  const tables = after
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .all()
    .map(({ name }) => name)
  after.exec('drop table events')
  after.close()
  assert.deepEqual(tables, ['events', 'kysely_migration', 'kysely_migration_lock'])
  const again = sqliteStore(path)
  await again.ready()
  await again.close()
})

/** What was acknowledged stays, however the process ends. */
test('a file whose process was killed opens with everything that was written', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'accounts.db')
  for (const login of ['ada', 'bob', 'cyd']) {
    await runAndKill(writeAndWait, { path, login })
    assert.ok(statSync(`${path}-wal`).size > 0)
  }
  const store = sqliteStore(path)
  for (const login of ['ada', 'bob', 'cyd']) assert.ok(await store.accountByLogin(login))
  await store.close()
  assert.deepEqual(readdirSync(folder), ['accounts.db'])
})

/** A statement that fails is no answer, and no answer is a no. */
test('a database that is gone answers every question with one error [R48]', async (t) => {
  const { path } = await madeDatabase(t)
  const store = sqliteStore(path)
  await store.ready()
  const db = new DatabaseSync(path)
  for (const table of ['accounts', 'sessions', 'pools', 'tickets']) db.exec(`drop table ${table}`)
  db.close()
  const gone = failsWith('STORE_UNAVAILABLE')
  const tokenHash = new Uint8Array(32)
  const reference = { accountId: 'ada', tokenHash, browser: '', now: NOW }
  await assert.rejects(store.accountByLogin('ada'), gone)
  await assert.rejects(store.session({ ...reference, idleSeconds: 60 }), gone)
  await assert.rejects(store.ticketAccount(reference, NOW), gone)
  const pool = { key: 'code/ada', rules: [{ name: 'day', tries: 10, windowSeconds: 60 }] } as const
  await assert.rejects(store.countTry({ pool, now: NOW, mark: '00000000' }), gone)
  await store.close()
})

test('two processes on one file spend each step once [R9]', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const harness = openEngine(t, { store: sqliteStore(path) })
  const { accountId, authenticatorId } = await signedUpPerson(harness)
  const steps = Array.from({ length: 20 }, (_, at) => 60_000_000 + at)
  const input = { path, accountId, authenticatorId, steps, callsPerStep: 25, nowSeconds: NOW }
  const [one = [], other = []] = await runTogether<number[]>(spendStep, [input, input])
  const wins = steps.map((_, at) => (one[at] ?? 0) + (other[at] ?? 0))
  // A process that is ahead spends later steps first, and then an earlier one may be refused to both.
  assert.ok(
    wins.every((count) => count <= 1),
    `wins per step: ${wins.join(' ')}`,
  )
  assert.equal(wins.at(-1), 1)
})

test('processes that make one file at the same moment all open it', async (t) => {
  const folder = temporaryFolder(t)
  for (const round of [1, 2, 3]) {
    const path = join(folder, `round-${round}.db`)
    const answers = await runTogether<string>(openNew, [{ path }, { path }])
    assert.deepEqual(answers, ['ok', 'ok'])
  }
})
