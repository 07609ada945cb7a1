/**
 * What the engine needs remembered, as decisions.
 *
 * Promises: each method that returns a boolean is settled by the store alone, `true` for exactly one
 * caller, and writes nothing when it answers `false`. There is no "read, think, write back" pair that
 * two requests could interleave. A method that cannot do its work throws; the engine then refuses.
 * Leaves to the engine: what a code is worth, who may ask, and every word a person reads.
 */
import type { Pool, RuleName } from './pools.ts'

/** Unix time in whole seconds. */
export type Seconds = number

export interface Account {
  readonly id: string
  /** As typed at registration; null for an account whose app keeps the login. */
  readonly login: string | null
  readonly passwordHash: string | null
  /** Goes up with each change; a ticket of an older version is worth nothing. */
  readonly passwordVersion: number
  /** Does it have an active authenticator or a passkey? */
  readonly hasSecondFactor: boolean
  /** Since when somebody else seems to know the password; null while nobody does. */
  readonly passwordSuspectSince: Seconds | null
  /** Since when it is an administrator; null where it is none. */
  readonly adminSince: Seconds | null
  /** After a reset: how long the password alone opens a session, for enrolling; null where none waits. */
  readonly enrolUntil: Seconds | null
}

/** An account as a list shows it, without anything secret. */
export interface AccountSummary {
  readonly id: string
  readonly login: string | null
  readonly createdAt: Seconds
  readonly adminSince: Seconds | null
  readonly enrolUntil: Seconds | null
  readonly passwordSuspectSince: Seconds | null
  /** Active ones and passkeys, disabled ones included. */
  readonly authenticators: number
  readonly recoveryCodesLeft: number
  /** Has a second factor, and is locked out once one phone or passkey is lost; or is so already. */
  readonly atRisk: boolean
}

/** Stands where an administrator's account id would: whoever runs the program on its machine. */
export const OPERATOR = 'command'

/** In whose name, and in which session: decided once more in the transaction of what it does. */
export interface ActingAdmin {
  readonly accountId: string
  readonly sessionId: string
}

/** Who may become an administrator: whoever holds this token, once. One at a time of each inviter. */
export interface AdminInvitation {
  /** Account id of the inviting administrator, or `OPERATOR` for whoever runs the program. */
  readonly inviter: string
  readonly tokenHash: Uint8Array
}

export interface NewAccount {
  readonly id: string
  readonly login: string
  /** The login as it is compared: normalised, lower case. Unique. */
  readonly loginKey: string
  readonly passwordHash: string
  /** Its first contact, not confirmed. */
  readonly email?: string | undefined
}

export type AuthenticatorState = 'pending' | 'active'

interface AuthenticatorOfAnyKind {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly state: AuthenticatorState
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  readonly digits: 6 | 7 | 8
  readonly keyId: string
  /** The secret as the vault sealed it. */
  readonly sealedSecret: Uint8Array
  /** Newest step ever accepted, or counter; −1 before the first one. */
  readonly spentStep: number
  /** Codes of the account since this one's last right code, but for the right codes of its others. */
  readonly consecutiveFailures: number
  readonly createdAt: Seconds
  /** When a pending one stops waiting; null once active. */
  readonly expiresAt: Seconds | null
  readonly lastUsedAt: Seconds | null
}

/** Reads a clock (RFC 6238). */
export interface TotpAuthenticator extends AuthenticatorOfAnyKind {
  readonly kind: 'totp'
  readonly periodSeconds: number
  /** Steps that its clock is known to be ahead; below zero: behind. */
  readonly driftSteps: number
}

/** Counts its codes (RFC 4226). */
export interface HotpAuthenticator extends AuthenticatorOfAnyKind {
  readonly kind: 'hotp'
  readonly periodSeconds: null
  readonly driftSteps: 0
}

export type Authenticator = TotpAuthenticator | HotpAuthenticator

type New<Kind> = Omit<
  Kind,
  'state' | 'spentStep' | 'driftSteps' | 'consecutiveFailures' | 'lastUsedAt' | 'expiresAt'
> & { readonly expiresAt: Seconds }

export type NewAuthenticator = New<TotpAuthenticator> | New<HotpAuthenticator>

