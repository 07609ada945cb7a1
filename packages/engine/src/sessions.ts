/**
 * Sessions, and `establishSession`: the one gate that every way in crosses (R39).
 *
 * Promises: no session without its gate; an account with a second factor gets none below aal 2, but for
 * one that rests on a trusted browser and says so (R49), which the store checks once more in the write
 * itself; each step up makes a new token and ends the old (R32).
 * Leaves to the callers: what was proven, and the decision that is settled together with the session.
 */
import { EngineError } from './errors.ts'
import { knownDevice, newDevice } from './devices.ts'
import { newEvent } from './events.ts'
import type { EventKind } from './events.ts'
import type { Client, Ports } from './ports.ts'
import type { Account, Session, SessionGrant } from './store.ts'
import { newId, newToken, readToken } from './tokens.ts'

/** What stands behind a session: how sure, by which means (RFC 8176), since when (Unix seconds). */
export interface Proven {
  readonly aal: 1 | 2
  readonly amr: readonly string[]
  readonly authTime: number
}

export function provenByPassword(ports: Ports): Proven {
  return { aal: 1, amr: ['pwd'], authTime: ports.clock.nowSeconds() }
}

/** The second factor in RFC 8176's words: a code, or a key that lies in hardware or in software. */
export type Means = 'otp' | 'sms' | 'hwk' | 'swk'

export function provenByBoth(ports: Ports, means: Means): Proven {
  return { aal: 2, amr: ['pwd', means, 'mfa'], authTime: ports.clock.nowSeconds() }
}

/** Whoever reads the mailbox has come back; that is no possession of anything (63B §3.1.3.1), so no `mfa`. */
export function provenByMail(ports: Ports): Proven {
  return { aal: 2, amr: ['pwd', 'otp'], authTime: ports.clock.nowSeconds() }
}

/**
 * A new factor shows itself only. The first one makes the password's session one of both; a further one leaves
 * it what it was, or a code by mail would become a second factor by adding one. The password's proof is the
 * older one, and it is that which must stay fresh.
 */
export function provenByEnrolling(
  ports: Ports,
  { account, session }: Pick<Resumed, 'account' | 'session'>,
  means: Means,
): Proven {
  const { aal, amr, authTime } = session
  return account.hasSecondFactor
    ? { aal, amr, authTime }
    : { ...provenByBoth(ports, means), authTime }
}

/** A session as its person may see it. Times are Unix seconds. */
export interface SessionView {
  readonly id: string
  readonly account: { readonly id: string; readonly login: string }
  readonly aal: 1 | 2
  readonly amr: readonly string[]
  readonly authTime: number
  readonly expiresAt: number
  /** Is a code asked for, besides the password? */
  readonly hasSecondFactor: boolean
  readonly admin: boolean
  /** Nothing but enrolling is allowed yet. */
  readonly enrolmentRequired: boolean
  /** Nothing but a new password is allowed yet: somebody else seems to know this one. */
  readonly passwordChangeRequired: boolean
  /** No code was asked for it, because its browser is trusted. Changes ask for one. */
  readonly trustedBrowser: boolean
}

/** A new session, and the only sight of its token. */
export interface SignedIn {
  readonly token: string
  /** Token by which this browser is known from now on, where it was not before. */
  readonly device?: string
  /** Token of a trusted browser, in place of the one it came with. Each is used once. */
  readonly trust?: string
  readonly session: SessionView
}

export interface Entry {
  readonly account: Account
  readonly proven: Proven
  readonly kind: EventKind
  readonly factor: string
  readonly client: Client
  /** The password is a new one: no browser is known under it yet. */
  readonly newPassword?: boolean
  /** What is settled in the same moment: ticket redeemed, proof spent, older session replaced. */
  readonly with?: Pick<
    SessionGrant,
    'ticket' | 'spend' | 'replaces' | 'endOthers' | 'returnTry' | 'restsOn' | 'trusts'
  >
}

/**
 * The one gate. Makes a token, and gives it out only after `settle` has won the decision.
 * @returns undefined when the decision was lost or the proof does not reach; nothing was written then
 */
