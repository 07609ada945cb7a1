/**
 * Administrators, and what they do to accounts. Each function that changes something is a whole decision,
 * to be called within a transaction.
 */
import { sql } from 'kysely'
import { EngineError } from '../../errors.ts'
import type { AccountSearch, AccountSummary, ActingAdmin, NewEvent, Seconds } from '../../store.ts'
import { remove } from './authenticators.ts'
import { insertEvent, insertEvents } from './events.ts'
import { countFactors, deleteFactors } from './factors.ts'
import { deleteInvitations } from './invitations.ts'
import { remove as removePasskey } from './passkeys.ts'
import { mustWin } from './schema.ts'
import type { Sql } from './schema.ts'
import { deleteSession, deleteSessions, isHeld } from './sessions.ts'
import { deleteTrustedBrowsers } from './trusted-browsers.ts'

interface SummaryRow {
  id: string
  login: string | null
  created_at: number
  admin_since: number | null
  enrol_until: number | null
  password_suspect_since: number | null
  active: number | string
  codes: number | string
  at_risk: number
}

/** Looks through the accounts one by one: for people who search, not for sign-ins. */
export async function accountSummaries(db: Sql, search: AccountSearch): Promise<AccountSummary[]> {
  const { id, loginPrefix, atRisk, admins, after, limit, disabledAt } = search
  const wanted = [
    id === undefined ? undefined : sql`id = ${id}`,
    after === undefined ? undefined : sql`id > ${after}`,
    admins === true ? sql`admin_since is not null` : undefined,
    atRisk === true ? sql`at_risk = 1` : undefined,
    loginPrefix === undefined
      ? undefined
      : sql`substr(login_key, 1, ${sql.lit(Array.from(loginPrefix).length)}) = ${loginPrefix}`,
  ].filter((condition) => condition !== undefined)
  const { rows } = await sql<SummaryRow>`
    select id, login, created_at, admin_since, enrol_until, password_suspect_since,
      active, codes, at_risk
    from (
      select counted.*,
        case when active > 0 and able <= 1 and codes = 0 then 1 else 0 end as at_risk
      from (
        select accounts.*,
          (select count(*) from authenticators
            where account_id = accounts.id and state = 'active')
            + (select count(*) from passkeys where account_id = accounts.id) as active,
          (select count(*) from authenticators where account_id = accounts.id and state = 'active'
            and consecutive_failures < ${disabledAt})
            + (select count(*) from passkeys
              where account_id = accounts.id and copied_at is null) as able,
          (select count(*) from recovery_codes
            where account_id = accounts.id and used_at is null) as codes
        from accounts
      ) as counted
    ) as summary
    where ${sql.join([sql`1 = 1`, ...wanted], sql` and `)} order by id limit ${limit}
  `.execute(db)
  return rows.map((row) => ({
    id: row.id,
    login: row.login,
    createdAt: row.created_at,
    adminSince: row.admin_since,
    enrolUntil: row.enrol_until,
    passwordSuspectSince: row.password_suspect_since,
    authenticators: Number(row.active),
    recoveryCodesLeft: Number(row.codes),
    atRisk: row.at_risk === 1,
  }))
}

/**
 * An administrator who was deposed, or put out of that session, between being asked and now does nothing: of
 * two who reset each other at once one is left. The write holds the row until it is decided.
 * @throws EngineError ADMIN_REQUIRED, SESSION_REQUIRED
 */
async function mustStillAct(db: Sql, by: ActingAdmin | undefined): Promise<void> {
  if (by === undefined) return
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set((set) => ({ admin_since: set.ref('admin_since') }))
    .where('id', '=', by.accountId)
    .where('admin_since', 'is not', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new EngineError('ADMIN_REQUIRED')
  if (!(await isHeld(db, by.accountId, by.sessionId))) throw new EngineError('SESSION_REQUIRED')
}

/**
 * The last factor of an administrator: the password alone would enrol the next one.
 * @throws EngineError ADMIN_LAST_FACTOR
 */
export async function mustNotBeAdmin(db: Sql, accountId: string): Promise<void> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .where('admin_since', 'is not', null)
    .executeTakeFirst()
  if (row !== undefined) throw new EngineError('ADMIN_LAST_FACTOR')
}

export async function takeFactorsAway(
  db: Sql,
  taking: {
    accountId: string
    authenticatorId?: string
    now: Seconds
    enrolUntil: Seconds
    events: readonly NewEvent[]
    by?: ActingAdmin
  },
): Promise<void> {
  const { accountId, authenticatorId, now, enrolUntil, by } = taking
  await mustStillAct(db, by)
  const before = await countFactors(db, accountId)
  if (authenticatorId === undefined) {
    mustWin(before > 0 || (await waitIsOver(db, accountId, now)))
    await deleteFactors(db, accountId)
  } else {
    mustWin(
      (await remove(db, accountId, authenticatorId)) ||
        (await removePasskey(db, accountId, authenticatorId)),
    )
  }
  const left = authenticatorId === undefined ? 0 : await countFactors(db, accountId)
  // One that was still pending was no factor: giving it up changes nothing else, and nobody is told.
  const isFactor = authenticatorId === undefined || left < before
  if (isFactor) {
    await deleteSessions(db, accountId)
    await db.deleteFrom('tickets').where('account_id', '=', accountId).execute()
    if (left === 0) {
      await deleteFactors(db, accountId)
      await waitForEnrolment(db, accountId, enrolUntil)
    }
  }
  const untold = taking.events.map(({ message: _, ...event }) => event)
  await insertEvents(db, isFactor ? taking.events : untold)
}

async function waitIsOver(db: Sql, accountId: string, now: Seconds): Promise<boolean> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .where('enrol_until', '<=', now)
    .executeTakeFirst()
  return row !== undefined
}

/** Nobody has proven to be its person, so whoever enrols now is not to be an administrator by that. */
async function waitForEnrolment(db: Sql, id: string, enrolUntil: Seconds): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ enrol_until: enrolUntil, admin_since: null })
    .where('id', '=', id)
    .execute()
}

/** There is a second factor again. */
export async function endWaitForEnrolment(db: Sql, id: string): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ enrol_until: null })
    .where('id', '=', id)
    .where('enrol_until', 'is not', null)
    .execute()
}

export async function endSessions(
  db: Sql,
  ending: {
    accountId: string
    sessionId?: string
    events: readonly NewEvent[]
    by?: ActingAdmin
  },
): Promise<void> {
  const { accountId, sessionId, events, by } = ending
  await mustStillAct(db, by)
  // Whoever is put out of a session leaves none behind that lets a friend in.
  const voided = await deleteInvitations(db, accountId)
  if (sessionId === undefined) {
    const forgotten = await deleteTrustedBrowsers(db, accountId)
    const { numDeletedRows } = await db
      .deleteFrom('sessions')
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow()
    mustWin(voided || forgotten || numDeletedRows > 0n)
  } else {
    mustWin(await deleteSession(db, accountId, sessionId))
  }
  await insertEvents(db, events)
}

export async function revokeAdmin(db: Sql, accountId: string, event: NewEvent): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({ admin_since: null })
    .where('id', '=', accountId)
    .where('admin_since', 'is not', null)
    .executeTakeFirstOrThrow()
  mustWin(numUpdatedRows === 1n)
  await deleteInvitations(db, accountId)
  await insertEvent(db, event)
}
