/**
 * What an administrator or the operator may do with somebody's account, once it is settled that they may.
 *
 * Promises: no answer holds a secret, a hash or a code, and nothing here sets a password or opens a session
 * (R46); each change is recorded with the person's events and, for an administrator, with their own, in the
 * transaction of the change itself. Leaves to `admin.ts` and `operator.ts`: who may.
 */
import { loginKey } from './accounts.ts'
import * as authenticators from './authenticators.ts'
import type { AuthenticatorView } from './authenticators.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import type { EventKind } from './events.ts'
import type { Client, Ports } from './ports.ts'
import { OPERATOR } from './store.ts'
import type {
  AccountSearch,
  AccountSummary,
  ActingAdmin,
  Event,
  NewEvent,
  Session,
} from './store.ts'
import { newToken } from './tokens.ts'
import { NOBODY } from './tries.ts'

/** No vault and no passwords: helping people takes no secret. */
export type AdminPorts = Pick<Ports, 'store' | 'clock' | 'random' | 'limits' | 'notify'>

/** Who does it. */
export interface Actor {
  /** Account id of an administrator, or `OPERATOR`. */
  readonly id: string
  readonly client: Client
  /** The administrator's session; the operator has none. */
  readonly sessionId?: string
}

const INVITATION_SECONDS = 3_600
const EVENTS_IN_LIST = 100
const MOST_LISTED = 100

/** Everything about an account that may be told. */
export interface AccountDetails {
  readonly account: AccountSummary
  /** It was reset, and the time for enrolling anew is over. */
  readonly resetIsOver: boolean
  readonly authenticators: readonly AuthenticatorView[]
  readonly sessions: readonly Session[]
  /** The newest hundred, newest first. */
  readonly events: readonly Event[]
}

export type Claim =
  | { readonly status: 'claimed' }
  | {
      readonly status: 'refused'
      readonly code: 'INVITATION_REFUSED' | 'TOO_MANY_ATTEMPTS'
      readonly retryAfterSeconds?: number
    }

/** By id; `after` is the last id of the page before. At most a hundred. */
export function list(
  { store, limits }: AdminPorts,
  wanted: Pick<AccountSearch, 'atRisk' | 'admins' | 'after'> & { limit?: number | undefined },
): Promise<AccountSummary[]> {
  const { limit = MOST_LISTED, ...rest } = wanted
  const disabledAt = limits.consecutiveFailures
  return store.accountSummaries({ ...rest, disabledAt, limit: Math.min(limit, MOST_LISTED) })
}

/** Whose login it is, first; then those whose login begins so, or whose id it is. */
export async function search(
  { store, limits }: AdminPorts,
  { login, limit = MOST_LISTED }: { login: string; limit?: number | undefined },
): Promise<AccountSummary[]> {
  const typed = login.trim()
  const key = loginKey(login)
  if (key === '') return []
  const most = { limit: Math.min(limit, MOST_LISTED), disabledAt: limits.consecutiveFailures }
  const exact = await store.accountByLogin(key)
  const lists = await Promise.all([
    exact === undefined ? [] : store.accountSummaries({ ...most, id: exact.id }),
    store.accountSummaries({ ...most, id: typed }),
    store.accountSummaries({ ...most, loginPrefix: key }),
  ])
  const found = new Map(lists.flat().map((one) => [one.id, one]))
  return [...found.values()].slice(0, most.limit)
}

/** @throws EngineError ACCOUNT_UNKNOWN */
export async function show(ports: AdminPorts, accountId: string): Promise<AccountDetails> {
  const { store, clock, limits } = ports
  const disabledAt = limits.consecutiveFailures
  const [account] = await store.accountSummaries({ id: accountId, limit: 1, disabledAt })
  if (account === undefined) throw new EngineError('ACCOUNT_UNKNOWN')
  const [shown, sessions, events] = await Promise.all([
    authenticators.list(ports, { accountId }),
    store.sessions(accountId, clock.nowSeconds(), limits.sessionIdleSeconds),
    store.events(accountId, EVENTS_IN_LIST),
  ])
  const resetIsOver = (account.enrolUntil ?? Infinity) <= clock.nowSeconds()
  return { account, resetIsOver, authenticators: shown, sessions, events }
}

/**
 * Removes one authenticator; with the last one it is a reset.
 * @throws EngineError ACCOUNT_UNKNOWN, AUTHENTICATOR_UNKNOWN
 */
