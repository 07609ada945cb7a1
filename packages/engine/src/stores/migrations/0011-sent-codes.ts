/** Codes that were sent: to sign in with, or to show that an address is one's own. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createSentCodes(
  db: Kysely<unknown>,
  { bytes, seconds }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('sent_codes')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('bearer', bytes, (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('code_hash', bytes, (column) => column.notNull())
    .addColumn('sends', 'integer', (column) => column.notNull())
    .addColumn('expires_at', seconds, (column) => column.notNull())
    .addPrimaryKeyConstraint('sent_codes_pk', ['account_id', 'bearer', 'channel'])
    .execute()
}
