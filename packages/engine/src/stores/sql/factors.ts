/**
 * What counts as a second factor, in one place: an active authenticator, or a passkey. What opens a session
 * of aal 2 is also what trust in a browser is bound to, so that no kind can be left out of the one and be
 * in the other.
 */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { deleteRecoveryCodes } from './recovery-codes.ts'
import type { Sql } from './schema.ts'

/**
 * The id of each, as a query. A passkey that looks copied is a factor still, or its switching off would open
 * the account.
 * @param accountId a value, or a column of the statement around it
 */
function factorsOf(accountId: unknown): RawBuilder<unknown> {
  return sql`
    select authenticator.id from authenticators as authenticator
    where authenticator.account_id = ${accountId} and authenticator.state = 'active'
    union all select passkey.id from passkeys as passkey where passkey.account_id = ${accountId}
  `
}

export function hasFactor(accountId: unknown): RawBuilder<number | boolean> {
  return sql`exists (${factorsOf(accountId)})`
}

export async function countFactors(db: Sql, accountId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (${factorsOf(accountId)}) as factors
  `.execute(db)
  return Number(rows[0]?.count)
}

/** All of them, pending ones too, and what stands in for them. */
export async function deleteFactors(db: Sql, accountId: string): Promise<void> {
  await db.deleteFrom('authenticators').where('account_id', '=', accountId).execute()
  await db.deleteFrom('passkeys').where('account_id', '=', accountId).execute()
  await db.deleteFrom('webauthn_challenges').where('account_id', '=', accountId).execute()
  await db.deleteFrom('sent_codes').where('account_id', '=', accountId).execute()
  // Whoever has the lost phone has its number too. The address for mail stays, to tell the person.
  await db
    .updateTable('contacts')
    .set({ confirmed_at: null })
    .where('account_id', '=', accountId)
    .where('channel', '=', 'sms')
    .execute()
  await deleteRecoveryCodes(db, accountId)
}

/** Another text with each factor that comes or goes, and with each new set of recovery codes. */
export function factorsFingerprint(accountId: unknown): RawBuilder<string> {
  return sql`(
    select coalesce(string_agg(factors.id, ' ' order by factors.id), '') from (
      ${factorsOf(accountId)}
      union all select code.lookup from recovery_codes as code where code.account_id = ${accountId}
    ) as factors
  )`
}

/** What the limit per account is about: pending authenticators take their place too. */
export function factorsHeld(accountId: string): RawBuilder<number> {
  return sql`((select count(*) from authenticators where account_id = ${accountId})
    + (select count(*) from passkeys where account_id = ${accountId}))`
}
