/** What somebody learns of a code who reads the database: while it waits, and once it was sent. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqliteStore, systemRandom } from '@halfminute/engine'
import { client, temporaryFolder, ticketOf } from './support.ts'
import { openPostOffice, reachablePerson } from './post-office.ts'

/** Digits that turn up in no time, counter or id of this test. */
const CODE = '938471'

/** Every code is that one. */
function rigged(length: number): Uint8Array {
  if (length !== 4) return systemRandom(length)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(Number(CODE))
  return new Uint8Array(bytes)
}

test('the database files show no code, neither while it waits nor afterwards [R21] [R44]', async (t) => {
  const folder = temporaryFolder(t)
  const office = openPostOffice(t, { store: sqliteStore(join(folder, 'a.db')), random: rigged })
  const ada = await reachablePerson(office)
  const ticket = await ticketOf(office.engine, ada)
  // The mark of a counted try is drawn from the same four bytes, and is no code.
  const files = () =>
    globSync('*', { cwd: folder })
      .map((name) => readFileSync(join(folder, name), 'latin1'))
      .join('')
  for (const method of ['email', 'sms'] as const) {
    await office.engine.login.send({ ticket, method, ...client })
    assert.equal((await office.engine.outbox.waiting()).count, 1)
    assert.equal(files().includes(CODE), false, `${method}, waiting`)
    assert.equal(await office.codeBy(method), CODE)
    assert.equal(files().includes(CODE), false, `${method}, sent`)
  }
  assert.ok(files().includes('ada@example.com'), 'they are the files')
})

/* A million codes are hashed in a second; so the hash must hold something that is not in the database. */
test('nobody finds a code by hashing all million of them with what is in the database [R21]', async (t) => {
  const path = join(temporaryFolder(t), 'a.db')
  const office = openPostOffice(t, { store: sqliteStore(path) })
  const ada = await reachablePerson(office)
  const ticket = await ticketOf(office.engine, ada)
  await office.engine.login.send({ ticket, method: 'email', ...client })
  const code = await office.codeBy('email')
  const db = new DatabaseSync(path)
  const row = db.prepare('select * from sent_codes').get() ?? assert.fail('no code')
  db.close()
  const bearer = Buffer.from(row['bearer'] as Uint8Array)
  const stored = Buffer.from(row['code_hash'] as Uint8Array).toString('hex')
  const known = [
    '',
    ada.accountId,
    String(row['address']),
    bearer.toString('hex'),
    bearer.toString('base64url'),
  ]
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const found = known.flatMap((secret) =>
    [`${secret}/${code}`, `${code}/${secret}`, `${secret}${code}`].filter(
      (text) => hash(text) === stored,
    ),
  )
  assert.deepEqual(found, [], 'the right code itself is not recognised by what is known')
  assert.equal(hash(`${ticket}/${code}`), stored, 'the ticket is what is missing')
})
