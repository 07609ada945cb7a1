/**
 * Invitations that make an administrator. Each function but the last two is a whole decision, to be called
 * within a transaction.
 */
import { sql } from 'kysely'
import { OPERATOR } from '../../store.ts'
import type { AdminInvitation, CountedTry, NewEvent, Seconds } from '../../store.ts'
import { insertEvent, insertEvents } from './events.ts'
import { mustWin } from './schema.ts'
import type { Sql } from './schema.ts'
import { isHeld } from './sessions.ts'
import { returnTry } from './tries.ts'

const ANY_ADMIN = sql`exists (select 1 from accounts where admin_since is not null)`

/** Does that inviter's word count? The operator's only as long as there is no administrator. */
function mayInvite(inviter: string) {
  return inviter === OPERATOR
    ? sql<boolean>`not ${ANY_ADMIN}`
    : sql<boolean>`exists (
        select 1 from accounts where id = ${inviter} and admin_since is not null
      )`
}

export async function inviteAdmin(
  db: Sql,
  invitation: AdminInvitation & { expiresAt: Seconds; event: NewEvent; sessionId?: string },
): Promise<void> {
  const { inviter, tokenHash, expiresAt, event, sessionId } = invitation
  if (sessionId !== undefined) mustWin(await isHeld(db, inviter, sessionId))
  await deleteInvitations(db, inviter)
  const { numAffectedRows } = await sql`
    insert into admin_invitations (account_id, token_hash, expires_at)
    select ${inviter}, ${tokenHash}, ${expiresAt} where ${mayInvite(inviter)}
  `.execute(db)
  mustWin(numAffectedRows === 1n)
  await insertEvent(db, event)
}

export async function claimAdmin(
  db: Sql,
  claim: AdminInvitation & {
    accountId: string
    now: Seconds
    events: readonly NewEvent[]
    returnTry: CountedTry
    sessionId?: string
  },
): Promise<void> {
  const { inviter, tokenHash, accountId, now, events, sessionId } = claim
  if (sessionId !== undefined) mustWin(await isHeld(db, accountId, sessionId))
  await returnTry(db, claim.returnTry)
  const used = await db
    .deleteFrom('admin_invitations')
    .where('account_id', '=', inviter)
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .where(mayInvite(inviter))
    .executeTakeFirstOrThrow()
  mustWin(used.numDeletedRows === 1n)
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({ admin_since: now })
    .where('id', '=', accountId)
    .where('admin_since', 'is', null)
    .executeTakeFirstOrThrow()
  mustWin(numUpdatedRows === 1n)
  await insertEvents(db, events)
}

/** Those that the account has made. @returns false when there was none */
export async function deleteInvitations(db: Sql, inviter: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('admin_invitations')
    .where('account_id', '=', inviter)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Of all accounts. */
export async function deleteExpiredInvitations(db: Sql, now: Seconds): Promise<void> {
  await db.deleteFrom('admin_invitations').where('expires_at', '<=', now).execute()
}
