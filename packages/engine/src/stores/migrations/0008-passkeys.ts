/** Passkeys as second factors, and the challenges that their next answers must hold. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './index.ts'

export async function createPasskeys(
  db: Kysely<unknown>,
  { bytes, seconds }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('passkeys')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('credential_id', 'text', (column) => column.notNull())
    .addColumn('public_key', bytes, (column) => column.notNull())
    // An unsigned 32-bit number, which is more than PostgreSQL's integer holds.
    .addColumn('sign_count', 'bigint', (column) => column.notNull())
    .addColumn('transports', 'text', (column) => column.notNull())
    .addColumn('backup_eligible', 'integer', (column) => column.notNull())
    .addColumn('created_at', seconds, (column) => column.notNull())
    .addColumn('last_used_at', seconds)
    .addColumn('copied_at', seconds)
    .addPrimaryKeyConstraint('passkeys_key', ['account_id', 'id'])
    .addUniqueConstraint('passkeys_credential', ['account_id', 'credential_id'])
    .execute()
  await db.schema
    .createTable('webauthn_challenges')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('bound_to', 'text', (column) => column.notNull())
    .addColumn('challenge_hash', bytes, (column) => column.notNull())
    .addColumn('expires_at', seconds, (column) => column.notNull())
    .addPrimaryKeyConstraint('webauthn_challenges_key', ['account_id', 'purpose', 'bound_to'])
    .execute()
}