export interface Passkey {
  readonly id: string
  readonly accountId: string
  readonly name: string
  /** As base64url. Unique within the account. */
  readonly credentialId: string
  /** As a COSE key. */
  readonly publicKey: Uint8Array
  /** Of its newest answer; 0 where it does not count. */
  readonly signCount: number
  /** How a browser may reach it. */
  readonly transports: readonly string[]
  /** May its key be copied to other devices, as that of a password manager is? Never changes. */
  readonly backupEligible: boolean
  readonly createdAt: Seconds
  readonly lastUsedAt: Seconds | null
  /** When it first counted backwards, as only a copy does: from then on it is refused. */
  readonly copiedAt: Seconds | null
}

export type NewPasskey = Omit<Passkey, 'lastUsedAt' | 'copiedAt'>

/** What a passkey is to answer, once: for one purpose, in one sign-in or session. */
export interface ChallengeReference {
  readonly accountId: string
  readonly purpose: 'add' | 'sign-in' | 'reauthenticate'
  /** The ticket or the session that asked. */
  readonly boundTo: string
  readonly hash: Uint8Array
}

export type NewChallenge = ChallengeReference & { readonly expiresAt: Seconds }

/** A secret as the vault sealed it. */
export interface SealedSecret {
  readonly keyId: string
  readonly sealedSecret: Uint8Array
}

/** Whose secret it is. */
export interface SecretReference {
  readonly accountId: string
  readonly authenticatorId: string
}

export interface RecoveryCodeRow {
  /** First characters of the code; finds the one row to compare. Unique within an account. */
  readonly lookup: string
  readonly hash: string
}

export interface NewTicket {
  readonly accountId: string
  readonly tokenHash: Uint8Array
  readonly passwordVersion: number
  /** The browser that asked for it; `devices.ts` says what that is. */
  readonly browser: string
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
}

/** A live ticket: unredeemed, in time, with tries left, of the present password, in its own browser. */
export interface TicketReference {
  readonly accountId: string
  readonly tokenHash: Uint8Array
  readonly browser: string
}

export interface Session {
  readonly id: string
  readonly accountId: string
  readonly aal: 1 | 2
  /** RFC 8176 names. */
  readonly amr: readonly string[]
  /** Time of the last full proof. */
  readonly authTime: Seconds
  readonly createdAt: Seconds
  readonly lastSeenAt: Seconds
  /** End of life, however much it is used. */
  readonly expiresAt: Seconds
  readonly source: string | null
  readonly userAgent: string | null
  /** What it has to show in the place of a second factor; it ends with that. */
  readonly trustedBrowserId: string | null
}

export type NewSession = Session & { readonly tokenHash: Uint8Array }

export interface EventFacts {
  readonly accountId: string
  readonly at: Seconds
  readonly kind: string
  readonly result: 'accepted' | 'refused'
  /** The factor that was used, by method or authenticator id. */
  readonly factor: string | null
  readonly source: string | null
}

export interface NewEvent extends EventFacts {
  /** What the person is told about it, put into the outbox in the same moment. */
  readonly message?: NewMessage
}

export interface Event extends EventFacts {
  /** 1, 2, 3 … within the account. */
  readonly sequence: number
}

/** An event with what ties it to the one before it; `event-chain.ts` says how. */
export interface ChainedEvent extends Event {
  readonly hash: Uint8Array
}

/** A way to reach a person. */
export type Channel = 'email' | 'sms'

export interface Contact {
  readonly channel: Channel
  readonly address: string
  /** When a code that was sent there came back; null while nobody has shown that it is theirs. */
  readonly confirmedAt: Seconds | null
}

/** Which code: whose, asked for by which ticket or session, on which way. */
export interface SentCodeReference {
  readonly accountId: string
  /** Hash of the token of the ticket or session that asked. */
  readonly bearer: Uint8Array
  readonly channel: Channel
}

export interface SentCode {
  /** Where it was sent. */
  readonly address: string
  /** Of the token and the code together, so that nobody finds the code who has only the database. */
  readonly codeHash: Uint8Array
  readonly expiresAt: Seconds
}

export type NewSentCode = SentCodeReference & SentCode & { readonly at: Seconds }

/** Messages of a lane reach an address in the order of their making; a code never waits for a notice. */
export type Lane = 'notice' | 'code'

