/**
 * The one SQL store. Promises the `Store` contract over any kysely dialect that speaks `on conflict` and
 * `returning`; the statements live beside it by table, here they become decisions.
 * Leaves to `sqlite.ts` and its like: opening, connections, and what bytes are called.
 */
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { EngineError } from '../errors.ts'
import { once } from '../once.ts'
import type { NewEvent, RecoveryCodeRow, SessionGrant, Spend, Store, TryOutcome } from '../store.ts'
import { migrations } from './migrations/index.ts'
import type { ColumnTypes } from './migrations/index.ts'
import * as accounts from './sql/accounts.ts'
import * as contacts from './sql/contacts.ts'
import * as admin from './sql/admin.ts'
import * as authenticators from './sql/authenticators.ts'
import * as devices from './sql/devices.ts'
import * as events from './sql/events.ts'
import { countFactors } from './sql/factors.ts'
import * as invitations from './sql/invitations.ts'
import * as keys from './sql/keys.ts'
import * as outbox from './sql/outbox.ts'
import * as passkeys from './sql/passkeys.ts'
import * as resets from './sql/password-resets.ts'
import * as recovery from './sql/recovery-codes.ts'
import { decide, mustWin } from './sql/schema.ts'
import type { Schema, Sql } from './sql/schema.ts'
import * as sentCodes from './sql/sent-codes.ts'
import * as sessions from './sql/sessions.ts'
import * as steps from './sql/steps.ts'
import * as tries from './sql/tries.ts'
import * as trust from './sql/trusted-browsers.ts'

export interface SqlStoreOptions {
  /** Called once, at the first use. */
  readonly open: () => Kysely<Schema> | Promise<Kysely<Schema>>
  readonly types: ColumnTypes
  /** Ids of the keys on record, found without writing anything. */
  readonly keyIds: () => string[] | Promise<string[]>
  /** Does this error of the driver say that the database itself is damaged? */
  readonly isDamage: (error: unknown) => boolean
}

