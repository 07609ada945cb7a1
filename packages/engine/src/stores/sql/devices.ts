/** Browsers that an account knows. A row is worth something only under the password it was made with. */
import type { DeviceReference, Seconds, TokenReference } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function insertDevice(
  db: Sql,
  accountId: string,
  device: DeviceReference,
  passwordVersion: number,
  now: Seconds,
): Promise<void> {
  await db
    .insertInto('devices')
    .values({
      account_id: accountId,
      id: device.id,
      token_hash: device.tokenHash,
      password_version: passwordVersion,
      created_at: now,
    })
    .execute()
}

/** Those of an older password are worth nothing any more. */
export async function deleteOldDevices(db: Sql, accountId: string, passwordVersion: number) {
  await db
    .deleteFrom('devices')
    .where('account_id', '=', accountId)
    .where('password_version', '<', passwordVersion)
    .execute()
}

export async function knownDevice(
  db: Sql,
  { accountId, tokenHash }: TokenReference,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('devices')
    .innerJoin('accounts', (join) =>
      join
        .onRef('accounts.id', '=', 'devices.account_id')
        .onRef('accounts.password_version', '=', 'devices.password_version'),
    )
    .select('devices.id')
    .where('devices.account_id', '=', accountId)
    .where('devices.token_hash', '=', tokenHash)
    .executeTakeFirst()
  return row?.id
}

export async function deleteDevice(db: Sql, accountId: string, id: string): Promise<void> {
  await db.deleteFrom('devices').where('account_id', '=', accountId).where('id', '=', id).execute()
}
