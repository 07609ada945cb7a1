/**
 * What an administrator may do, by the token of their session. API and pages are two faces of this file.
 *
 * Promises: every operation asks for an administrator who has a second factor and signed in with it, and
 * what takes something away for a fresh proof of it (R46); none touches the administrator's own account.
 * Leaves to `admin-actions.ts`: what is done.
 */
import * as actions from './admin-actions.ts'
import type { AccountDetails, Actor, Claim } from './admin-actions.ts'
import { authorize, mustBeFresh, mustHaveShownFactor } from './authorize.ts'
import type { Bearer } from './authorize.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { claimPool } from './pools.ts'
import type { Client, Ports } from './ports.ts'
import type { Resumed } from './sessions.ts'
import { OPERATOR } from './store.ts'
import type { AccountSummary, Event, NewEvent } from './store.ts'
import { readToken } from './tokens.ts'
import { countTry, recordFailure, waitUntil } from './tries.ts'

/** By id, at most a hundred; `after` is the last id of the page before. */
export async function list(
  ports: Ports,
  input: Bearer & { atRisk?: boolean; after?: string | undefined },
): Promise<AccountSummary[]> {
  await authorizeAdmin(ports, input)
  const { atRisk = false, after } = input
  return actions.list(ports, { atRisk, ...(after !== undefined && { after }) })
}

/** By login, its beginning, or id. */
export async function search(
  ports: Ports,
  input: Bearer & { login: string },
): Promise<AccountSummary[]> {
  await authorizeAdmin(ports, input)
  return actions.search(ports, { login: input.login })
}

export async function show(
  ports: Ports,
  input: Bearer & { accountId: string },
): Promise<AccountDetails> {
  await authorizeAdmin(ports, input)
  return actions.show(ports, input.accountId)
}

export async function events(
  ports: Ports,
  input: Bearer & { accountId: string },
): Promise<readonly Event[]> {
  return (await show(ports, input)).events
}

export async function removeAuthenticator(
  ports: Ports,
  input: Bearer & { accountId: string; authenticatorId: string },
): Promise<void> {
  const actor = await actorOn(ports, input, { fresh: true })
  await actions.removeAuthenticator(ports, actor, input)
}

export async function resetSecondFactor(
  ports: Ports,
  input: Bearer & { accountId: string },
): Promise<void> {
  const actor = await actorOn(ports, input, { fresh: true })
  await actions.resetSecondFactor(ports, actor, input)
}

export async function endSession(
  ports: Ports,
  input: Bearer & { accountId: string; sessionId: string },
): Promise<void> {
  await actions.endSession(ports, await actorOn(ports, input), input)
}

export async function endSessions(
  ports: Ports,
  input: Bearer & { accountId: string },
): Promise<void> {
  await actions.endSessions(ports, await actorOn(ports, input), input)
}

/** The only sight of the token. */
export async function invite(
  ports: Ports,
  input: Bearer,
): Promise<{ readonly invitation: string; readonly expiresAt: number }> {
  const { account, session } = await authorizeAdmin(ports, input, { fresh: true })
  const actor = { id: account.id, client: input.client, sessionId: session.id }
  return actions.invite(ports, actor)
}

/**
 * Makes an administrator of whoever has an invitation, and a fresh session with a second factor.
 * @throws as `authorize`; EngineError ENROLMENT_REQUIRED without a second factor, whatever the policy
 */
export async function claim(
  ports: Ports,
  input: Bearer & { invitation?: unknown },
): Promise<Claim> {
  const { client } = input
  const resumed = await authorize(ports, input)
  if (!resumed.account.hasSecondFactor) throw new EngineError('ENROLMENT_REQUIRED')
  mustHaveShownFactor(resumed.session)
  mustBeFresh(ports, resumed)
  const accountId = resumed.account.id
  const tried = await countTry(ports, claimPool(accountId))
  const wrong = { accountId, kind: 'admin.claimed', client } as const
  if (tried.status !== 'counted') {
    await recordFailure(ports, { ...wrong, counted: undefined })
    const retryAfterSeconds = tried.status === 'closed' ? waitUntil(ports, tried.opensAt) : 1
    return { status: 'refused', code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds }
  }
  const { invitation: typed } = input
  const invitation = readToken(typeof typed === 'string' ? typed.trim() : undefined)
  const claimed =
    invitation !== undefined &&
    (await ports.store.claimAdmin({
      inviter: invitation.accountId,
      tokenHash: invitation.tokenHash,
      accountId,
      now: ports.clock.nowSeconds(),
      sessionId: resumed.session.id,
      events: claimEvents(ports, invitation.accountId, resumed, client),
      returnTry: tried.try,
    }))
  if (claimed) return { status: 'claimed' }
  await recordFailure(ports, { ...wrong, counted: tried })
  return { status: 'refused', code: 'INVITATION_REFUSED' }
}

/** Of the new administrator, and of the one who invited them, who shall know of it. */
function claimEvents(
  ports: Ports,
  inviter: string,
  { account: { id } }: Resumed,
  client: Client,
): NewEvent[] {
  const claimed = { accountId: id, kind: 'admin.claimed', factor: inviter, client } as const
  if (inviter === OPERATOR) return [newEvent(ports, claimed)]
  const kind = 'admin.invitation-used'
  const used = { accountId: inviter, kind, factor: id, client: {} } as const
  return [newEvent(ports, claimed), newEvent(ports, used)]
}

/** @throws as `authorize`; EngineError ADMIN_REQUIRED, REAUTHENTICATION_REQUIRED */
async function authorizeAdmin(
  ports: Ports,
  input: Bearer,
  need: { fresh?: boolean } = {},
): Promise<Resumed> {
  const resumed = await authorize(ports, input)
  const { account, session } = resumed
  // A session keeps its level when the last factor is removed, so the account is asked as well.
  if (account.adminSince === null || !account.hasSecondFactor) {
    throw new EngineError('ADMIN_REQUIRED')
  }
  mustHaveShownFactor(session)
  if (need.fresh === true) mustBeFresh(ports, resumed)
  return resumed
}

/** @throws as `authorizeAdmin`; EngineError ADMIN_SELF */
async function actorOn(
  ports: Ports,
  input: Bearer & { accountId: string },
  need: { fresh?: boolean } = {},
): Promise<Actor> {
  const { account, session } = await authorizeAdmin(ports, input, need)
  if (account.id === input.accountId) throw new EngineError('ADMIN_SELF')
  return { id: account.id, client: input.client, sessionId: session.id }
}
