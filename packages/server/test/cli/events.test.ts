/** `events verify|tail`: what is said of a sound record, of a changed one, and of a file that is none. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import { halfminute } from './child.ts'
import { runWith } from './recorded-io.ts'
import type { Given } from './recorded-io.ts'

const NOW = 1_790_000_160

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-events-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Five events of ada, two of unknown logins; the store stays open, as a running server's. */
async function recorded(t: TestContext) {
  const folder = temporaryFolder(t)
  const database = join(folder, 'a.db')
  const store = sqliteStore(database)
  await store.ready()
  t.after(() => store.close())
  const append = (accountId: string, at: number, source: string | null = '192.0.2.7') =>
    store.appendEvent({
      accountId,
      at: NOW + at,
      kind: at === 0 ? 'account.registered' : 'sign-in',
      result: 'accepted',
      factor: at === 0 ? null : 'totp',
      source,
    })
  for (const at of [0, 1, 2, 3, 4]) await append('ada', at)
  for (const at of [1, 2]) await append('', at)
  const edit = (sql: string) => {
    const db = new DatabaseSync(database)
    db.exec(sql)
    db.close()
  }
  const run = (words: string, given?: Given) =>
    runWith(['events', ...words.split(' '), '--database', database], given)
  return { folder, database, append, edit, run }
}

test('a sound record is one line and exit 0, beside a running server [R45]', async (t) => {
  const { run } = await recorded(t)
  assert.deepEqual(await run('verify'), {
    status: 0,
    out: '7 events of 2 accounts are sound\n',
    err: '',
  })
})

test('each changed event is a line that names the account and the event, and exit 1 [R45]', async (t) => {
  const { run, edit } = await recorded(t)
  edit(`update events set source = 'x' where account_id = 'ada' and sequence = 2;
    delete from events where account_id = 'ada' and sequence = 4;
    delete from events where account_id = '' and sequence = 2`)
  assert.deepEqual(await run('verify'), {
    status: 1,
    out: [
      'account (unknown logins), event 2: cut off (is gone from the end)\n',
      'account ada, event 2: edited (does not fit its hash and the event before it)\n',
      'account ada, event 4: missing (is not there)\n',
    ].join(''),
    err: [
      'halfminute: error: the record of events was changed: 3 problems among 5 events of 2 accounts\n',
      'halfminute: hint: keep a copy of the database before anything else writes to it\n',
    ].join(''),
  })
})

test('a terminal is shown the progress, a pipe is not', async (t) => {
  const { run } = await recorded(t)
  const shown = await run('verify', { errIsTerminal: true })
  assert.equal(shown.out, '7 events of 2 accounts are sound\n')
  assert.match(shown.err, /^\r2 events read\r7 events read\r +\r$/)
})

test('kept heads tell of a record that was rewritten as a whole [R45]', async (t) => {
  const { run, edit, folder, append } = await recorded(t)
  const heads = join(folder, 'heads.jsonl')
  const kept = await run('verify --json')
  assert.deepEqual([kept.status, kept.err], [0, ''])
  writeFileSync(heads, kept.out)
  const lines = kept.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(Object.keys(lines[1] ?? {}), [
    'account',
    'events',
    'sequence',
    'hash',
    'problems',
  ])
  assert.deepEqual(lines[2], { accounts: 2, events: 7, problems: 0 })

  await append('ada', 5)
  assert.equal((await run(`verify --heads ${heads}`)).status, 0)
  edit(`delete from events where account_id = ''; delete from event_heads where account_id = ''`)
  assert.equal((await run('verify')).status, 0)
  const told = await run(`verify --heads ${heads}`)
  assert.equal(told.status, 1)
  assert.equal(
    told.out,
    'account (unknown logins), events 1 to 2: cut off (is gone from the end)\n',
  )
  const json = await run(`verify --json --heads ${heads}`)
  assert.equal(json.status, 1)
  assert.match(json.out, /\{"accounts":2,"events":6,"problems":1\}\n$/)
})

