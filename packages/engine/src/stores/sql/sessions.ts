/** Sessions: found by the hash of their token, alive until idle, out of time or ended. */
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { NewSession, Seconds, Session } from '../../store.ts'
import { hasFactor } from './factors.ts'
import { deleteInvitations } from './invitations.ts'
import type { Schema, Sql } from './schema.ts'
import { deleteTrustedBrowsers, isTrusted } from './trusted-browsers.ts'

/** How stale `last_seen_at` may be; saves a write at nearly every request. */
function seenEverySeconds(idleSeconds: number): number {
  return Math.min(60, Math.floor(idleSeconds / 10))
}

type Row = Omit<Selectable<Schema['sessions']>, 'token_hash'>

const COLUMNS = [
  'id',
  'account_id',
  'aal',
  'amr',
  'auth_time',
  'created_at',
  'last_seen_at',
  'expires_at',
  'source',
  'user_agent',
  'trusted_browser_id',
] as const

function toSession(row: Row): Session {
  return {
    id: row.id,
    accountId: row.account_id,
    aal: row.aal,
    amr: row.amr.split(' '),
    authTime: row.auth_time,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    source: row.source,
    userAgent: row.user_agent,
    trustedBrowserId: row.trusted_browser_id,
  }
}

/**
 * One statement: the session exists only if the account still has that password and, below aal 2, no
 * second factor, or a trusted browser that the session rests on, and no reset whose time for enrolling is
 * over.
 */
export async function insertSession(
  db: Sql,
  session: NewSession,
  passwordVersion: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into sessions (
      account_id, id, token_hash, aal, amr, auth_time, created_at, last_seen_at, expires_at,
      source, user_agent, trusted_browser_id
    )
    select id, ${session.id}, ${session.tokenHash}, ${session.aal}, ${session.amr.join(' ')},
      ${session.authTime}, ${session.createdAt}, ${session.lastSeenAt}, ${session.expiresAt},
      ${session.source}, ${session.userAgent}, ${session.trustedBrowserId}
    from accounts
    where id = ${session.accountId} and password_version = ${passwordVersion}
      and (${session.aal} = 2 or not ${hasFactor(sql.ref('accounts.id'))}
        or ${isTrusted(session.accountId, session.trustedBrowserId, session.createdAt)})
      and (${session.aal} = 2 or enrol_until is null or enrol_until > ${session.createdAt})
  `.execute(db)
  return numAffectedRows === 1n
}

/** One that rests on a trusted browser lives no longer than that. */
function restsOnNothingGone(accountId: string, now: Seconds) {
  const id = sql.ref('sessions.trusted_browser_id')
  return sql<boolean>`(${id} is null or ${isTrusted(accountId, id, now)})`
}

export async function liveSession(
  db: Sql,
  reference: { accountId: string; tokenHash: Uint8Array; now: Seconds; idleSeconds: number },
): Promise<Session | undefined> {
  const { accountId, tokenHash, now, idleSeconds } = reference
  const row = await db
    .selectFrom('sessions')
    .select(COLUMNS)
    .where('account_id', '=', accountId)
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .where('last_seen_at', '>', now - idleSeconds)
    .where(restsOnNothingGone(accountId, now))
    .executeTakeFirst()
  if (row === undefined) return undefined
  if (row.last_seen_at <= now - seenEverySeconds(idleSeconds)) {
    await db
      .updateTable('sessions')
      .set({ last_seen_at: now })
      .where('account_id', '=', accountId)
      .where('id', '=', row.id)
      .execute()
  }
  return toSession(row)
}

export async function liveSessions(
  db: Sql,
  accountId: string,
  now: Seconds,
  idleSeconds: number,
): Promise<Session[]> {
  const rows = await db
    .selectFrom('sessions')
    .select(COLUMNS)
    .where('account_id', '=', accountId)
    .where('expires_at', '>', now)
    .where('last_seen_at', '>', now - idleSeconds)
    .where(restsOnNothingGone(accountId, now))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(toSession)
}

/** Has nobody ended the session in which this was asked for? To be called within the transaction that does it. */
export async function isHeld(db: Sql, accountId: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('sessions')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}

export async function deleteSession(db: Sql, accountId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/**
 * Every change of factors and of the password ends the account's sessions (R34), so this is where its trusted
 * browsers go too (R49), and the invitations that somebody made in one of them (R47).
 */
export async function deleteSessions(db: Sql, accountId: string, except?: string): Promise<void> {
  await deleteTrustedBrowsers(db, accountId)
  await deleteInvitations(db, accountId)
  let query = db.deleteFrom('sessions').where('account_id', '=', accountId)
  if (except !== undefined) query = query.where('id', '!=', except)
  await query.execute()
}

export async function deleteOverdueSessions(db: Sql, accountId: string, now: Seconds) {
  await db
    .deleteFrom('sessions')
    .where('account_id', '=', accountId)
    .where('expires_at', '<=', now)
    .execute()
}

/** Of all accounts. */
export async function deleteAllOverdueSessions(db: Sql, now: Seconds): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', now).execute()
}
