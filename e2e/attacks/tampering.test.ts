/**
 * Somebody writes to the database file: an injection, a stolen backup that is put back, an operator's own
 * hand. The keys are elsewhere. What is sealed must not be moved, and what has happened must not be undone
 * without a trace.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { PASSWORD } from '../support/person.ts'
import { ownAttack } from './support/attack.ts'
import { inDatabase } from './support/database.ts'
import { givePassword, owner, signedIn, signIn } from './support/people.ts'
import type { Owner } from './support/people.ts'
import type { OwnTarget } from './support/target.ts'

/* Mallory has an account of his own, and Ada's password. */
ownAttack(
  'the secret of Mallory’s phone is copied into the row of Ada’s [R3]',
  { defence: 'a secret is sealed to its row', needs: 'the database file' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    inDatabase(target, (db) =>
      db
        .prepare(
          `update authenticators set (key_id, sealed_secret) =
            (select key_id, sealed_secret from authenticators where id = ?) where id = ?`,
        )
        .run(mallory.authenticatorId, ada.authenticatorId),
    )
    const thief = target.browser()
    await signIn(thief, ada.login, mallory.phone.code(1))
    return thief.isSignedIn()
  },
)

/* The row keeps its own id, so that only the account tells it apart. */
ownAttack(
  'Mallory’s phone is entered as a second one of Ada’s, row and all [R3]',
  { defence: 'a secret is sealed to its account', needs: 'the database file' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    inDatabase(target, (db) => {
      const row = db
        .prepare('select * from authenticators where id = ?')
        .get(mallory.authenticatorId)
      const copy = { ...row, account_id: ada.accountId }
      const columns = Object.keys(copy)
      db.prepare(
        `insert into authenticators (${columns.join()}) values (${columns.map(() => '?').join()})`,
      ).run(...Object.values(copy))
    })
    const thief = target.browser()
    await signIn(thief, ada.login, mallory.phone.code(1))
    return thief.isSignedIn()
  },
)

interface Report {
  readonly account: string
  readonly problems: readonly { readonly problem: string; readonly sequence: number }[]
}

/** `halfminute events verify`: what it says of one account, and all that it says. */
async function verified(
  target: OwnTarget,
  accountId: string,
  ...more: readonly string[]
): Promise<{ readonly found: boolean; readonly stdout: string }> {
  const database = join(target.folder, 'a.db')
  const args = ['events', 'verify', '--json', '--database', database, ...more]
  const { code, stdout, stderr } = await target.command(...args)
  const lines = stdout.trimEnd().split('\n')
  const reports = lines.map((line) => JSON.parse(line) as Partial<Report>)
  const own = reports.find(({ account }) => account === accountId)
  assert.ok(own, stderr)
  // Other attacks have left their traces in the same database, so 1 is said of them as well.
  return { found: own.problems?.length !== 0 && code === 1, stdout }
}

/** An account that somebody has tried to get into, whose record is sound. */
async function attacked(target: OwnTarget): Promise<Owner> {
  const person = await owner(target)
  const thief = target.browser()
  await givePassword(thief, person.login, `${PASSWORD}, but wrong`)
  await signedIn(thief, person.login, person.recoveryCodes[0] ?? '', 'recovery')
  assert.equal((await verified(target, person.accountId)).found, false)
  return person
}

/** @returns what was gained when nobody can tell that the record was changed */
async function unseen(
  target: OwnTarget,
  { accountId }: Owner,
  change: (db: DatabaseSync) => unknown,
  ...more: readonly string[]
): Promise<string | undefined> {
  inDatabase(target, (db) => {
    db.exec('begin immediate')
    change(db)
    db.exec('commit')
  })
  const { found } = await verified(target, accountId, ...more)
  return found ? undefined : 'a record that was changed passes for sound'
}

