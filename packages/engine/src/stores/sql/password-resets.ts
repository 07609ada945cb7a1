/** Tokens for a new password: one for each account, worth something for the password it was asked under. */
import type { NewPasswordReset, Seconds, TokenReference } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function putReset(db: Sql, reset: NewPasswordReset): Promise<void> {
  const row = {
    token_hash: reset.tokenHash,
    password_version: reset.passwordVersion,
    expires_at: reset.expiresAt,
  }
  await db
    .insertInto('password_resets')
    .values({ account_id: reset.accountId, ...row })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(row))
    .execute()
}

/** The row that is deleted is the win. */
export async function useReset(
  db: Sql,
  { accountId, tokenHash }: TokenReference,
  now: Seconds,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('password_resets')
    .where('account_id', '=', accountId)
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Of all accounts. */
export async function deleteExpiredResets(db: Sql, now: Seconds): Promise<void> {
  await db.deleteFrom('password_resets').where('expires_at', '<=', now).execute()
}
