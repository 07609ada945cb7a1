/** Administrators and their invitations; and how long a reset account waits for its person to enrol. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createAdmins(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { bytes, seconds } = types
  await db.schema.alterTable('accounts').addColumn('admin_since', seconds).execute()
  await db.schema.alterTable('accounts').addColumn('enrol_until', seconds).execute()
  // By inviter: a new invitation takes the place of the last one.
  await db.schema
    .createTable('admin_invitations')
    .addColumn('account_id', 'text', (column) => column.primaryKey())
    .addColumn('token_hash', bytes, (column) => column.notNull())
    .addColumn('expires_at', seconds, (column) => column.notNull())
    .execute()
}