/* The thief's address stands in the record; another one there sends everybody after somebody else. */
ownAttack(
  'an event is edited [R45]',
  { defence: 'an event is tied to what it says', needs: 'the database file' },
  async (target) => {
    const person = await attacked(target)
    return unseen(target, person, (db) => {
      const edit =
        "update events set source = '192.0.2.1' where account_id = ? and kind = 'sign-in'"
      assert.ok(db.prepare(edit).run(person.accountId).changes > 0)
    })
  },
)

/* With the gap closed and the head moved, the numbers alone tell nothing. */
ownAttack(
  'an event is removed and the later ones move up [R45]',
  { defence: 'an event is tied to its place', needs: 'the database file' },
  async (target) => {
    const person = await attacked(target)
    return unseen(target, person, (db) => {
      const { accountId } = person
      const refused = db
        .prepare("select sequence from events where account_id = ? and result = 'refused'")
        .get(accountId)
      const place = Number(refused?.['sequence'])
      db.prepare('delete from events where account_id = ? and sequence = ?').run(accountId, place)
      const later = db
        .prepare('select sequence from events where account_id = ? and sequence > ? order by 1')
        .all(accountId, place)
      assert.ok(later.length > 0)
      for (const { sequence } of later) move(db, accountId, Number(sequence), Number(sequence) - 1)
      db.prepare('update event_heads set sequence = sequence - 1 where account_id = ?').run(
        accountId,
      )
    })
  },
)

ownAttack(
  'two events change places [R45]',
  { defence: 'an event is tied to its place', needs: 'the database file' },
  async (target) => {
    const person = await attacked(target)
    return unseen(target, person, (db) => {
      for (const [from, to] of [
        [2, 0],
        [3, 2],
        [0, 3],
      ] as const) {
        move(db, person.accountId, from, to)
      }
    })
  },
)

function move(db: DatabaseSync, accountId: string, from: number, to: number): void {
  db.prepare('update events set sequence = ? where account_id = ? and sequence = ?').run(
    to,
    accountId,
    from,
  )
}

/** The newest of them are gone. */
function cutOff(db: DatabaseSync, accountId: string, count: number): void {
  const cut = `delete from events where account_id = ?1 and sequence >
    (select max(sequence) from events where account_id = ?1) - ?2`
  assert.equal(db.prepare(cut).run(accountId, count).changes, count)
}

/* What was done last is what there is to hide, and what is left fits together. */
ownAttack(
  'the end of the record is cut off [R45]',
  { defence: 'the record must reach its head', needs: 'the database file' },
  async (target) => {
    const person = await attacked(target)
    return unseen(target, person, (db) => {
      cutOff(db, person.accountId, 2)
    })
  },
)

/* The next event would take the number that is free, and the record be sound again. */
ownAttack(
  'the end of the record is cut off, and life goes on [R45]',
  { defence: 'the head says what comes next', needs: 'the database file' },
  async (target) => {
    const person = await attacked(target)
    inDatabase(target, (db) => {
      cutOff(db, person.accountId, 2)
    })
    await signedIn(target.browser(), person.login, person.phone.code(1))
    return unseen(target, person, () => {})
  },
)

/* Hashes have no key, so whoever can write can also compute: then only a copy elsewhere tells. */
ownAttack(
  'the end is cut off and the head set back, while an earlier head is kept elsewhere [R45]',
  { defence: 'a head that was kept must still stand', needs: 'the database file' },
  async (target) => {
    const person = await attacked(target)
    const { accountId } = person
    const kept = join(target.folder, 'heads.jsonl')
    writeFileSync(kept, (await verified(target, accountId)).stdout)
    const setBack = (db: DatabaseSync) => {
      cutOff(db, accountId, 2)
      db.prepare(
        `update event_heads set (sequence, hash) = (select sequence, hash from events
          where account_id = ?1 order by sequence desc limit 1) where account_id = ?1`,
      ).run(accountId)
    }
    return unseen(target, person, setBack, '--heads', kept)
  },
)
