/** Messages waiting to be sent: taken by one server at a time, gone once sent. */
import { sql } from 'kysely'
import type { ClaimedMessage, MessageData, MessageReference, NewMessage } from '../../store.ts'
import { mustBeOnRecord } from './keys.ts'
import type { Schema, Sql } from './schema.ts'
import { countRate } from './tries.ts'
import type { Selectable } from 'kysely'

/** To be called within the transaction of what it tells. Without an address there is no row. */
export async function insertMessage(db: Sql, message: NewMessage): Promise<void> {
  const { id, accountId, channel, lane, kind, data, sealed, at, expiresAt } = message
  if (sealed !== undefined) await mustBeOnRecord(db, sealed.keyId)
  if (!(await isWithinBudget(db, message))) return
  const address =
    message.recipient === undefined
      ? sql`select address from contacts where account_id = ${accountId} and channel = ${channel}`
      : sql`select cast(${message.recipient} as text) as address`
  await sql`
    insert into outbox (
      account_id, id, position, channel, lane, recipient, kind, data, key_id, sealed_secret,
      created_at, expires_at, next_try_at, tries
    )
    select ${accountId}, ${id},
      (select coalesce(max(position), 0) + 1 from outbox where account_id = ${accountId}),
      ${channel}, ${lane}, known.address, ${kind}, ${JSON.stringify(data)},
      ${sealed?.keyId ?? null}, ${sealed?.sealedSecret ?? null}, ${at}, ${expiresAt}, ${at}, 0
    from (${address}) as known
  `.execute(db)
}

async function isWithinBudget(db: Sql, message: NewMessage): Promise<boolean> {
  const { budget, kind, at, recipient } = message
  if (budget === undefined) return true
  const count = (name: string, windowSeconds: number) =>
    countRate(db, { key: `${budget.key}/${name}`, windowSeconds }, at)
  if (recipient !== undefined || (await isConfirmed(db, message))) {
    const { windowSeconds, most } = budget.confirmed
    const used = await count('confirmed', windowSeconds)
    return (await count(`confirmed/${kind}`, windowSeconds)) === 1 || used <= most
  }
  const { windowSeconds, most, mostOfKind } = budget.unconfirmed
  // What its kind keeps out takes nothing from the others.
  if ((await count(`unconfirmed/${kind}`, windowSeconds)) > mostOfKind) return false
  return (await count('unconfirmed', windowSeconds)) <= most
}

async function isConfirmed(db: Sql, { accountId, channel }: NewMessage): Promise<boolean> {
  const row = await db
    .selectFrom('contacts')
    .select('channel')
    .where('account_id', '=', accountId)
    .where('channel', '=', channel)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * One statement takes them: it moves the next try behind the claim, so that a server that dies with a
 * message in hand gives it back by doing nothing.
 */
export async function claimMessages(
  db: Sql,
  claim: { now: number; claimSeconds: number; limit: number },
): Promise<ClaimedMessage[]> {
  const { now, claimSeconds, limit } = claim
  const { rows } = await sql<Selectable<Schema['outbox']> & { login: string | null }>`
    update outbox set tries = tries + 1, next_try_at = ${now + claimSeconds}
    where next_try_at <= ${now} and (account_id, id) in (
      select account_id, id from outbox as due
      where next_try_at <= ${now} and not exists (
        select 1 from outbox as before
        where before.account_id = due.account_id and before.recipient = due.recipient
          and before.lane = due.lane and before.position < due.position
      )
      order by next_try_at limit ${limit}
    )
    returning *, (select login from accounts where accounts.id = outbox.account_id) as login
  `.execute(db)
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    login: row.login,
    channel: row.channel,
    lane: row.lane,
    recipient: row.recipient,
    kind: row.kind,
    data: JSON.parse(row.data) as MessageData,
    ...(row.key_id !== null &&
      row.sealed_secret !== null && {
        sealed: { keyId: row.key_id, sealedSecret: row.sealed_secret },
      }),
    at: row.created_at,
    expiresAt: row.expires_at,
    tries: row.tries,
  }))
}

/** Of all accounts. */
export async function deleteExpiredMessages(db: Sql, now: number): Promise<void> {
  await db.deleteFrom('outbox').where('expires_at', '<=', now).execute()
}

export async function deleteMessage(db: Sql, { accountId, id }: MessageReference): Promise<void> {
  await db.deleteFrom('outbox').where('account_id', '=', accountId).where('id', '=', id).execute()
}

export async function retryMessage(
  db: Sql,
  { accountId, id }: MessageReference,
  at: number,
): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ next_try_at: at })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute()
}

export async function messagesWaiting(
  db: Sql,
): Promise<{ count: number; oldestAt: number | null }> {
  const { count, oldestAt } = await db
    .selectFrom('outbox')
    .select((select) => [
      select.fn.countAll<number>().as('count'),
      select.fn.min('created_at').as('oldestAt'),
    ])
    .executeTakeFirstOrThrow()
  return { count: Number(count), oldestAt: count === 0 ? null : oldestAt }
}
