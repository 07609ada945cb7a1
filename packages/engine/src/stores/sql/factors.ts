/** What counts as a second factor, in one place: an active authenticator, or a passkey. */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { deleteRecoveryCodes } from './recovery-codes.ts'
import type { Sql } from './schema.ts'

/** @param accountId a value, or a column of the statement around it */
export function hasFactor(accountId: unknown): RawBuilder<number | boolean> {
  return sql`(exists (
    select 1 from authenticators as factor
    where factor.account_id = ${accountId} and factor.state = 'active'
  ) or exists (select 1 from passkeys as factor where factor.account_id = ${accountId}))`
}

/** A passkey that looks copied is a factor still, or its switching off would open the account. */
export async function countFactors(db: Sql, accountId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from authenticators where account_id = ${accountId} and state = 'active')
      + (select count(*) from passkeys where account_id = ${accountId}) as count
  `.execute(db)
  return Number(rows[0]?.count)
}

/** All of them, pending ones too, and what stands in for them. */
export async function deleteFactors(db: Sql, accountId: string): Promise<void> {
  await db.deleteFrom('authenticators').where('account_id', '=', accountId).execute()
  await db.deleteFrom('passkeys').where('account_id', '=', accountId).execute()
  await db.deleteFrom('webauthn_challenges').where('account_id', '=', accountId).execute()
  await deleteRecoveryCodes(db, accountId)
}

/** What the limit per account is about: pending authenticators take their place too. */
export function factorsHeld(accountId: string): RawBuilder<number> {
  return sql`((select count(*) from authenticators where account_id = ${accountId})
    + (select count(*) from passkeys where account_id = ${accountId}))`
}
