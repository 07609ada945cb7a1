/** Passkeys, and the challenges that their answers must hold. */
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type {
  ChallengeReference,
  NewChallenge,
  NewPasskey,
  Passkey,
  PasskeySpend,
  Seconds,
} from '../../store.ts'
import { factorsHeld } from './factors.ts'
import type { Schema, Sql } from './schema.ts'

function toPasskey(row: Selectable<Schema['passkeys']>): Passkey {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    signCount: Number(row.sign_count),
    transports: row.transports === '' ? [] : row.transports.split(' '),
    backupEligible: row.backup_eligible === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    copiedAt: row.copied_at,
  }
}

export async function passkeys(db: Sql, accountId: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(toPasskey)
}

/** One statement for limit and uniqueness, so that parallel registrations pass neither. */
export async function insertPasskey(db: Sql, row: NewPasskey, limit: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into passkeys (
      account_id, id, name, credential_id, public_key, sign_count, transports, backup_eligible, created_at
    )
    select ${row.accountId}, ${row.id}, ${row.name}, ${row.credentialId}, ${row.publicKey},
      ${row.signCount}, ${row.transports.join(' ')}, ${row.backupEligible ? 1 : 0}, ${row.createdAt}
    where ${factorsHeld(row.accountId)} < ${limit}
    on conflict (account_id, credential_id) do nothing
  `.execute(db)
  return numAffectedRows === 1n
}

/**
 * The challenge is gone with its answer, and the count goes up from what it was when the answer was
 * looked at: of two equal answers one finds neither.
 */
export async function spendPasskey(
  db: Sql,
  use: PasskeySpend & { accountId: string; now: Seconds },
): Promise<boolean> {
  if ((await takeChallenge(db, use.challenge, use.now)) === undefined) return false
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ sign_count: use.signCount, last_used_at: use.now })
    .where('account_id', '=', use.accountId)
    .where('id', '=', use.passkeyId)
    .where('sign_count', '=', use.fromSignCount)
    .where('copied_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** The first sign of a copy stands. */
export async function markCopied(
  db: Sql,
  use: { accountId: string; passkeyId: string; now: Seconds; askedAt: Seconds },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ copied_at: use.now })
    .where('account_id', '=', use.accountId)
    .where('id', '=', use.passkeyId)
    .where(({ fn }) => fn.coalesce('last_used_at', 'created_at'), '<', use.askedAt)
    .where('copied_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function rename(db: Sql, accountId: string, id: string, name: string) {
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ name })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function remove(db: Sql, accountId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('passkeys')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** In place of the one before it of the same purpose and ticket or session. */
export async function putChallenge(db: Sql, challenge: NewChallenge): Promise<void> {
  const fresh = { challenge_hash: challenge.hash, expires_at: challenge.expiresAt }
  const { accountId, purpose, boundTo } = challenge
  await db
    .insertInto('webauthn_challenges')
    .values({ account_id: accountId, purpose, bound_to: boundTo, ...fresh })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'purpose', 'bound_to']).doUpdateSet(fresh),
    )
    .execute()
}

export async function hasChallenge(
  db: Sql,
  challenge: ChallengeReference,
  now: Seconds,
): Promise<boolean> {
  const row = await db
    .selectFrom('webauthn_challenges')
    .select('purpose')
    .where('account_id', '=', challenge.accountId)
    .where('purpose', '=', challenge.purpose)
    .where('bound_to', '=', challenge.boundTo)
    .where('challenge_hash', '=', challenge.hash)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * A challenge is gone once answered: the row that is deleted is the win.
 * @returns until when it would have lived
 */
export async function takeChallenge(
  db: Sql,
  challenge: ChallengeReference,
  now: Seconds,
): Promise<Seconds | undefined> {
  const row = await db
    .deleteFrom('webauthn_challenges')
    .where('account_id', '=', challenge.accountId)
    .where('purpose', '=', challenge.purpose)
    .where('bound_to', '=', challenge.boundTo)
    .where('challenge_hash', '=', challenge.hash)
    .where('expires_at', '>', now)
    .returning('expires_at')
    .executeTakeFirst()
  return row?.expires_at
}

/** Of all accounts. */
export async function deleteAllExpiredChallenges(db: Sql, now: Seconds): Promise<void> {
  await db.deleteFrom('webauthn_challenges').where('expires_at', '<=', now).execute()
}
