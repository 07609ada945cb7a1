/** Tokens by which whoever reads an account's mail may set a new password. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createPasswordResets(
  db: Kysely<unknown>,
  { bytes, seconds }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('password_resets')
    .addColumn('account_id', 'text', (column) => column.primaryKey())
    .addColumn('token_hash', bytes, (column) => column.notNull())
    .addColumn('password_version', 'integer', (column) => column.notNull())
    .addColumn('expires_at', seconds, (column) => column.notNull())
    .execute()
}
