/** Ways to reach people, and what is to be told them. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createOutbox(
  db: Kysely<unknown>,
  { bytes, seconds }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('contacts')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('confirmed_at', seconds)
    .addPrimaryKeyConstraint('contacts_pk', ['account_id', 'channel'])
    .execute()
  // A login that is an address was always meant as one. Nobody has shown that it is theirs.
  await sql`
    insert into contacts (account_id, channel, address)
    select id, 'email', login from accounts where login like '_%@_%._%' and login not like '% %'
  `.execute(db)
  await db.schema
    .createTable('outbox')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('position', seconds, (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('lane', 'text', (column) => column.notNull())
    .addColumn('recipient', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('sealed_secret', bytes)
    .addColumn('created_at', seconds, (column) => column.notNull())
    .addColumn('expires_at', seconds, (column) => column.notNull())
    .addColumn('next_try_at', seconds, (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('outbox_pk', ['account_id', 'id'])
    .execute()
  await db.schema.createIndex('outbox_due').on('outbox').columns(['next_try_at']).execute()
}
