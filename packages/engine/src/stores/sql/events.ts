/** The event log: rows are added, never changed or removed; each is tied to the one before it. */
import { sql } from 'kysely'
import { eventHash } from '../../event-chain.ts'
import type { ChainedEvent, Event, EventHead, NewEvent } from '../../store.ts'
import { insertMessage } from './outbox.ts'
import type { Sql } from './schema.ts'

/**
 * Adds to the account's chain, and to the outbox what the person is told. To be called within a transaction.
 *
 * Where a transaction holds the only writer's lock (SQLite), nobody comes between the reading of the
 * head and the insert. Elsewhere two may read the same head; then the primary key (account_id,
 * sequence) refuses the slower one, whose whole decision is undone.
 *
 * The head says what comes next, not the newest row: when rows are cut off at the end, the gap stays.
 */
export async function insertEvent(db: Sql, event: NewEvent): Promise<void> {
  await addToChain(db, event)
  if (event.message !== undefined) await insertMessage(db, event.message)
}

/** Of several accounts, always in one order, so that two transactions never wait for each other. */
export async function insertEvents(db: Sql, events: readonly NewEvent[]): Promise<void> {
  const ordered = events.toSorted((one, other) => (one.accountId < other.accountId ? -1 : 1))
  for (const event of ordered) await insertEvent(db, event)
}

async function addToChain(db: Sql, event: NewEvent): Promise<void> {
  const head = await eventHead(db, event.accountId)
  const sequence = (head?.sequence ?? 0) + 1
  const hash = eventHash(head?.hash, { ...event, sequence })
  const { accountId, at, kind, result, factor, source } = event
  await sql`
    insert into events (account_id, sequence, at, kind, result, factor, source, hash)
    values (${accountId}, ${sequence}, ${at}, ${kind}, ${result}, ${factor}, ${source}, ${hash})
  `.execute(db)
  await sql`
    insert into event_heads (account_id, sequence, hash) values (${accountId}, ${sequence}, ${hash})
    on conflict (account_id) do update set sequence = excluded.sequence, hash = excluded.hash
  `.execute(db)
}

/** @param accountId undefined: of all accounts */
export async function newestEvents(
  db: Sql,
  accountId: string | undefined,
  limit: number,
): Promise<Event[]> {
  let newest = db
    .selectFrom('events')
    .select(['account_id', 'sequence', 'at', 'kind', 'result', 'factor', 'source'])
  newest =
    accountId === undefined
      ? newest.orderBy('at', 'desc').orderBy('account_id')
      : newest.where('account_id', '=', accountId)
  const rows = await newest.orderBy('sequence', 'desc').limit(limit).execute()
  return rows.map(({ account_id: id, ...row }) => ({ accountId: id, ...row }))
}

export async function eventHead(db: Sql, accountId: string): Promise<EventHead | undefined> {
  const { rows } = await sql<{ sequence: number; hash: unknown }>`
    select sequence, hash from event_heads where account_id = ${accountId}
  `.execute(db)
  return rows[0] && { accountId, sequence: rows[0].sequence, hash: bytesOf(rows[0].hash) }
}

/** Both halves stop at the limit by themselves, so that a page never costs more than its own rows. */
export async function eventAccounts(
  db: Sql,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const rest = after === undefined ? sql`` : sql`where account_id > ${after}`
  const { rows } = await sql<{ account_id: string }>`
    select account_id from (
      select account_id from event_heads ${rest} order by account_id limit ${limit}) as heads
    union select account_id from (
      select distinct account_id from events ${rest} order by account_id limit ${limit}) as rows
    order by account_id limit ${limit}
  `.execute(db)
  return rows.map(({ account_id: id }) => id)
}

/**
 * The casts let a number that somebody set beyond what JavaScript counts come back as another wrong
 * number, instead of failing the whole page.
 */
export async function eventChain(
  db: Sql,
  accountId: string,
  after: number | undefined,
  limit: number,
): Promise<ChainedEvent[]> {
  const rest = after === undefined ? sql`` : sql`and sequence > ${after}`
  const { rows } = await sql<Omit<ChainedEvent, 'accountId'>>`
    select cast(sequence as double precision) as sequence, cast(at as double precision) as at,
      kind, result, factor, source, hash
    from events where account_id = ${accountId} ${rest} order by events.sequence limit ${limit}
  `.execute(db)
  return rows.map((row) => ({ ...row, accountId, hash: bytesOf(row.hash) }))
}

/** SQLite lets whoever edits a row by hand put another type into it; such a hash fits nothing. */
function bytesOf(stored: unknown): Uint8Array {
  return stored instanceof Uint8Array ? stored : new Uint8Array()
}
