/** Tickets, pools and rates: what is counted before a code is looked at, and after it was wrong. */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { closureOf, memorySeconds, memoryTries } from '../../pools.ts'
import type { Closure, Pool, Rule } from '../../pools.ts'
import type {
  CountedTry,
  NewTicket,
  Rate,
  Seconds,
  TicketReference,
  TokenReference,
} from '../../store.ts'
import { returnFailure } from './authenticators.ts'
import type { Sql } from './schema.ts'

export async function insertTicket(db: Sql, ticket: NewTicket): Promise<void> {
  await db
    .insertInto('tickets')
    .values({
      account_id: ticket.accountId,
      token_hash: ticket.tokenHash,
      password_version: ticket.passwordVersion,
      tries: 0,
      browser: ticket.browser,
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

export async function deleteTickets(db: Sql, accountId: string): Promise<void> {
  await db.deleteFrom('tickets').where('account_id', '=', accountId).execute()
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
    .where('browser', '=', ticket.browser)
    .where('expires_at', '>', now)
    .where('tries', '<', ticket.tries)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/**
 * Lets a ticket live until a code that was sent for it is over, but no longer than `mostSeconds` from its
 * start. Its tries stay as they are.
 */
export async function prolongTicket(
  db: Sql,
  ticket: TicketReference,
  life: { now: Seconds; until: Seconds; mostSeconds: number },
): Promise<boolean> {
  const { now, until, mostSeconds } = life
  const { numAffectedRows } = await sql`
    update tickets set expires_at = case
      when expires_at >= ${until} then expires_at
      when created_at + ${mostSeconds} < ${until} then created_at + ${mostSeconds}
      else ${until} end
    where account_id = ${ticket.accountId} and token_hash = ${ticket.tokenHash}
      and browser = ${ticket.browser} and expires_at > ${now}
  `.execute(db)
  return numAffectedRows === 1n
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
    .where('browser', '=', ticket.browser)
    .where('expires_at', '>', now)
    .where('password_version', '=', passwordVersion)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/**
 * How a row keeps the times of its tries: newest first, each as twelve digits of Unix seconds, eight
 * characters that tell it from others of its second, and a comma. As all have one length, the n-th stands
 * at a known place, so one statement can ask every rule and add the try; and as each ends with a comma
 * that stands nowhere else, replacing its text removes that try alone.
 */
const SECONDS_LENGTH = 12
const ENTRY_LENGTH = SECONDS_LENGTH + 8 + 1

function entryOf({ at, mark }: Pick<CountedTry, 'at' | 'mark'>): string {
  const entry = `${String(at).padStart(SECONDS_LENGTH, '0')}${mark},`
  if (entry.length !== ENTRY_LENGTH) throw new RangeError('mark: expected 8 characters')
  return entry
}

function timesOf(tries: string): number[] {
  return Array.from({ length: tries.length / ENTRY_LENGTH }, (_, nth) =>
    Number(tries.slice(nth * ENTRY_LENGTH, nth * ENTRY_LENGTH + SECONDS_LENGTH)),
  )
}

/** `closureOf` in SQL, so that the row itself decides while it is held. */
function isOpen(rules: readonly Rule[], now: Seconds): RawBuilder<unknown> {
  const text = (nth: number) =>
    sql`substr(held.tries, ${sql.lit((nth - 1) * ENTRY_LENGTH + 1)}, ${sql.lit(SECONDS_LENGTH)})`
  // The zero in front makes a number of what is not there.
  const seconds = (nth: number) => sql`cast('0' || ${text(nth)} as bigint)`
  const each = rules.map(({ tries, windowSeconds, waitSeconds }) =>
    waitSeconds === undefined
      ? sql`(${text(tries)} = '' or ${seconds(tries)} + ${windowSeconds} <= ${now})`
      : sql`(${text(tries)} = '' or ${seconds(1)} - ${seconds(tries)} >= ${windowSeconds}
          or ${seconds(1)} + ${waitSeconds} <= ${now})`,
  )
  return sql`(${sql.join(each, sql` and `)})`
}

/** One more try where every rule allows it, decided and written by one statement. */
export async function countPoolTry(
  db: Sql,
  pool: Pool,
  counted: CountedTry,
): Promise<{ closure: Closure | undefined; counted: boolean }> {
  const { key, at: now } = counted
  const entry = entryOf(counted)
  const open = isOpen(pool.rules, now)
  const most = memoryTries(pool) * ENTRY_LENGTH
  const { rows } = await sql<{ tries: string }>`
    insert into pools as held (key, tries, turned_away, worthless_at)
    values (${key}, ${entry}, 0, ${now + memorySeconds(pool)})
    on conflict (key) do update set
      tries = case when ${open} then substr(excluded.tries || held.tries, 1, ${sql.lit(most)}) else held.tries end,
      turned_away = case when ${open} then 0 else held.turned_away + 1 end,
      worthless_at = case when ${open} then excluded.worthless_at else held.worthless_at end
    returning tries
  `.execute(db)
  const tries = rows[0]?.tries ?? ''
  return {
    closure: closureOf(pool.rules, timesOf(tries), now),
    counted: tries.startsWith(entry),
  }
}

/** In the order in which they were counted, so that two transactions never wait for each other. */
export async function returnTry(db: Sql, counted: CountedTry | undefined): Promise<void> {
  if (counted === undefined) return
  const { key, ticket, authenticatorsOf } = counted
  await sql`
    update pools set tries = replace(tries, ${entryOf(counted)}, '') where key = ${key}
  `.execute(db)
  if (ticket !== undefined) await returnTicketTry(db, ticket)
  if (authenticatorsOf !== undefined) await returnFailure(db, authenticatorsOf)
}

async function returnTicketTry(db: Sql, ticket: TokenReference): Promise<void> {
  await db
    .updateTable('tickets')
    .set((set) => ({ tries: set('tries', '-', 1) }))
    .where('account_id', '=', ticket.accountId)
    .where('token_hash', '=', ticket.tokenHash)
    .where('tries', '>', 0)
    .execute()
}

/** @returns how many the window holds now; a window opens at its first count */
export async function countRate(
  db: Sql,
  rate: Pick<Rate, 'key' | 'windowSeconds'>,
  now: Seconds,
): Promise<number> {
  const { rows } = await sql<{ used: number }>`
    insert into rates as held (key, used, closes_at)
    values (${rate.key}, 1, ${now + rate.windowSeconds})
    on conflict (key) do update set
      used = case when held.closes_at <= ${now} then 1 else held.used + 1 end,
      closes_at = case when held.closes_at <= ${now} then excluded.closes_at else held.closes_at end
    returning used
  `.execute(db)
  return rows[0]?.used ?? 0
}

/** Of all accounts. */
export async function deleteWorthless(db: Sql, now: Seconds): Promise<void> {
  await db.deleteFrom('pools').where('worthless_at', '<=', now).execute()
  await db.deleteFrom('rates').where('closes_at', '<=', now).execute()
  await db.deleteFrom('tickets').where('expires_at', '<=', now).execute()
}
