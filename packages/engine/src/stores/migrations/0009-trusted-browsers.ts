/** Browsers in which no code is asked for a while, and which of them a session rests on. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createTrustedBrowsers(
  db: Kysely<unknown>,
  { bytes, seconds }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('trusted_browsers')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('token_hash', bytes, (column) => column.notNull())
    .addColumn('password_version', 'integer', (column) => column.notNull())
    .addColumn('factors', 'text', (column) => column.notNull())
    .addColumn('created_at', seconds, (column) => column.notNull())
    .addColumn('last_used_at', seconds, (column) => column.notNull())
    .addColumn('expires_at', seconds, (column) => column.notNull())
    .addColumn('source', 'text')
    .addColumn('user_agent', 'text')
    .addPrimaryKeyConstraint('trusted_browsers_key', ['account_id', 'id'])
    .execute()
  await db.schema.alterTable('sessions').addColumn('trusted_browser_id', 'text').execute()
}