test('heads that are incomplete or something else are a usage mistake [R45]', async (t) => {
  const { run, folder } = await recorded(t)
  const heads = join(folder, 'heads.jsonl')
  const sound = (await run('verify --json')).out
  const [first = '', second = ''] = sound.split('\n')
  for (const text of [
    '',
    'hello',
    'null',
    first,
    `${first}\n${second}\n`,
    sound.slice(0, -5),
    sound.replace(first, ''),
    sound.replace(/"hash":"../, '"hash":"'),
    sound.replace('"account":', '"who":'),
  ]) {
    writeFileSync(heads, text)
    const { status, out, err } = await run(`verify --heads ${heads}`)
    assert.deepEqual([status, out], [2, ''], text)
    assert.match(err, /^halfminute: error: --heads: /)
  }
  assert.equal((await run(`verify --heads ${join(folder, 'none')}`)).status, 2)
})

test('the newest events stand last, as many as were asked for', async (t) => {
  const { run } = await recorded(t)
  assert.deepEqual(await run('tail --count 4'), {
    status: 0,
    err: '',
    out: [
      '2026-09-21T14:16:02Z  ada               3  sign-in  accepted  totp  192.0.2.7\n',
      '2026-09-21T14:16:02Z  (unknown logins)  2  sign-in  accepted  totp  192.0.2.7\n',
      '2026-09-21T14:16:03Z  ada               4  sign-in  accepted  totp  192.0.2.7\n',
      '2026-09-21T14:16:04Z  ada               5  sign-in  accepted  totp  192.0.2.7\n',
    ].join(''),
  })
  const all = await run('tail')
  assert.equal(all.out.split('\n').length, 8)
  assert.match(
    all.out,
    /^2026-09-21T14:16:00Z +ada +1 +account\.registered +accepted +- +192\.0\.2\.7\n/,
  )
})

test('tail shows one account, and JSON lines', async (t) => {
  const { run } = await recorded(t)
  const { out } = await run('tail --account ada --count 1 --json')
  assert.deepEqual(JSON.parse(out), {
    account: 'ada',
    sequence: 5,
    at: '2026-09-21T14:16:04Z',
    kind: 'sign-in',
    result: 'accepted',
    factor: 'totp',
    source: '192.0.2.7',
  })
  assert.deepEqual(await run('tail --account eve'), {
    status: 0,
    out: '',
    err: 'There are no events.\n',
  })
})

/** Whoever writes an event's text chooses what a terminal reads. */
test('what stands in an event does not command the terminal', async (t) => {
  const { run, append, edit } = await recorded(t)
  await append('e\u001B[2Jve', 9, 'a\nb\u202Ec\u0007')
  edit(`update events set kind = 'x' where at = ${NOW + 9}`)
  const tail = await run('tail --count 1')
  const verify = await run('verify')
  for (const { out } of [tail, verify]) {
    assert.match(out, /^[^\p{C}]+\n$/u)
    assert.ok(out.includes('e\uFFFD[2Jve'))
  }
})

test('where there is no database none is made, and what is none of ours is refused', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'notes.txt'), 'hello')
  for (const action of ['verify', 'tail']) {
    const none = await runWith(['events', action, '--database', join(folder, 'sub/none.db')])
    assert.deepEqual([none.status, none.out], [1, ''])
    assert.match(none.err, /error: there is no database there\n/)
    const other = await runWith(['events', action, '--database', join(folder, 'notes.txt')])
    assert.deepEqual([other.status, other.out], [1, ''])
    assert.match(other.err, /error: The database .* is damaged/)
    const aFolder = await runWith(['events', action, '--database', folder])
    assert.deepEqual([aFolder.status, aFolder.out], [1, ''])
  }
  assert.deepEqual(readdirSync(folder), ['notes.txt'])
  assert.equal(readFileSync(join(folder, 'notes.txt'), 'utf8'), 'hello')
})

test('the database is the one of the server’s settings', async (t) => {
  const { database } = await recorded(t)
  const { out } = await runWith(['events', 'verify'], { env: { HALFMINUTE_DATABASE: database } })
  assert.equal(out, '7 events of 2 accounts are sound\n')
})

test('an unknown action, and an option of the other action, are usage mistakes', async (t) => {
  const { run } = await recorded(t)
  for (const words of [
    'verfiy',
    'verify --count 3',
    'verify --account ada',
    'tail --heads x',
    'tail --count 0',
    'tail --count x',
  ]) {
    const { status, out } = await run(words)
    assert.deepEqual([status, out], [2, ''], words)
  }
  assert.equal((await runWith(['events'])).status, 2)
})

test('the real program says the same', async (t) => {
  const { database } = await recorded(t)
  const { status, out, err } = halfminute(['events', 'verify', '--database', database])
  assert.deepEqual([status, out.toString(), err], [0, '7 events of 2 accounts are sound\n', ''])
  assert.ok(existsSync(database))
})