export function sqlStore(options: SqlStoreOptions): Store {
  let opened: Kysely<Schema> | undefined
  const open = once(async () => (opened = await options.open()))
  const ready = once(async () => prepare(await open(), options))
  /** Every decision waits for the schema. */
  const all = async <Answer>(work: (db: Sql) => Promise<Answer>) =>
    answered(async () => decide(await ready(), async (trx) => work(trx)))
  const one = async <Answer>(work: (db: Sql) => Promise<Answer>) =>
    answered(async () => work(await ready()))

  return {
    async ready() {
      await ready()
    },
    async close() {
      await opened?.destroy()
    },
    ping: () =>
      one(async (db) => {
        await db.selectFrom('keys').select('id').limit(1).execute()
      }),

    async keyIds() {
      if (opened === undefined) return options.keyIds()
      return one(keys.keyIds)
    },
    adoptKeys: ({ known, sealing, now }) =>
      won(
        all(async (db) => {
          mustWin((await keys.keyIds(db)).every((id) => known.includes(id)))
          await keys.insertKey(db, sealing, now)
        }),
      ),
    sealedByKey: () => one(keys.sealedByKey),
    sealedOtherwise: (search) => one((db) => keys.sealedOtherwise(db, search)),
    resealAuthenticator: (reseal) =>
      won(
        all(async (db) => {
          await keys.mustBeOnRecord(db, reseal.to.keyId)
          mustWin(await keys.reseal(db, reseal))
        }),
      ),
    retireKey: (id) =>
      won(
        all(async (db) => {
          mustWin(await keys.deleteKey(db, id))
        }),
      ),

    createAccount: (account, event) =>
      won(
        all(async (db) => {
          mustWin(await accounts.insertAccount(db, account, event.at))
          if (account.email !== undefined) {
            const contact = { channel: 'email', address: account.email } as const
            await contacts.insertContact(db, { accountId: account.id, ...contact })
          }
          await events.insertEvent(db, event)
        }),
      ),
    ensureAccount: (id, now) => one((db) => accounts.ensureAccount(db, id, now)),
    account: (id) => one((db) => accounts.accountById(db, id)),
    accountByLogin: (loginKey) => one((db) => accounts.accountByLogin(db, loginKey)),
    rehashPassword: (accountId, fromHash, toHash) =>
      one((db) => accounts.replaceHash(db, accountId, fromHash, toHash)),
    changePassword: ({ accountId, fromVersion, passwordHash, grant }) =>
      won(
        all(async (db) => {
          mustWin(await accounts.updatePassword(db, accountId, fromVersion, passwordHash))
          await settleGrant(db, grant)
        }),
      ),

    async beginPasswordReset(reset, event) {
      await all(async (db) => {
        await resets.putReset(db, reset)
        await events.insertEvent(db, event)
      })
    },
    passwordResetAccount: (reference, now) =>
      one((db) => accounts.accountByReset(db, reference, now)),
    resetPassword: ({ accountId, tokenHash, now, fromVersion, passwordHash, event }) =>
      won(
        all(async (db) => {
          mustWin(await resets.useReset(db, { accountId, tokenHash }, now))
          mustWin(await accounts.updatePassword(db, accountId, fromVersion, passwordHash))
          await sessions.deleteSessions(db, accountId)
          await tries.deleteTickets(db, accountId)
          await devices.deleteOldDevices(db, accountId, fromVersion + 1)
          await contacts.unconfirmContact(db, accountId, 'email')
          await events.insertEvent(db, event)
        }),
      ),

    addAuthenticator: (authenticator, limit) =>
      won(
        all(async (db) => {
          const { accountId, createdAt } = authenticator
          await keys.mustBeOnRecord(db, authenticator.keyId)
          await authenticators.deleteExpiredPending(db, accountId, createdAt)
          mustWin(await authenticators.insertAuthenticator(db, authenticator, limit))
        }),
      ),
    authenticators: (accountId, now) =>
      one((db) => authenticators.liveAuthenticators(db, accountId, now)),
    activateAuthenticator: (activation) =>
      all(async (db) => {
        const { accountId, recoveryCodes, grant } = activation
        mustWin(await authenticators.activate(db, activation))
        await admin.endWaitForEnrolment(db, accountId)
        await sessions.deleteSessions(db, accountId, grant?.replaces)
        const recoveryCodesStored = await storeFirstCodes(db, accountId, recoveryCodes)
        await events.insertEvent(db, activation.event)
        if (grant) await settleGrant(db, grant)
        return { recoveryCodesStored }
      }),
    renameAuthenticator: (accountId, id, name) =>
      one(
        async (db) =>
          (await authenticators.rename(db, accountId, id, name)) ||
          passkeys.rename(db, accountId, id, name),
      ),
    removeAuthenticator: ({ accountId, authenticatorId, keepSession, event }) =>
      won(
        all(async (db) => {
          if (keepSession !== undefined) mustWin(await sessions.isHeld(db, accountId, keepSession))
          const before = await countFactors(db, accountId)
          mustWin(
            (await authenticators.remove(db, accountId, authenticatorId)) ||
              (await passkeys.remove(db, accountId, authenticatorId)),
          )
          const after = await countFactors(db, accountId)
          // One that was still pending was no factor: giving it up changes nothing else.
          const { message: _, ...untold } = event
          await events.insertEvent(db, after === before ? untold : event)
          if (after === before) return
          if (after === 0) await admin.mustNotBeAdmin(db, accountId)
          if (after === 0) await recovery.deleteRecoveryCodes(db, accountId)
          await sessions.deleteSessions(db, accountId, keepSession)
        }),
      ),
    passkeys: (accountId) => one((db) => passkeys.passkeys(db, accountId)),
    async putChallenge(challenge) {
      await one((db) => passkeys.putChallenge(db, challenge))
    },
    hasChallenge: (challenge, now) => one((db) => passkeys.hasChallenge(db, challenge, now)),
    addPasskey: ({ passkey, limit, challenge, event, recoveryCodes, grant }) =>
      all(async (db) => {
        const { accountId, createdAt } = passkey
        mustWin((await passkeys.takeChallenge(db, challenge, createdAt)) !== undefined)
        mustWin(await passkeys.insertPasskey(db, passkey, limit))
        await admin.endWaitForEnrolment(db, accountId)
        await sessions.deleteSessions(db, accountId, grant.replaces)
        const recoveryCodesStored = await storeFirstCodes(db, accountId, recoveryCodes)
        await events.insertEvent(db, event)
        await settleGrant(db, grant)
        return { recoveryCodesStored }
      }),
    suspectCopy: ({ accountId, passkeyId, challenge, challengeSeconds, now, event }) =>
      won(
        all(async (db) => {
          const expiresAt = await passkeys.takeChallenge(db, challenge, now)
          mustWin(expiresAt !== undefined)
          const askedAt = expiresAt - challengeSeconds
          mustWin(await passkeys.markCopied(db, { accountId, passkeyId, now, askedAt }))
          await events.insertEvent(db, event)
        }),
      ),
    spendStep: (use) =>
      won(
        all(async (db) => {
          await tries.returnTry(db, use.returnTry)
          mustWin(await steps.spendStep(db, use))
          await events.insertEvent(db, use.event)
        }),
      ),

    spendLateStep: (step) => one((db) => steps.spendLateStep(db, step)),
    resynchronise: (use) =>
      won(
        all(async (db) => {
          await tries.returnTry(db, use.returnTry)
          mustWin(await steps.resynchronise(db, use))
          await events.insertEvent(db, use.event)
        }),
      ),

    replaceRecoveryCodes: (accountId, codes, event, session) =>
      won(
        all(async (db) => {
          if (session !== undefined) mustWin(await sessions.isHeld(db, accountId, session))
          mustWin((await countFactors(db, accountId)) > 0)
          await recovery.deleteRecoveryCodes(db, accountId)
          await trust.deleteTrustedBrowsers(db, accountId)
          await recovery.insertRecoveryCodes(db, accountId, codes)
          await events.insertEvent(db, event)
        }),
      ),
    recoveryCodeHash: (accountId, lookup) =>
      one((db) => recovery.recoveryCodeHash(db, accountId, lookup)),
    recoveryCodesLeft: (accountId) =>
      one((db) => recovery.countRecoveryCodes(db, accountId, 'unused')),
    useRecoveryCode: (use) =>
      won(
        all(async (db) => {
          await tries.returnTry(db, use.returnTry)
          mustWin(await recovery.useRecoveryCode(db, use))
          await events.insertEvent(db, use.event)
        }),
      ),

    async createTicket(ticket, event, returnTry) {
      await all(async (db) => {
        await tries.returnTry(db, returnTry)
        await tries.deleteExpiredTickets(db, ticket.accountId, ticket.createdAt)
        await tries.insertTicket(db, ticket)
        await events.insertEvent(db, event)
      })
    },
    ticketAccount: (ticket, now) => one((db) => accounts.accountByTicket(db, ticket, now)),
    async countTry({ pool, now, mark, ticket, authenticatorsOf }) {
      const outcome = await all(async (db): Promise<TryOutcome> => {
        const own = { key: pool.key, at: now, mark }
        const { counted, closure } = await tries.countPoolTry(db, pool, own)
        const by = closure?.by ?? []
        if (!counted) return { status: 'closed', opensAt: closure?.opensAt ?? now, by }
        if (ticket) mustWin(await tries.countTicketTry(db, ticket, now))
        const consecutiveFailures =
          authenticatorsOf === undefined
            ? new Map<string, number>()
            : await authenticators.countFailure(db, authenticatorsOf)
        return { status: 'counted', closes: by, consecutiveFailures }
      })
      return outcome === false ? { status: 'ticket_over' } : outcome
    },
    async returnTry(counted) {
      await all((db) => tries.returnTry(db, counted))
    },
    async recordFailure({ now, events: written, rates, suspectPasswordOf }) {
      await all(async (db) => {
        const alarms: NewEvent[] = []
        for (const rate of rates) {
          if ((await tries.countRate(db, rate, now)) !== rate.alarmAt) continue
          if (rate.alarm !== undefined) alarms.push(rate.alarm)
          if (rate.message !== undefined) await outbox.insertMessage(db, rate.message)
        }
        if (suspectPasswordOf !== undefined) {
          await accounts.suspectPassword(db, suspectPasswordOf, now)
        }
        for (const event of [...written, ...alarms]) await events.insertEvent(db, event)
      })
    },
    async sweep(now) {
      await all(async (db) => {
        await tries.deleteWorthless(db, now)
        await sessions.deleteAllOverdueSessions(db, now)
        await trust.deleteAllOverdueTrust(db, now)
        await authenticators.deleteAllExpiredPending(db, now)
        await outbox.deleteExpiredMessages(db, now)
        await passkeys.deleteAllExpiredChallenges(db, now)
        await resets.deleteExpiredResets(db, now)
        await sentCodes.deleteExpiredSentCodes(db, now)
        await invitations.deleteExpiredInvitations(db, now)
      })
    },
    device: (reference) => one((db) => devices.knownDevice(db, reference)),
    forgetDevice: (accountId, id) => one((db) => devices.deleteDevice(db, accountId, id)),

    trustedToken: ({ now, ...reference }) => one((db) => trust.trustedToken(db, reference, now)),
    trustedBrowsers: (accountId, now) => one((db) => trust.trustedBrowsers(db, accountId, now)),
    forgetTrustedBrowser: (accountId, id, event) =>
      won(
        all(async (db) => {
          mustWin(await trust.deleteTrustedBrowsers(db, accountId, id))
          await events.insertEvent(db, event)
        }),
      ),

    grantSession: (grant) => won(all((db) => settleGrant(db, grant))),
    session: (reference) =>
      one(async (db) => {
        const session = await sessions.liveSession(db, reference)
        const account = session && (await accounts.accountById(db, session.accountId))
        return session && account && { session, account }
      }),
    sessions: (accountId, now, idleSeconds) =>
      one((db) => sessions.liveSessions(db, accountId, now, idleSeconds)),
    endSession: (accountId, sessionId, event) =>
      won(
        all(async (db) => {
          mustWin(await sessions.deleteSession(db, accountId, sessionId))
          await events.insertEvent(db, event)
        }),
      ),

    contacts: (accountId) => one((db) => contacts.contactsOf(db, accountId)),
    changeContact: (change) =>
      won(
        all(async (db) => {
          const { accountId, channel, from, to, spend: code, keepSession, now } = change
          if (keepSession !== undefined) mustWin(await sessions.isHeld(db, accountId, keepSession))
          if (code !== undefined) {
            const use = { ...code, accountId, now, address: to?.address ?? '' }
            mustWin(await sentCodes.spendSentCode(db, use))
          }
          const present = { accountId, channel, address: from ?? '' }
          if (to === null) mustWin(await contacts.deleteContact(db, present))
          else if (from === null) {
            mustWin(await contacts.insertContact(db, { ...present, ...to }))
          } else
            mustWin(await contacts.updateContact(db, { accountId, from, to: { ...to, channel } }))
          if (keepSession !== undefined) await sessions.deleteSessions(db, accountId, keepSession)
          for (const message of change.messages) await outbox.insertMessage(db, message)
          await events.insertEvent(db, change.event)
        }),
      ),
    sendCode: ({ code, most, ticket, event, message }) =>
      won(
        all(async (db) => {
          const { at: now, expiresAt: until } = code
          if (ticket !== undefined) {
            const life = { now, until, mostSeconds: ticket.mostSeconds }
            mustWin(await tries.prolongTicket(db, ticket, life))
          }
          mustWin(await sentCodes.putSentCode(db, code, most))
          await outbox.insertMessage(db, message)
          await events.insertEvent(db, event)
        }),
      ),
    sentCode: (reference, now) => one((db) => sentCodes.liveSentCode(db, reference, now)),

    queueMessage: (message) => one((db) => outbox.insertMessage(db, message)),
    claimMessages: (claim) =>
      one(async (db) => {
        await outbox.deleteExpiredMessages(db, claim.now)
        return outbox.claimMessages(db, claim)
      }),
    removeMessage: (reference) => one((db) => outbox.deleteMessage(db, reference)),
    retryMessage: (reference, at) => one((db) => outbox.retryMessage(db, reference, at)),
    messagesWaiting: () => one(outbox.messagesWaiting),
    accountSummaries: (search) => one((db) => admin.accountSummaries(db, search)),
    takeFactorsAway: (taking) => won(all((db) => admin.takeFactorsAway(db, taking))),
    endSessions: (ending) => won(all((db) => admin.endSessions(db, ending))),
    inviteAdmin: (invitation) => won(all((db) => invitations.inviteAdmin(db, invitation))),
    claimAdmin: (claim) => won(all((db) => invitations.claimAdmin(db, claim))),
    revokeAdmin: (accountId, event) => won(all((db) => admin.revokeAdmin(db, accountId, event))),

    async appendEvent(event) {
      await all((db) => events.insertEvent(db, event))
    },
    events: (accountId, limit) => one((db) => events.newestEvents(db, accountId, limit)),
    newestEvents: (limit) => one((db) => events.newestEvents(db, undefined, limit)),
    eventAccounts: (after, limit) => one((db) => events.eventAccounts(db, after, limit)),
    eventHead: (accountId) => one((db) => events.eventHead(db, accountId)),
    eventChain: (accountId, after, limit) =>
      one((db) => events.eventChain(db, accountId, after, limit)),
  }
}

