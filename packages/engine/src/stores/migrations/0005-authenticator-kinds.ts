/**
 * Authenticators that count instead of reading a clock, and how far the clock of the others is off.
 *
 * A new table in place of changed columns: neither dialect can drop `not null` in words that the other one
 * knows. A server of the version before, should one still run, is refused when it adds an authenticator.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function addAuthenticatorKinds(
  db: Kysely<unknown>,
  { bytes, seconds }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('authenticators_of_kinds')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('digits', 'integer', (column) => column.notNull())
    .addColumn('period_seconds', 'integer')
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('sealed_secret', bytes, (column) => column.notNull())
    .addColumn('spent_step', seconds, (column) => column.notNull())
    .addColumn('drift_steps', 'integer', (column) => column.notNull())
    .addColumn('created_at', seconds, (column) => column.notNull())
    .addColumn('expires_at', seconds)
    .addColumn('last_used_at', seconds)
    .addColumn('consecutive_failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('authenticators_of_kinds_key', ['account_id', 'id'])
    .execute()
  await sql`
    insert into authenticators_of_kinds (
      account_id, id, kind, name, state, algorithm, digits, period_seconds, key_id, sealed_secret,
      spent_step, drift_steps, created_at, expires_at, last_used_at, consecutive_failures
    )
    select account_id, id, kind, name, state, algorithm, digits, period_seconds, key_id, sealed_secret,
      spent_step, 0, created_at, expires_at, last_used_at, consecutive_failures
    from authenticators
  `.execute(db)
  await db.schema.dropTable('authenticators').execute()
  await db.schema.alterTable('authenticators_of_kinds').renameTo('authenticators').execute()
}