/** Something to tell a person, to be sent by whichever server comes first. */
export interface NewMessage {
  /** The same for every try to send it. */
  readonly id: string
  readonly accountId: string
  readonly channel: Channel
  readonly lane: Lane
  /** Left out: the address that the account has in that moment; where it has none, nothing is sent. */
  readonly recipient?: string
  readonly kind: string
  /** What its words are made of. Nothing that opens anything. */
  readonly data: MessageData
  /** A code or token, sealed; only its recipient reads it. */
  readonly sealed?: SealedSecret
  readonly at: Seconds
  /** Worth nothing from then on, sent or not. */
  readonly expiresAt: Seconds
  /**
   * Once so many of one key were put into the outbox in a window, it is left out; which window applies is
   * settled by the address of that moment. To a confirmed one the first of its kind in a window always goes;
   * to another one no more than `mostOfKind` do. So noise of one kind hides no other.
   */
  readonly budget?: {
    readonly key: string
    /** Also where `recipient` is given. */
    readonly confirmed: MessageAllowance
    readonly unconfirmed: MessageAllowance & { readonly mostOfKind: number }
  }
}

export interface MessageAllowance {
  readonly windowSeconds: number
  readonly most: number
}

export type MessageData = Readonly<Record<string, string | number | null>>

/** A message that one server has taken for itself until `claimSeconds` are over. */
export interface ClaimedMessage extends Omit<NewMessage, 'recipient' | 'budget'> {
  readonly recipient: string
  readonly login: string | null
  /** Tries to send it, this one included. */
  readonly tries: number
}

export interface MessageReference {
  readonly accountId: string
  readonly id: string
}

/** The newest event of an account, kept apart from the events so that a cut end is seen. */
export interface EventHead {
  readonly accountId: string
  readonly sequence: number
  readonly hash: Uint8Array
}

/** The step of a right code and, where it says so, how far its clock is off from now on. */
export interface SpentStep {
  readonly step: number
  readonly driftSteps?: number
}

/** What a right code of an authenticator or of recovery uses up. */
export type CodeSpend =
  | ({ readonly kind: 'step'; readonly authenticatorId: string } & SpentStep)
  | { readonly kind: 'recovery'; readonly lookup: string }

/** A code that was sent to an address which is still the account's confirmed one. */
export type SentSpend = Omit<SentCodeReference, 'accountId'> & {
  readonly kind: 'sent'
  readonly codeHash: Uint8Array
}

export type Spend = CodeSpend | PasskeySpend | SentSpend

/** The challenge, and the count of signatures, which was `fromSignCount` when the answer was looked at. */
export interface PasskeySpend {
  readonly kind: 'passkey'
  readonly passkeyId: string
  readonly challenge: ChallengeReference
  readonly fromSignCount: number
  readonly signCount: number
}

/**
 * One sign-in to settle as a whole. Everything named must still be there to be used: the ticket live,
 * the proof unspent, the replaced session alive; otherwise nothing of it happens.
 */
export interface SessionGrant {
  readonly session: NewSession
  readonly event: NewEvent
  /** The password that this rests on; a change of it in the meantime voids the grant. */
  readonly passwordVersion: number
  /** Redeem this ticket. */
  readonly ticket?: TicketReference
  /** Use up this proof. */
  readonly spend?: Spend
  /** End this session in the same moment. */
  readonly replaces?: string
  /** End every other session of the account too. */
  readonly endOthers?: boolean
  /** Give back the try that was counted before the check. */
  readonly returnTry?: CountedTry
  /** Know this browser again from now on. */
  readonly device?: DeviceReference
  /** Use the trust that the session rests on: this token is replaced by the next one. */
  readonly restsOn?: TrustUse
  /** Trust this browser from now on. Only beside a session of aal 2 that spends a step. */
  readonly trusts?: { readonly browser: NewTrustedBrowser; readonly event: NewEvent }
}

/** A browser in which no code is asked, under the password and the factors of its making. */
export interface TrustedBrowser {
  readonly accountId: string
  readonly id: string
  readonly createdAt: Seconds
  readonly lastUsedAt: Seconds
  readonly expiresAt: Seconds
  readonly source: string | null
  readonly userAgent: string | null
}

export type NewTrustedBrowser = TrustedBrowser & { readonly tokenHash: Uint8Array }

export interface TrustUse {
  readonly id: string
  readonly tokenHash: Uint8Array
  readonly nextTokenHash: Uint8Array
}

/** A browser that a full sign-in was made with. It opens nothing; its wrong tries are counted apart. */
export interface DeviceReference {
  readonly id: string
  readonly tokenHash: Uint8Array
}

