/** Codes on their way to an address: one for each ticket or session and channel, the newest. */
import { sql } from 'kysely'
import type { NewSentCode, Seconds, SentCode, SentCodeReference, SentSpend } from '../../store.ts'
import type { Sql } from './schema.ts'

/** One statement voids the code before it and counts: it writes nothing where `most` were sent. */
export async function putSentCode(db: Sql, code: NewSentCode, most: number): Promise<boolean> {
  const { accountId, bearer, channel, address, codeHash, at, expiresAt } = code
  const { numAffectedRows } = await sql`
    insert into sent_codes as held (
      account_id, bearer, channel, address, code_hash, sends, expires_at
    )
    values (${accountId}, ${bearer}, ${channel}, ${address}, ${codeHash}, 1, ${expiresAt})
    on conflict (account_id, bearer, channel) do update set
      address = excluded.address,
      code_hash = excluded.code_hash,
      sends = case when held.expires_at <= ${at} then 1 else held.sends + 1 end,
      expires_at = excluded.expires_at
    where held.expires_at <= ${at} or held.sends < ${most}
  `.execute(db)
  return numAffectedRows === 1n
}

export async function liveSentCode(
  db: Sql,
  { accountId, bearer, channel }: SentCodeReference,
  now: Seconds,
): Promise<SentCode | undefined> {
  const row = await db
    .selectFrom('sent_codes')
    .select(['address', 'code_hash', 'expires_at'])
    .where('account_id', '=', accountId)
    .where('bearer', '=', bearer)
    .where('channel', '=', channel)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && { address: row.address, codeHash: row.code_hash, expiresAt: row.expires_at }
}

/**
 * The row that is deleted is the win.
 * @param address what it was sent to; left out: the account's confirmed address, whatever that is by now
 */
export async function spendSentCode(
  db: Sql,
  use: SentSpend & { accountId: string; now: Seconds; address?: string },
): Promise<boolean> {
  const { accountId, bearer, channel, codeHash, now, address } = use
  const still =
    address === undefined
      ? sql`exists (
          select 1 from contacts
          where contacts.account_id = sent_codes.account_id
            and contacts.channel = sent_codes.channel
            and contacts.address = sent_codes.address
            and contacts.confirmed_at is not null
        )`
      : sql`address = ${address}`
  const { numAffectedRows } = await sql`
    delete from sent_codes
    where account_id = ${accountId} and bearer = ${bearer} and channel = ${channel}
      and code_hash = ${codeHash} and expires_at > ${now} and ${still}
  `.execute(db)
  return numAffectedRows === 1n
}

/** Of all accounts. */
export async function deleteExpiredSentCodes(db: Sql, now: Seconds): Promise<void> {
  await db.deleteFrom('sent_codes').where('expires_at', '<=', now).execute()
}
