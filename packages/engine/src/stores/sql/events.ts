/** The event log: rows are added, never changed or removed. */
import { sql } from 'kysely'
import type { Event, NewEvent } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function insertEvent(db: Sql, event: NewEvent): Promise<void> {
  await sql`
    insert into events (account_id, sequence, at, kind, result, factor, source)
    select ${event.accountId}, coalesce(max(sequence), 0) + 1, ${event.at}, ${event.kind},
      ${event.result}, ${event.factor}, ${event.source}
    from events where account_id = ${event.accountId}
  `.execute(db)
}

export async function newestEvents(db: Sql, accountId: string, limit: number): Promise<Event[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ account_id: id, ...row }) => ({ accountId: id, ...row }))
}