/** One counted try, by which it is found again when it is given back. */
export interface CountedTry {
  /** Of its pool. */
  readonly key: string
  readonly at: Seconds
  /** Eight characters that no other try of the same pool and second has; without a comma. */
  readonly mark: string
  /** What it was counted on besides its pool. */
  readonly ticket?: TokenReference
  readonly authenticatorsOf?: string
}

export type TryOutcome =
  | {
      readonly status: 'counted'
      /** The rules that close the pool from this try on, should it not be given back. */
      readonly closes: readonly RuleName[]
      /** With `authenticatorsOf`: each active authenticator's failures in a row, this try included. */
      readonly consecutiveFailures: ReadonlyMap<string, number>
    }
  | { readonly status: 'closed'; readonly opensAt: Seconds; readonly by: readonly RuleName[] }
  | { readonly status: 'ticket_over' }

/** Something counted in windows that open at their first count; it refuses nothing. */
export interface Rate {
  readonly key: string
  readonly windowSeconds: number
  /** The count that raises the alarm, once in each window. */
  readonly alarmAt: number
  readonly alarm?: NewEvent
  readonly message?: NewMessage
}

/** What is kept of a token: enough to find it again, too little to make it. */
export interface TokenReference {
  readonly accountId: string
  readonly tokenHash: Uint8Array
}

/** A token by which a new password may be set. */
export interface NewPasswordReset extends TokenReference {
  /** Of the moment: once it changes the token is worth nothing. */
  readonly passwordVersion: number
  readonly expiresAt: Seconds
}

export interface Store {
  /** Opens and migrates, once. @throws EngineError DATABASE_* */
  ready(): Promise<void>
  close(): Promise<void>
  /** Answers when the database does. */
  ping(): Promise<void>

  /** Ids of the keys this database was made with; empty for a new one. Looked up without a write. */
  keyIds(): Promise<string[]>
  /**
   * Records `sealing` as a key of this database.
   * @returns false, and nothing is recorded, when a key on record is not among `known`
   */
  adoptKeys(keys: { known: readonly string[]; sealing: string; now: Seconds }): Promise<boolean>
  /** How many secrets each key seals, whatever state their authenticators are in. */
  sealedByKey(): Promise<{ keyId: string; count: number }[]>
  /** Secrets sealed with any key but this one: at most `limit`, in a lasting order, those behind `after`. */
  sealedOtherwise(search: {
    keyId: string
    after?: SecretReference | undefined
    limit: number
  }): Promise<(SecretReference & SealedSecret)[]>
  /**
   * Puts another box of the same secret in place of `from`.
   * @returns true for exactly one caller; false when the row is gone or holds another box
   * @throws EngineError KEY_MISSING when keys are on record and the new one is not
   */
  resealAuthenticator(
    reseal: SecretReference & { from: SealedSecret; to: SealedSecret },
  ): Promise<boolean>
  /**
   * Takes a key off the record; from that moment on nothing sealed with it is taken in.
   * @returns false, and nothing is removed, when it still seals a secret or is the only one
   */
  retireKey(id: string): Promise<boolean>

  /** @returns false when the login is taken */
  createAccount(account: NewAccount, event: NewEvent): Promise<boolean>
  /** Makes an account without a login, for apps that keep their own users. No effect when it exists. */
  ensureAccount(id: string, now: Seconds): Promise<void>
  account(id: string): Promise<Account | undefined>
  accountByLogin(loginKey: string): Promise<Account | undefined>
  /** Puts another hash of the same password in place of `fromHash`. */
  rehashPassword(accountId: string, fromHash: string, toHash: string): Promise<boolean>
  /** Sets the hash when the version is still `fromVersion`, ends every session, grants the new one. */
  changePassword(change: {
    accountId: string
    fromVersion: number
    passwordHash: string
    grant: SessionGrant
  }): Promise<boolean>

  /** Puts the token in the place of the account's earlier one. The account need not exist. */
  beginPasswordReset(reset: NewPasswordReset, event: NewEvent): Promise<void>
  /** The account whose password that token may set: in time, and the password still that of its making. */
  passwordResetAccount(reference: TokenReference, now: Seconds): Promise<Account | undefined>
  /**
   * Uses the token up, sets the hash when the version is still `fromVersion`, and ends every session,
   * ticket and known browser of the account: all of it or nothing. Its mail address is unconfirmed from
   * then on: as the password came from there, a code that goes there proves nothing more.
   * @returns true for exactly one caller per token
   */
  resetPassword(
    reset: TokenReference & {
      now: Seconds
      fromVersion: number
      passwordHash: string
      event: NewEvent
    },
  ): Promise<boolean>

