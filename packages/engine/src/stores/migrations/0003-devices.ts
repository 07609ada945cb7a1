/** Browsers that an account knows, so that a stranger's wrong tries are counted apart from its owner's. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createDevices(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('devices')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('token_hash', types.bytes, (column) => column.notNull())
    .addColumn('password_version', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.seconds, (column) => column.notNull())
    .addPrimaryKeyConstraint('devices_key', ['account_id', 'id'])
    .execute()
}
