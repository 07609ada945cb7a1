/** Where a person is reached. */
import type { Channel, Contact } from '../../store.ts'
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

/** Where there is none yet. */
export async function insertContact(
  db: Sql,
  contact: { accountId: string; channel: Channel; address: string },
): Promise<void> {
  await db
    .insertInto('contacts')
    .values({
      account_id: contact.accountId,
      channel: contact.channel,
      address: contact.address,
      confirmed_at: null,
    })
    .execute()
}
