/** Recovery codes: hashed rows, each usable once. */
import type { RecoveryCodeRow, Seconds } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function insertRecoveryCodes(
  db: Sql,
  accountId: string,
  codes: readonly RecoveryCodeRow[],
): Promise<void> {
  await db
    .insertInto('recovery_codes')
    .values(codes.map(({ lookup, hash }) => ({ account_id: accountId, lookup, hash })))
    .execute()
}

export async function deleteRecoveryCodes(db: Sql, accountId: string): Promise<void> {
  await db.deleteFrom('recovery_codes').where('account_id', '=', accountId).execute()
}

export async function countRecoveryCodes(
  db: Sql,
  accountId: string,
  which: 'unused' | 'all',
): Promise<number> {
  let query = db
    .selectFrom('recovery_codes')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
  if (which === 'unused') query = query.where('used_at', 'is', null)
  return Number((await query.executeTakeFirstOrThrow()).count)
}

export async function recoveryCodeHash(
  db: Sql,
  accountId: string,
  lookup: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('recovery_codes')
    .select('hash')
    .where('account_id', '=', accountId)
    .where('lookup', '=', lookup)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return row?.hash
}

export async function useRecoveryCode(
  db: Sql,
  use: { accountId: string; lookup: string; now: Seconds },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('recovery_codes')
    .set({ used_at: use.now })
    .where('account_id', '=', use.accountId)
    .where('lookup', '=', use.lookup)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