  /**
   * Pending ones past their time are removed.
   * @returns false when the account already holds `limit`, passkeys included
   * @throws EngineError KEY_MISSING when keys are on record and the one that sealed it is not
   */
  addAuthenticator(authenticator: NewAuthenticator, limit: number): Promise<boolean>
  /** Active ones, and pending ones that are in time. Oldest first. */
  authenticators(accountId: string, now: Seconds): Promise<Authenticator[]>
  /**
   * Pending → active, its step spent, the first recovery codes stored, every session of the account
   * ended and the new one granted: all of it or nothing.
   * @returns false when it is not pending any more, or out of time
   */
  activateAuthenticator(activation: {
    accountId: string
    authenticatorId: string
    step: number
    now: Seconds
    event: NewEvent
    /** Stored only where the account has none yet. */
    recoveryCodes: readonly RecoveryCodeRow[]
    grant?: SessionGrant
  }): Promise<{ readonly recoveryCodesStored: boolean } | false>
  /** An authenticator or a passkey. */
  renameAuthenticator(accountId: string, id: string, name: string): Promise<boolean>
  /**
   * Removes an authenticator or a passkey. With an active one the other sessions end, and with the last
   * one of both kinds the recovery codes go too; a pending one was no factor.
   * @throws EngineError ADMIN_LAST_FACTOR: an administrator keeps one
   */
  removeAuthenticator(removal: {
    accountId: string
    authenticatorId: string
    /** The session in which this was asked for: it stays, and where it has ended nothing happens. */
    keepSession?: string
    event: NewEvent
  }): Promise<boolean>
  /** Spends a step outside a sign-in. A right code ends the row of failures. @returns true for exactly one caller per step and newer */
  spendStep(use: StandaloneUse & { authenticatorId: string } & SpentStep): Promise<boolean>
  /**
   * Spends a step whose code came too late, and with it the older ones. Nothing of what a right code
   * brings: no use is dated, no try given back, and the row of failures goes on.
   * @returns true for exactly one caller per step and newer
   */
  spendLateStep(step: SecretReference & { step: number }): Promise<boolean>
  /**
   * Spends a step and the one before it, and remembers the drift. Ends the row of failures.
   * @returns false, and nothing is written, where either of them is spent
   */
  resynchronise(
    use: StandaloneUse & { authenticatorId: string } & Required<SpentStep>,
  ): Promise<boolean>

  /** Oldest first, those that look copied included. */
  passkeys(accountId: string): Promise<Passkey[]>
  /** Takes the place of the one before it of the same purpose and ticket or session. */
  putChallenge(challenge: NewChallenge): Promise<void>
  /** Is it still to be answered? Settles nothing: that is for the decision it is part of. */
  hasChallenge(challenge: ChallengeReference, now: Seconds): Promise<boolean>
  /**
   * The challenge used up, the passkey stored, the first recovery codes stored, every session of the
   * account ended and the new one granted: all of it or nothing.
   * @returns false when the challenge is gone, the account has that passkey, or already holds `limit`
   */
  addPasskey(addition: {
    passkey: NewPasskey
    limit: number
    challenge: ChallengeReference
    event: NewEvent
    /** Stored only where the account has none yet. */
    recoveryCodes: readonly RecoveryCodeRow[]
    grant: SessionGrant
  }): Promise<{ readonly recoveryCodesStored: boolean } | false>
  /**
   * Uses the challenge up and switches the passkey off, which answered it with a count that it had left
   * behind before it was asked. An older question proves no copy: two answers may have overtaken one
   * another. @returns true for the first of them only; false, with nothing written, where there is no proof
   */
  suspectCopy(suspicion: {
    accountId: string
    passkeyId: string
    challenge: ChallengeReference
    /** How long a challenge lives. */
    challengeSeconds: number
    now: Seconds
    event: NewEvent
  }): Promise<boolean>

  /**
   * Voids the old set and stores this one.
   * @param session the one in which this was asked for
   * @returns false without a second factor, or when that session has ended
   */
  replaceRecoveryCodes(
    accountId: string,
    codes: readonly RecoveryCodeRow[],
    event: NewEvent,
    session?: string,
  ): Promise<boolean>
  /** The hash of an unused code that starts so. */
  recoveryCodeHash(accountId: string, lookup: string): Promise<string | undefined>
  recoveryCodesLeft(accountId: string): Promise<number>
  /** @returns true for exactly one caller, ever */
  useRecoveryCode(use: StandaloneUse & { lookup: string }): Promise<boolean>

