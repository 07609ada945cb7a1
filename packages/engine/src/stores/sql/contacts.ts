/** Where a person is reached. */
import type { Channel, Contact, Seconds } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function contactsOf(db: Sql, accountId: string): Promise<Contact[]> {
  const rows = await db
    .selectFrom('contacts')
    .select(['channel', 'address', 'confirmed_at'])
    .where('account_id', '=', accountId)
    .orderBy('channel')
    .execute()
  return rows.map(({ channel, address, confirmed_at: confirmedAt }) => ({
    channel,
    address,
    confirmedAt,
  }))
}

/** @returns false when there is one already */
export async function insertContact(
  db: Sql,
  contact: { accountId: string; channel: Channel; address: string; confirmedAt?: Seconds | null },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('contacts')
    .values({
      account_id: contact.accountId,
      channel: contact.channel,
      address: contact.address,
      confirmed_at: contact.confirmedAt ?? null,
    })
    .onConflict((conflict) => conflict.columns(['account_id', 'channel']).doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

/** @returns false when the address is not `from` any more */
export async function updateContact(
  db: Sql,
  { accountId, from, to }: { accountId: string; from: string; to: Contact },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('contacts')
    .set({ address: to.address, confirmed_at: to.confirmedAt })
    .where('account_id', '=', accountId)
    .where('channel', '=', to.channel)
    .where('address', '=', from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function deleteContact(
  db: Sql,
  contact: { accountId: string; channel: Channel; address: string },
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('contacts')
    .where('account_id', '=', contact.accountId)
    .where('channel', '=', contact.channel)
    .where('address', '=', contact.address)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Whose it is has to be shown anew. */
export async function unconfirmContact(
  db: Sql,
  accountId: string,
  channel: Channel,
): Promise<void> {
  await db
    .updateTable('contacts')
    .set({ confirmed_at: null })
    .where('account_id', '=', accountId)
    .where('channel', '=', channel)
    .execute()
}
