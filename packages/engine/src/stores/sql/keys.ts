/** Which keys the database was made with, and what each of them seals. */
import { sql } from 'kysely'
import { EngineError } from '../../errors.ts'
import type { SealedSecret, Seconds, SecretReference } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function keyIds(db: Sql): Promise<string[]> {
  const rows = await db.selectFrom('keys').select('id').execute()
  return rows.map(({ id }) => id)
}

export async function insertKey(db: Sql, id: string, now: Seconds): Promise<void> {
  await db
    .insertInto('keys')
    .values({ id, created_at: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Nothing may be sealed with a key that was retired while somebody still held it. */
export async function mustBeOnRecord(db: Sql, keyId: string): Promise<void> {
  const known = await keyIds(db)
  if (known.length > 0 && !known.includes(keyId)) {
    throw new EngineError('KEY_MISSING', { detail: `key ${keyId} is not on record` })
  }
}

/** @returns false when it seals something or is the only one */
export async function deleteKey(db: Sql, id: string): Promise<boolean> {
  const sealed = await sealedByKey(db)
  if (sealed.some(({ keyId }) => keyId === id) || !(await keyIds(db)).some((other) => other !== id))
    return false
  await db.deleteFrom('keys').where('id', '=', id).execute()
  return true
}

/** Of authenticators and of messages, which are moved to no other key: they are gone within the hour. */
export async function sealedByKey(db: Sql): Promise<{ keyId: string; count: number }[]> {
  const { rows } = await sql<{ key_id: string; count: number }>`
    select key_id, count(*) as count from (
      select key_id from authenticators union all select key_id from outbox
    ) as sealed where key_id is not null group by key_id order by key_id
  `.execute(db)
  return rows.map(({ key_id, count }) => ({ keyId: key_id, count: Number(count) }))
}

/** In the order of the primary key, so that a page is read from where the last one ended. */
export async function sealedOtherwise(
  db: Sql,
  { keyId, after, limit }: { keyId: string; after?: SecretReference | undefined; limit: number },
): Promise<(SecretReference & SealedSecret)[]> {
  let query = db
    .selectFrom('authenticators')
    .select(['account_id', 'id', 'key_id', 'sealed_secret'])
    .where('key_id', '<>', keyId)
    .orderBy('account_id')
    .orderBy('id')
    .limit(limit)
  if (after !== undefined) {
    query = query.where((where) =>
      where(
        where.refTuple('account_id', 'id'),
        '>',
        where.tuple(after.accountId, after.authenticatorId),
      ),
    )
  }
  const rows = await query.execute()
  return rows.map((row) => ({
    accountId: row.account_id,
    authenticatorId: row.id,
    keyId: row.key_id,
    sealedSecret: row.sealed_secret,
  }))
}

export async function reseal(
  db: Sql,
  use: SecretReference & { from: SealedSecret; to: SealedSecret },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ key_id: use.to.keyId, sealed_secret: use.to.sealedSecret })
    .where('account_id', '=', use.accountId)
    .where('id', '=', use.authenticatorId)
    .where('key_id', '=', use.from.keyId)
    .where('sealed_secret', '=', use.from.sealedSecret)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
