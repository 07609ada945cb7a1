/** Tickets and budgets: what is counted before a code is looked at. */
import { sql } from 'kysely'
import type { Budget } from '../../limits.ts'
import type { NewTicket, Seconds, TicketReference } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function insertTicket(db: Sql, ticket: NewTicket): Promise<void> {
  await db
    .insertInto('tickets')
    .values({
      account_id: ticket.accountId,
      token_hash: ticket.tokenHash,
      password_version: ticket.passwordVersion,
      tries: 0,
      created_at: ticket.createdAt,
      expires_at: ticket.expiresAt,
    })
    .execute()
}

export async function deleteExpiredTickets(db: Sql, accountId: string, now: Seconds) {
  await db
    .deleteFrom('tickets')
    .where('account_id', '=', accountId)
    .where('expires_at', '<=', now)
    .execute()
}

export async function countTicketTry(
  db: Sql,
  ticket: TicketReference & { tries: number },
  now: Seconds,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('tickets')
    .set((set) => ({ tries: set('tries', '+', 1) }))
    .where('account_id', '=', ticket.accountId)
    .where('token_hash', '=', ticket.tokenHash)
    .where('expires_at', '>', now)
    .where('tries', '<', ticket.tries)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** A ticket is gone once redeemed: the row that is deleted is the win. */
export async function redeemTicket(
  db: Sql,
  ticket: TicketReference,
  passwordVersion: number,
  now: Seconds,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('tickets')
    .where('account_id', '=', ticket.accountId)
    .where('token_hash', '=', ticket.tokenHash)
    .where('expires_at', '>', now)
    .where('password_version', '=', passwordVersion)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/**
 * One more try in a window that opens at its first try.
 * @returns undefined when counted; else when the window closes and tries are counted anew
 */
export async function countBudgetTry(
  db: Sql,
  budget: Budget,
  now: Seconds,
): Promise<Seconds | undefined> {
  const counted = await sql`
    insert into budgets as held (key, used, closes_at)
    values (${budget.key}, 1, ${now + budget.windowSeconds})
    on conflict (key) do update set
      used = case when held.closes_at <= ${now} then 1 else held.used + 1 end,
      closes_at = case when held.closes_at <= ${now} then excluded.closes_at else held.closes_at end
    where held.closes_at <= ${now} or held.used < ${budget.tries}
  `.execute(db)
  if (counted.numAffectedRows === 1n) return undefined
  const held = await db
    .selectFrom('budgets')
    .select('closes_at')
    .where('key', '=', budget.key)
    .executeTakeFirst()
  return held?.closes_at ?? now + budget.windowSeconds
}

export async function returnTry(db: Sql, keys: readonly string[]): Promise<void> {
  await db
    .updateTable('budgets')
    .set((set) => ({ used: set('used', '-', 1) }))
    .where('key', 'in', keys)
    .where('used', '>', 0)
    .execute()
}