export async function removeAuthenticator(
  ports: AdminPorts,
  actor: Actor,
  { accountId, authenticatorId }: { accountId: string; authenticatorId: string },
): Promise<void> {
  await mustExist(ports, accountId)
  const all = await authenticators.list(ports, { accountId })
  const about = all.find(({ id }) => id === authenticatorId)?.name
  const what = { accountId, kind: 'authenticator-removed', of: authenticatorId, about } as const
  const taken = await ports.store.takeFactorsAway({
    accountId,
    authenticatorId,
    ...enrolmentTimes(ports),
    ...actingOf(actor),
    events: eventsOf(ports, actor, what),
  })
  if (!taken) throw new EngineError('AUTHENTICATOR_UNKNOWN')
}

/**
 * Removes every factor and ends every session and sign-in under way. Whoever signs in with the password
 * within the time for it must enrol before anything else; an administrator is none any more.
 * @throws EngineError ACCOUNT_UNKNOWN, RESET_NEEDLESS
 */
export async function resetSecondFactor(
  ports: AdminPorts,
  actor: Actor,
  { accountId }: { accountId: string },
): Promise<void> {
  await mustExist(ports, accountId)
  const taken = await ports.store.takeFactorsAway({
    accountId,
    ...enrolmentTimes(ports),
    ...actingOf(actor),
    events: eventsOf(ports, actor, { accountId, kind: 'second-factor-reset' }),
  })
  if (!taken) throw new EngineError('RESET_NEEDLESS')
}

/** @throws EngineError ACCOUNT_UNKNOWN, SESSION_UNKNOWN */
export async function endSession(
  ports: AdminPorts,
  actor: Actor,
  { accountId, sessionId }: { accountId: string; sessionId: string },
): Promise<void> {
  await mustExist(ports, accountId)
  const events = eventsOf(ports, actor, { accountId, kind: 'session-ended' })
  const ended = await ports.store.endSessions({ accountId, sessionId, events, ...actingOf(actor) })
  if (!ended) throw new EngineError('SESSION_UNKNOWN')
}

/** No failure where there is none. @throws EngineError ACCOUNT_UNKNOWN */
export async function endSessions(
  ports: AdminPorts,
  actor: Actor,
  { accountId }: { accountId: string },
): Promise<void> {
  await mustExist(ports, accountId)
  const events = eventsOf(ports, actor, { accountId, kind: 'sessions-ended' })
  await ports.store.endSessions({ accountId, events, ...actingOf(actor) })
}

/**
 * A token that makes an administrator of the first who claims it, within an hour. An earlier one of the
 * same inviter is void.
 * @throws EngineError ADMIN_EXISTS: an operator invites the first one only; ADMIN_REQUIRED
 */
export async function invite(
  ports: AdminPorts,
  { id, client, sessionId }: Actor,
): Promise<{ readonly invitation: string; readonly expiresAt: number }> {
  const made = newToken(ports.random, id)
  const expiresAt = ports.clock.nowSeconds() + INVITATION_SECONDS
  const byOperator = id === OPERATOR
  const event = newEvent(ports, {
    accountId: byOperator ? NOBODY : id,
    kind: 'admin.invited',
    client,
    ...(byOperator && { factor: OPERATOR }),
  })
  const invitation = { inviter: id, tokenHash: made.tokenHash, expiresAt, event }
  const within = sessionId === undefined ? {} : { sessionId }
  if (!(await ports.store.inviteAdmin({ ...invitation, ...within }))) {
    throw new EngineError(byOperator ? 'ADMIN_EXISTS' : 'ADMIN_REQUIRED')
  }
  return { invitation: made.token, expiresAt }
}

async function mustExist({ store }: AdminPorts, accountId: string): Promise<void> {
  if ((await store.account(accountId)) === undefined) throw new EngineError('ACCOUNT_UNKNOWN')
}

function actingOf({ id, sessionId }: Actor): { by?: ActingAdmin } {
  return sessionId === undefined ? {} : { by: { accountId: id, sessionId } }
}

function enrolmentTimes({ clock, limits }: AdminPorts) {
  const now = clock.nowSeconds()
  return { now, enrolUntil: now + limits.enrolAfterResetSeconds }
}

type AdminKind = Extract<EventKind, `admin.${string}`> extends `admin.${infer Kind}` ? Kind : never

/**
 * The person's event names who did it, and not from where; the administrator's own one names what, to whom
 * and from where.
 */
function eventsOf(
  ports: AdminPorts,
  { id, client }: Actor,
  done: { accountId: string; kind: AdminKind; of?: string; about?: string | undefined },
): NewEvent[] {
  const { accountId, kind, of, about } = done
  const factor = of === undefined ? id : `${id}/${of}`
  const told = { accountId, kind: `admin.${kind}`, factor, about, client: {} } as const
  const theirs = newEvent(ports, told)
  if (id === OPERATOR) return [theirs]
  const own = {
    accountId: id,
    kind: 'admin.acted',
    factor: `${kind}/${accountId}`,
    client,
  } as const
  return [theirs, newEvent(ports, own)]
}