export async function establishSession(
  ports: Ports,
  entry: Entry,
  settle: (grant: SessionGrant) => Promise<boolean> = (grant) => ports.store.grantSession(grant),
): Promise<SignedIn | undefined> {
  const { account, proven, client } = entry
  const { restsOn } = entry.with ?? {}
  if (account.hasSecondFactor && proven.aal < 2 && restsOn === undefined) return undefined
  const now = ports.clock.nowSeconds()
  const { token, tokenHash } = newToken(ports.random, account.id)
  const session: Session = {
    id: newId(ports.random),
    accountId: account.id,
    ...proven,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + ports.limits.sessionAbsoluteSeconds,
    source: client.source ?? null,
    userAgent: client.userAgent?.slice(0, 256) ?? null,
    trustedBrowserId: restsOn?.id ?? null,
  }
  const device = await deviceToMake(ports, entry)
  const event = newEvent(ports, {
    accountId: account.id,
    kind: entry.kind,
    factor: entry.factor,
    client,
    // Whoever comes with a ticket signs in; enrolling makes a browser known as well.
    newBrowser: device !== undefined && entry.with?.ticket !== undefined,
  })
  const settled = await settle({
    session: { ...session, tokenHash },
    event,
    passwordVersion: account.passwordVersion,
    ...(device && { device }),
    ...entry.with,
  })
  if (!settled) return undefined
  return { token, session: view(ports, session, account), ...(device && { device: device.token }) }
}

/**
 * Ends the session that a browser held until now: who signs in anew leaves no older token alive (R32).
 * A token of none is no failure.
 */
export async function endPresent(ports: Ports, token: unknown, client: Client): Promise<void> {
  const reference = readToken(token)
  if (reference === undefined) return
  const now = ports.clock.nowSeconds()
  const idleSeconds = ports.limits.sessionIdleSeconds
  const found = await ports.store.session({ ...reference, now, idleSeconds })
  if (found === undefined) return
  const { accountId, id } = found.session
  const event = newEvent(ports, { accountId, kind: 'session.ended', client })
  await ports.store.endSession(accountId, id, event)
}

/** A browser becomes known by a full sign-in, never by the password alone. */
async function deviceToMake(ports: Ports, { account, proven, client, newPassword }: Entry) {
  if (proven.aal < 2) return undefined
  const known = newPassword !== true && (await knownDevice(ports, account.id, client)) !== undefined
  return known ? undefined : newDevice(ports, account.id)
}

/** A live session with its account. */
export interface Resumed {
  readonly session: Session
  readonly account: Account
  readonly view: SessionView
}

/**
 * The session of a token.
 * @throws EngineError SESSION_REQUIRED: none, over, idle, or below what the account asks for
 */
export async function resumeSession(ports: Ports, token: unknown): Promise<Resumed> {
  const reference = readToken(token)
  if (reference === undefined) throw new EngineError('SESSION_REQUIRED')
  const now = ports.clock.nowSeconds()
  const idleSeconds = ports.limits.sessionIdleSeconds
  const found = await ports.store.session({ ...reference, now, idleSeconds })
  if (found === undefined) throw new EngineError('SESSION_REQUIRED')
  const { session, account } = found
  // That the trust itself still stands the store has seen.
  const trusted = session.trustedBrowserId !== null && ports.trustedBrowserDays > 0
  if (account.hasSecondFactor && session.aal < 2 && !trusted) {
    throw new EngineError('SESSION_REQUIRED')
  }
  return { session, account, view: view(ports, session, account) }
}

function view(ports: Ports, session: Session, account: Account): SessionView {
  return {
    id: session.id,
    account: { id: account.id, login: account.login ?? '' },
    aal: session.aal,
    amr: session.amr,
    authTime: session.authTime,
    expiresAt: session.expiresAt,
    hasSecondFactor: account.hasSecondFactor,
    admin: account.adminSince !== null,
    // A reset never turns two factors into one, whatever the policy.
    enrolmentRequired:
      (ports.secondFactor === 'always' || account.enrolUntil !== null) && !account.hasSecondFactor,
    // At the next sign-in: who is at work is not interrupted.
    passwordChangeRequired: session.createdAt >= (account.passwordSuspectSince ?? Infinity),
    trustedBrowser: session.trustedBrowserId !== null,
  }
}
