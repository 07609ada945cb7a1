/** Authenticators; what their codes use up is in `steps.ts`. */
import { sql } from 'kysely'
import type { Authenticator, NewAuthenticator, Seconds } from '../../store.ts'
import { factorsHeld } from './factors.ts'
import type { Schema, Sql } from './schema.ts'
import type { Selectable } from 'kysely'

function toAuthenticator(row: Selectable<Schema['authenticators']>): Authenticator {
  const common = {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    state: row.state,
    algorithm: row.algorithm,
    digits: row.digits,
    keyId: row.key_id,
    sealedSecret: row.sealed_secret,
    spentStep: row.spent_step,
    consecutiveFailures: row.consecutive_failures,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  }
  if (row.kind === 'hotp') return { ...common, kind: 'hotp', periodSeconds: null, driftSteps: 0 }
  // A period that is not there is no number, and makes no codes.
  const periodSeconds = row.period_seconds ?? Number.NaN
  return { ...common, kind: 'totp', periodSeconds, driftSteps: row.drift_steps }
}

/** Counts and inserts while the transaction holds the lock, so that parallel enrolments cannot pass the limit. */
export async function insertAuthenticator(
  db: Sql,
  row: NewAuthenticator,
  limit: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into authenticators (
      account_id, id, kind, name, state, algorithm, digits, period_seconds,
      key_id, sealed_secret, spent_step, drift_steps, created_at, expires_at
    )
    select ${row.accountId}, ${row.id}, ${row.kind}, ${row.name}, 'pending', ${row.algorithm},
      ${row.digits}, ${row.periodSeconds}, ${row.keyId}, ${row.sealedSecret}, -1, 0,
      ${row.createdAt}, ${row.expiresAt}
    where ${factorsHeld(row.accountId)} < ${limit}
  `.execute(db)
  return numAffectedRows === 1n
}

export async function deleteExpiredPending(db: Sql, accountId: string, now: Seconds) {
  await db
    .deleteFrom('authenticators')
    .where('account_id', '=', accountId)
    .where('state', '=', 'pending')
    .where('expires_at', '<=', now)
    .execute()
}

export async function liveAuthenticators(
  db: Sql,
  accountId: string,
  now: Seconds,
): Promise<Authenticator[]> {
  const rows = await db
    .selectFrom('authenticators')
    .selectAll()
    .where('account_id', '=', accountId)
    .where((where) => where.or([where('state', '=', 'active'), where('expires_at', '>', now)]))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(toAuthenticator)
}

export async function activate(
  db: Sql,
  use: { accountId: string; authenticatorId: string; step: number; now: Seconds },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ state: 'active', expires_at: null, spent_step: use.step, last_used_at: use.now })
    .where('account_id', '=', use.accountId)
    .where('id', '=', use.authenticatorId)
    .where('state', '=', 'pending')
    .where('expires_at', '>', use.now)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** A try counts against each of them, as nobody can tell which one it was meant for. */
export async function countFailure(db: Sql, accountId: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; consecutive_failures: number }>`
    update authenticators set consecutive_failures = consecutive_failures + 1
    where account_id = ${accountId} and state = 'active'
    returning id, consecutive_failures
  `.execute(db)
  return new Map(rows.map(({ id, consecutive_failures: failures }) => [id, failures]))
}

export async function returnFailure(db: Sql, accountId: string): Promise<void> {
  await db
    .updateTable('authenticators')
    .set((set) => ({ consecutive_failures: set('consecutive_failures', '-', 1) }))
    .where('account_id', '=', accountId)
    .where('state', '=', 'active')
    .where('consecutive_failures', '>', 0)
    .execute()
}

/** Of all accounts. */
export async function deleteAllExpiredPending(db: Sql, now: Seconds): Promise<void> {
  await db
    .deleteFrom('authenticators')
    .where('state', '=', 'pending')
    .where('expires_at', '<=', now)
    .execute()
}

export async function rename(db: Sql, accountId: string, id: string, name: string) {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ name })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function remove(db: Sql, accountId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('authenticators')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}