  /** Makes a ticket and gives the password's counted try back. */
  createTicket(ticket: NewTicket, event: NewEvent, returnTry?: CountedTry): Promise<void>
  /** The account of a live ticket, with what is needed to check a code. */
  ticketAccount(ticket: TicketReference, now: Seconds): Promise<Account | undefined>
  /**
   * Counts one try in the pool and, where given, on the ticket and on each active authenticator of the
   * account. To be called before the check. Where the pool is closed or the ticket over, nothing of that
   * is counted; a closed pool costs a write all the same, so that the time it takes tells nothing.
   */
  countTry(attempt: {
    pool: Pool
    now: Seconds
    mark: string
    ticket?: TicketReference & { tries: number }
    authenticatorsOf?: string
  }): Promise<TryOutcome>
  /** Hands one counted try back wherever it was counted, after a right answer or none. */
  returnTry(counted: CountedTry): Promise<void>
  /**
   * Writes a wrong try down: its events, one more for each rate with what this raises, and
   * that the account's password seems to be known to somebody else.
   */
  recordFailure(failure: {
    now: Seconds
    events: readonly NewEvent[]
    rates: readonly Rate[]
    suspectPasswordOf?: string
  }): Promise<void>
  /** Removes what is worth nothing any more: used-up time of pools, rates, tickets, sessions, pending rows. */
  sweep(now: Seconds): Promise<void>

  /** The id of a browser that the account knows, since its present password. */
  device(reference: TokenReference): Promise<string | undefined>
  /** Knows that browser no more. No effect when it is not known. */
  forgetDevice(accountId: string, id: string): Promise<void>

  /**
   * Is this the token of a trusted browser? `older`: it was once, and the trust goes on under a later one.
   * A trust is over with its time, with another password, with every factor that comes or goes and with a
   * new set of recovery codes.
   */
  trustedToken(
    reference: TokenReference & { id: string; now: Seconds },
  ): Promise<'present' | 'older' | undefined>
  /** The one used last comes first. */
  trustedBrowsers(accountId: string, now: Seconds): Promise<TrustedBrowser[]>
  /** Ends the trust and the sessions that rest on it. */
  forgetTrustedBrowser(accountId: string, id: string, event: NewEvent): Promise<boolean>

  /**
   * The one write that makes a session. A session of aal 1 is refused while the account has a second
   * factor, unless it rests on a trusted browser whose token this uses up.
   * @returns true for exactly one caller per ticket, proof, replaced session and trusted browser's token
   */
  grantSession(grant: SessionGrant): Promise<boolean>
  /** A live session by its token; marks it as seen. */
  session(reference: {
    accountId: string
    tokenHash: Uint8Array
    now: Seconds
    idleSeconds: number
  }): Promise<{ session: Session; account: Account } | undefined>
  sessions(accountId: string, now: Seconds, idleSeconds: number): Promise<Session[]>
  endSession(accountId: string, sessionId: string, event: NewEvent): Promise<boolean>

  /** The addresses of an account, at most one for each channel. */
  contacts(accountId: string): Promise<Contact[]>
  /**
   * Puts `to` in the place of the address `from`; neither may be missing without the other being there.
   * @returns true for exactly one caller; false when the address is not `from` or the code is not good for `to`
   */
  changeContact(change: {
    accountId: string
    channel: Channel
    /** The present address; null where there must be none yet. */
    from: string | null
    /** The new one; null to have none any more. */
    to: Omit<Contact, 'channel'> | null
    /** Use up this code, which was sent to the new address. */
    spend?: SentSpend
    /** End every session but this one, in which this was asked for; where it has ended nothing happens. */
    keepSession?: string
    now: Seconds
    event: NewEvent
    /** What is told besides the event's own message. */
    messages: readonly NewMessage[]
  }): Promise<boolean>

  /**
   * Puts a code in the place of the one before it of the same bearer and channel, its message into the
   * outbox, and lets the ticket live until the code is over.
   * @returns false when `most` were sent already before the last one was over, or the ticket is not live
   */
  sendCode(sending: {
    code: NewSentCode
    most: number
    ticket?: TicketReference & { readonly mostSeconds: number }
    event: NewEvent
    message: NewMessage
  }): Promise<boolean>
  /** The newest one, while it is in time. */
  sentCode(reference: SentCodeReference, now: Seconds): Promise<SentCode | undefined>

