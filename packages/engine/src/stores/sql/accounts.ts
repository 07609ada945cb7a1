/** Accounts and the record of keys: rows in, rows out. */
import { sql } from 'kysely'
import { hasFactor } from './factors.ts'
import type { Account, NewAccount, Seconds, TicketReference, TokenReference } from '../../store.ts'
import type { Sql } from './schema.ts'

function selectAccounts(db: Sql) {
  return db
    .selectFrom('accounts')
    .select(['accounts.id', 'login', 'password_hash', 'accounts.password_version'])
    .select(['accounts.password_suspect_since', 'admin_since', 'enrol_until'])
    .select(hasFactor(sql.ref('accounts.id')).as('has_second_factor'))
}

type AccountRow = NonNullable<
  Awaited<ReturnType<ReturnType<typeof selectAccounts>['executeTakeFirst']>>
>

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    login: row.login,
    passwordHash: row.password_hash,
    passwordVersion: row.password_version,
    hasSecondFactor: Boolean(row.has_second_factor),
    passwordSuspectSince: row.password_suspect_since,
    adminSince: row.admin_since,
    enrolUntil: row.enrol_until,
  }
}

export async function insertAccount(db: Sql, account: NewAccount, now: Seconds): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('accounts')
    .values({
      id: account.id,
      login: account.login,
      login_key: account.loginKey,
      password_hash: account.passwordHash,
      password_version: 1,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('login_key').doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function ensureAccount(db: Sql, id: string, now: Seconds): Promise<void> {
  await db
    .insertInto('accounts')
    .values({ id, password_version: 1, created_at: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export async function accountById(db: Sql, id: string): Promise<Account | undefined> {
  const row = await selectAccounts(db).where('accounts.id', '=', id).executeTakeFirst()
  return row && toAccount(row)
}

export async function accountByLogin(db: Sql, loginKey: string): Promise<Account | undefined> {
  const row = await selectAccounts(db).where('login_key', '=', loginKey).executeTakeFirst()
  return row && toAccount(row)
}

/**
 * The account of a ticket that is in time, of the present password and of this browser. Its tries are
 * counted later.
 */
export async function accountByTicket(
  db: Sql,
  ticket: TicketReference,
  now: Seconds,
): Promise<Account | undefined> {
  const row = await selectAccounts(db)
    .innerJoin('tickets', (join) =>
      join
        .onRef('tickets.account_id', '=', 'accounts.id')
        .onRef('tickets.password_version', '=', 'accounts.password_version'),
    )
    .where('tickets.account_id', '=', ticket.accountId)
    .where('tickets.token_hash', '=', ticket.tokenHash)
    .where('tickets.browser', '=', ticket.browser)
    .where('tickets.expires_at', '>', now)
    .executeTakeFirst()
  return row && toAccount(row)
}

/** The account of a token that is in time and was made under the present password. */
export async function accountByReset(
  db: Sql,
  { accountId, tokenHash }: TokenReference,
  now: Seconds,
): Promise<Account | undefined> {
  const row = await selectAccounts(db)
    .innerJoin('password_resets as resets', (join) =>
      join
        .onRef('resets.account_id', '=', 'accounts.id')
        .onRef('resets.password_version', '=', 'accounts.password_version'),
    )
    .where('resets.account_id', '=', accountId)
    .where('resets.token_hash', '=', tokenHash)
    .where('resets.expires_at', '>', now)
    .executeTakeFirst()
  return row && toAccount(row)
}

/** The same password with another hash: the version stays. */
export async function replaceHash(db: Sql, id: string, fromHash: string, toHash: string) {
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({ password_hash: toHash })
    .where('id', '=', id)
    .where('password_hash', '=', fromHash)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function updatePassword(
  db: Sql,
  accountId: string,
  fromVersion: number,
  passwordHash: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({
      password_hash: passwordHash,
      password_version: fromVersion + 1,
      password_suspect_since: null,
    })
    .where('id', '=', accountId)
    .where('password_version', '=', fromVersion)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Only a password that is kept here can be changed here. The first suspicion stands. */
export async function suspectPassword(db: Sql, id: string, now: Seconds): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ password_suspect_since: now })
    .where('id', '=', id)
    .where('password_hash', 'is not', null)
    .where('password_suspect_since', 'is', null)
    .execute()
}
