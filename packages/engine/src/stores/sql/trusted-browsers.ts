/**
 * Browsers in which no code is asked. A row is worth something until its time is over, and only under the
 * password and the factors that it was made with.
 */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { NewTrustedBrowser, Seconds, TrustedBrowser, TrustUse } from '../../store.ts'
import { factorsFingerprint } from './factors.ts'
import type { Sql } from './schema.ts'

/** Is that row of that account worth something? To be asked within another statement. */
export function isTrusted(
  accountId: RawBuilder<unknown> | string,
  id: RawBuilder<unknown> | string | null,
  now: Seconds,
): RawBuilder<boolean> {
  return sql`exists (
    select 1 from trusted_browsers as trusted join accounts as owner on owner.id = trusted.account_id
    where trusted.account_id = ${accountId} and trusted.id = ${id} and trusted.expires_at > ${now}
      and trusted.password_version = owner.password_version
      and trusted.factors = ${factorsFingerprint(accountId)}
  )`
}

/** Beside a session that was granted in the same transaction, under this version of the password. */
export async function insertTrustedBrowser(
  db: Sql,
  browser: NewTrustedBrowser,
  passwordVersion: number,
): Promise<void> {
  const { accountId } = browser
  await db
    .insertInto('trusted_browsers')
    .values({
      account_id: accountId,
      id: browser.id,
      token_hash: browser.tokenHash,
      password_version: passwordVersion,
      factors: factorsFingerprint(accountId),
      created_at: browser.createdAt,
      last_used_at: browser.lastUsedAt,
      expires_at: browser.expiresAt,
      source: browser.source,
      user_agent: browser.userAgent,
    })
    .execute()
}

/** The next token in the place of this one, for exactly one caller. */
export async function useTrustedBrowser(
  db: Sql,
  use: TrustUse & { accountId: string; source: string | null; userAgent: string | null },
  now: Seconds,
): Promise<boolean> {
  const { accountId, id } = use
  const { numUpdatedRows } = await db
    .updateTable('trusted_browsers')
    .set({
      token_hash: use.nextTokenHash,
      last_used_at: now,
      source: use.source,
      user_agent: use.userAgent,
    })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .where('token_hash', '=', use.tokenHash)
    .where(isTrusted(accountId, id, now))
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function trustedToken(
  db: Sql,
  reference: { accountId: string; id: string; tokenHash: Uint8Array },
  now: Seconds,
): Promise<'present' | 'older' | undefined> {
  const { accountId, id, tokenHash } = reference
  const row = await db
    .selectFrom('trusted_browsers')
    .select(({ eb }) => eb('token_hash', '=', tokenHash).as('is_present'))
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .where(isTrusted(accountId, id, now))
    .executeTakeFirst()
  if (row === undefined) return undefined
  return row.is_present ? 'present' : 'older'
}

export async function trustedBrowsers(
  db: Sql,
  accountId: string,
  now: Seconds,
): Promise<TrustedBrowser[]> {
  const rows = await db
    .selectFrom('trusted_browsers')
    .select(['id', 'created_at', 'last_used_at', 'expires_at', 'source', 'user_agent'])
    .where('account_id', '=', accountId)
    .where(isTrusted(accountId, sql.ref('trusted_browsers.id'), now))
    .orderBy('last_used_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    accountId,
    id: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    source: row.source,
    userAgent: row.user_agent,
  }))
}

/**
 * Trusts them no more, and ends the sessions that rest on them. The browsers first: a sign-in that is under
 * way holds their row, so that its session is there to be ended afterwards.
 * @param id of one; all of the account where it is left out
 */
export async function deleteTrustedBrowsers(
  db: Sql,
  accountId: string,
  id?: string,
): Promise<boolean> {
  let browsers = db.deleteFrom('trusted_browsers').where('account_id', '=', accountId)
  let resting = db.deleteFrom('sessions').where('account_id', '=', accountId)
  if (id === undefined) resting = resting.where('trusted_browser_id', 'is not', null)
  else {
    browsers = browsers.where('id', '=', id)
    resting = resting.where('trusted_browser_id', '=', id)
  }
  const { numDeletedRows } = await browsers.executeTakeFirstOrThrow()
  await resting.execute()
  return numDeletedRows > 0n
}

/** Of all accounts. */
export async function deleteAllOverdueTrust(db: Sql, now: Seconds): Promise<void> {
  await db.deleteFrom('trusted_browsers').where('expires_at', '<=', now).execute()
}