/** Everything that makes a session possible, or nothing: the store's half of the one gate. */
async function settleGrant(db: Sql, grant: SessionGrant): Promise<void> {
  const { session } = grant
  const { accountId, createdAt: now } = session
  await tries.returnTry(db, grant.returnTry)
  if (grant.ticket) mustWin(await tries.redeemTicket(db, grant.ticket, grant.passwordVersion, now))
  if (grant.spend) mustWin(await spend(db, accountId, grant.spend, now))
  // Below aal 2 the trust is all that a session has to show; so it is used, and not only named.
  mustWin(session.trustedBrowserId === (grant.restsOn?.id ?? null))
  if (grant.restsOn) {
    const { source, userAgent } = session
    const use = { accountId, source, userAgent, ...grant.restsOn }
    mustWin(await trust.useTrustedBrowser(db, use, now))
  }
  if (grant.replaces) mustWin(await sessions.deleteSession(db, accountId, grant.replaces))
  if (grant.endOthers) await sessions.deleteSessions(db, accountId)
  else await sessions.deleteOverdueSessions(db, accountId, now)
  mustWin(await sessions.insertSession(db, session, grant.passwordVersion))
  if (grant.device) {
    const { device, passwordVersion } = grant
    await devices.deleteOldDevices(db, accountId, passwordVersion)
    await devices.insertDevice(db, accountId, device, passwordVersion, now)
  }
  await events.insertEvent(db, grant.event)
  if (grant.trusts) {
    mustWin(session.aal === 2 && grant.spend?.kind === 'step')
    await trust.insertTrustedBrowser(db, grant.trusts.browser, grant.passwordVersion)
    await events.insertEvent(db, grant.trusts.event)
  }
}