  /** Puts a message into the outbox that belongs to no other decision. */
  queueMessage(message: NewMessage): Promise<void>
  /**
   * Takes messages that are due, each the oldest of its account, address and lane, for one caller alone:
   * nobody else gets them before `claimSeconds` are over. What has expired is removed.
   */
  claimMessages(claim: {
    now: Seconds
    claimSeconds: number
    limit: number
  }): Promise<ClaimedMessage[]>
  /** It has been sent, or never will be. */
  removeMessage(reference: MessageReference): Promise<void>
  /** It has not been sent; others of its lane wait for it. */
  retryMessage(reference: MessageReference, at: Seconds): Promise<void>
  /** How many wait, and since when the oldest does. */
  messagesWaiting(): Promise<{ count: number; oldestAt: Seconds | null }>

  /** All that match, by id. */
  accountSummaries(search: AccountSearch): Promise<AccountSummary[]>
  /**
   * Takes away one authenticator or passkey, or every factor there is. Where no active one is left the account must
   * enrol anew until `enrolUntil`, and is no administrator any more. Sessions and tickets end, unless all
   * that went was an authenticator still pending.
   * @returns false when the authenticator is not there; or, where all were meant, when there was no
   *   active one and no earlier reset whose time is over
   * @throws EngineError ADMIN_REQUIRED, SESSION_REQUIRED: who does it is no administrator any more, or not
   *   in that session
   */
  takeFactorsAway(taking: {
    accountId: string
    authenticatorId?: string
    now: Seconds
    enrolUntil: Seconds
    events: readonly NewEvent[]
    by?: ActingAdmin
  }): Promise<boolean>
  /**
   * Ends one session of the account, or all, and voids the invitations that it has made.
   * @returns false when there was none of it
   * @throws EngineError as `takeFactorsAway`
   */
  endSessions(ending: {
    accountId: string
    sessionId?: string
    events: readonly NewEvent[]
    by?: ActingAdmin
  }): Promise<boolean>
  /**
   * Puts this invitation in place of the inviter's last one. It ends with whatever ends the inviter's other
   * sessions.
   * @returns false when the inviter is no administrator, or not in that session any more; or, for the operator, when there is one already
   */
  inviteAdmin(
    invitation: AdminInvitation & { expiresAt: Seconds; event: NewEvent; sessionId?: string },
  ): Promise<boolean>
  /**
   * Uses up an invitation that is in time and makes the account an administrator. The inviter must still be
   * one; the operator's invitation is worth nothing once there is one.
   * @returns true for exactly one caller per invitation
   */
  claimAdmin(
    claim: AdminInvitation & {
      accountId: string
      now: Seconds
      events: readonly NewEvent[]
      returnTry: CountedTry
      /** The claimer's: nothing is claimed once it has ended. */
      sessionId?: string
    },
  ): Promise<boolean>
  /** With it end the invitations that it has made. @returns false when it is no administrator */
  revokeAdmin(accountId: string, event: NewEvent): Promise<boolean>

  /** Every event, also those of the decisions above, is added to its account's chain and moves its head. */
  appendEvent(event: NewEvent): Promise<void>
  /** Newest first. */
  events(accountId: string, limit: number): Promise<Event[]>
  /** Of all accounts, by time, newest first. May read the whole log. */
  newestEvents(limit: number): Promise<Event[]>
  /** Accounts with events or a head, each once, in an order of the store's own, those after `after`. */
  eventAccounts(after: string | undefined, limit: number): Promise<string[]>
  eventHead(accountId: string): Promise<EventHead | undefined>
  /** Oldest first, whatever they say: those numbered above `after`, or all. */
  eventChain(accountId: string, after: number | undefined, limit: number): Promise<ChainedEvent[]>
}

export interface AccountSearch {
  readonly id?: string
  /** Beginning of the compared login. */
  readonly loginPrefix?: string
  readonly atRisk?: boolean
  readonly admins?: boolean
  /** Id of the last one of the page before. */
  readonly after?: string
  readonly limit: number
  /** Failures in a row that disable an authenticator. */
  readonly disabledAt: number
}

interface StandaloneUse {
  accountId: string
  now: Seconds
  event: NewEvent
  /** The counted try that a success gives back. */
  returnTry?: CountedTry
}
