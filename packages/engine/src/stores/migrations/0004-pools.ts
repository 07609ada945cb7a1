/**
 * Tries kept one by one in place of counts that start anew with each window, so that windows can roll;
 * rates beside them; the failures in a row of each authenticator; the browser of a ticket.
 *
 * Counts of before are not carried over: their windows say nothing of when the tries were. Tickets of
 * before name no browser and so are over; they had five minutes.
 */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createPools(db: Kysely<unknown>, { seconds }: ColumnTypes): Promise<void> {
  await db.schema.dropTable('budgets').execute()
  await db.schema
    .createTable('pools')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('tries', 'text', (column) => column.notNull())
    .addColumn('turned_away', 'integer', (column) => column.notNull())
    .addColumn('worthless_at', seconds, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('rates')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('used', 'integer', (column) => column.notNull())
    .addColumn('closes_at', seconds, (column) => column.notNull())
    .execute()
  await db.schema
    .alterTable('authenticators')
    .addColumn('consecutive_failures', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('accounts').addColumn('password_suspect_since', seconds).execute()
  await db.schema
    .alterTable('tickets')
    .addColumn('browser', 'text', (column) => column.notNull().defaultTo(''))
    .execute()
}