function spend(db: Sql, accountId: string, proof: Spend, now: number): Promise<boolean> {
  const use = { accountId, now }
  switch (proof.kind) {
    case 'step':
      return steps.spendStep(db, { ...use, ...proof })
    case 'recovery':
      return recovery.useRecoveryCode(db, { ...use, ...proof })
    case 'passkey':
      return passkeys.spendPasskey(db, { ...use, ...proof })
    case 'sent':
      return sentCodes.spendSentCode(db, { ...use, ...proof })
  }
}

/** Only where the account has none, used ones included. */
async function storeFirstCodes(
  db: Sql,
  accountId: string,
  codes: readonly RecoveryCodeRow[],
): Promise<boolean> {
  const first = (await recovery.countRecoveryCodes(db, accountId, 'all')) === 0
  if (!first || codes.length === 0) return false
  await recovery.insertRecoveryCodes(db, accountId, codes)
  return true
}

/** Whatever fails below is one thing to the engine: no answer, so no. */
async function answered<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError('STORE_UNAVAILABLE', { detail: 'a statement failed', cause })
  }
}

async function won(decision: Promise<unknown>): Promise<boolean> {
  return (await decision) !== false
}

async function prepare(db: Kysely<Schema>, options: SqlStoreOptions): Promise<Kysely<Schema>> {
  const migrator = new Migrator({ db, provider: migrations(options.types) })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) {
    if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
      throw new EngineError('DATABASE_NEWER', { cause: error })
    }
    // Busy, full or read-only is no damage: nobody should reach for a backup because of it.
    const code = options.isDamage(error) ? 'DATABASE_DAMAGED' : 'STORE_UNAVAILABLE'
    throw new EngineError(code, { detail: 'the schema could not be prepared', cause: error })
  }
  return db
}
