/**
 * What a signed-in person may do with their own account. API and pages are two faces of this file.
 *
 * Promises: every operation starts with `authorize`; only the session's own account is ever touched.
 */
import * as authenticators from './authenticators.ts'
import type { AuthenticatorView, Confirmation, Enrolment } from './authenticators.ts'
import { ALWAYS, authorize, whileHeld } from './authorize.ts'
import type { Bearer } from './authorize.ts'
import type { EnrolmentRequest } from './enrolment-choices.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { acceptableNewPassword } from './passwords.ts'
import { reauthenticationPool } from './pools.ts'
import type { Ports } from './ports.ts'
import * as recovery from './recovery.ts'
import { provePasskey } from './passkeys.ts'
import { establishSession, provenByBoth, provenByEnrolling, provenByPassword } from './sessions.ts'
import type { SessionView, SignedIn } from './sessions.ts'
import type { Event, Session } from './store.ts'
import { checked, countTry, recordFailure, waitUntil } from './tries.ts'
import { isCodeShaped, proveSecondFactor, refuseCode } from './verify.ts'
import type { Method, Refusal } from './verify.ts'

const EVENTS_IN_LIST = 100

export async function session(ports: Ports, input: Bearer): Promise<SessionView> {
  return (await authorize(ports, input, ALWAYS)).view
}

/** As `session`, for what asks for a second factor where one is required. */
export async function enrolledSession(ports: Ports, input: Bearer): Promise<SessionView> {
  return (await authorize(ports, input, { beforeNewPassword: true })).view
}

/** As that, of the last five minutes: for a page that begins a change, so that it is asked for beforehand. */
export async function freshSession(ports: Ports, input: Bearer): Promise<SessionView> {
  return (await authorize(ports, input, { fresh: true })).view
}

export async function logout(ports: Ports, input: Bearer): Promise<void> {
  const { session: own } = await authorize(ports, input, ALWAYS)
  const { accountId } = own
  const event = newEvent(ports, { accountId, kind: 'session.ended', client: input.client })
  await ports.store.endSession(accountId, own.id, event)
}

export type Reauthentication =
  | ({ readonly status: 'signed_in'; readonly recoveryCodesLeft?: number } & SignedIn)
  | (Omit<Refusal, 'ok' | 'code'> & {
      readonly status: 'refused'
      readonly code: Refusal['code'] | 'CODE_REQUIRED' | 'LOGIN_REFUSED'
    })

/** Everything that signing in asks, once more; a new token in place of the old one. */
export async function reauthenticate(
  ports: Ports,
  input: Bearer & {
    password: string
    method?: Method | 'passkey' | undefined
    code?: unknown
    /** With the method `passkey`: what the browser answered to `passkeyReauthenticationOptions`. */
    response?: unknown
  },
): Promise<Reauthentication> {
  const { client, method = 'totp' } = input
  const { account, session: own } = await authorize(ports, input, ALWAYS)
  const accountId = account.id
  const byCode = method !== 'passkey'
  if (byCode && input.code !== undefined && !isCodeShaped(method, input.code)) {
    return { status: 'refused', code: 'CODE_MALFORMED' }
  }
  const tried = await countTry(ports, reauthenticationPool(ports.limits, accountId))
  const wrong = { accountId, kind: 'reauthentication', client } as const
  if (tried.status !== 'counted') {
    await recordFailure(ports, { ...wrong, counted: undefined })
    const retryAfterSeconds = tried.status === 'closed' ? waitUntil(ports, tried.opensAt) : 1
    return { status: 'refused', code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds }
  }
  const refuse = async (): Promise<Reauthentication> => {
    await recordFailure(ports, { ...wrong, counted: tried })
    return { status: 'refused', code: 'LOGIN_REFUSED' }
  }
  const right = await checked(ports, tried.try, () =>
    ports.passwords.verify(account.passwordHash, input.password),
  )
  if (!right) return refuse()
  await ports.store.returnTry(tried.try)

  const entry = { account, kind: 'reauthentication', client } as const
  if (!account.hasSecondFactor) {
    const signedIn = await establishSession(ports, {
      ...entry,
      proven: provenByPassword(ports),
      factor: 'password',
      with: { replaces: own.id },
    })
    return signedIn ? { status: 'signed_in', ...signedIn } : refuse()
  }
  const shown = byCode ? input.code : input.response
  if (shown === undefined) return { status: 'refused', code: 'CODE_REQUIRED' }
  const binding = { accountId, purpose: 'reauthenticate', boundTo: own.id } as const
  const proven = byCode
    ? await proveSecondFactor(ports, { accountId, method, code: shown, client })
    : await provePasskey(ports, { accountId, binding, response: shown, client })
  if (!proven.ok) {
    const { ok: _, ...refusal } = proven
    return { status: 'refused', ...refusal }
  }
  const { spend, counted, means } = proven.proof
  const left = await checked(ports, counted.try, () =>
    recovery.recoveryCodesToTell(ports.store, accountId, spend.kind === 'recovery'),
  )
  const signedIn = await establishSession(ports, {
    ...entry,
    proven: provenByBoth(ports, means),
    factor: method,
    with: { replaces: own.id, spend, returnTry: counted.try },
  })
  if (signedIn) return { status: 'signed_in', ...signedIn, ...left }
  const { ok: _, ...lost } = await refuseCode(ports, { accountId, method, client }, counted)
  return { status: 'refused', ...lost }
}

export async function listAuthenticators(
  ports: Ports,
  input: Bearer,
): Promise<AuthenticatorView[]> {
  const { account } = await authorize(ports, input, { beforeEnrolment: true })
  return authenticators.list(ports, { accountId: account.id })
}

export async function enrol(ports: Ports, input: Bearer & EnrolmentRequest): Promise<Enrolment> {
  const { account } = await authorize(ports, input, { fresh: true, beforeEnrolment: true })
  return authenticators.enrol(ports, { ...input, accountId: account.id })
}

export async function pendingEnrolment(
  ports: Ports,
  input: Bearer & { authenticatorId: string },
): Promise<Enrolment> {
  const { account } = await authorize(ports, input, { fresh: true, beforeEnrolment: true })
  const { authenticatorId } = input
  return authenticators.pendingEnrolment(ports, { accountId: account.id, authenticatorId })
}

/** Right: active, the other sessions ended, this one replaced by one of aal 2 with a new token. */
export async function confirmAuthenticator(
  ports: Ports,
  input: Bearer & { authenticatorId: string; code: unknown },
): Promise<Confirmation & { readonly signedIn?: SignedIn }> {
  const { authenticatorId, code, client } = input
  const needs = { fresh: true, beforeEnrolment: true }
  const { account, session: own } = await authorize(ports, input, needs)
  let outcome: Confirmation | undefined
  const signedIn = await establishSession(
    ports,
    {
      account: { ...account, hasSecondFactor: true },
      proven: provenByEnrolling(ports, { account, session: own }, 'otp'),
      kind: 'sign-in',
      factor: 'totp',
      client,
      with: { replaces: own.id },
    },
    async (grant) => {
      const target = { accountId: account.id, authenticatorId, code, client }
      outcome = await authenticators.confirm(ports, target, grant)
      return outcome.ok
    },
  )
  if (outcome === undefined) throw new EngineError('SESSION_REQUIRED')
  return signedIn ? { ...outcome, signedIn } : outcome
}

export async function renameAuthenticator(
  ports: Ports,
  input: Bearer & { authenticatorId: string; name: string },
): Promise<AuthenticatorView> {
  const { account } = await authorize(ports, input)
  const { authenticatorId, name } = input
  await authenticators.rename(ports, { accountId: account.id, authenticatorId, name })
  const all = await authenticators.list(ports, { accountId: account.id })
  const renamed = all.find(({ id }) => id === authenticatorId)
  if (renamed === undefined) throw new EngineError('AUTHENTICATOR_UNKNOWN')
  return renamed
}

export async function removeAuthenticator(
  ports: Ports,
  input: Bearer & { authenticatorId: string },
): Promise<void> {
  const needs = { fresh: true, beforeEnrolment: true }
  const { account, session: own } = await authorize(ports, input, needs)
  const { authenticatorId, client } = input
  const target = { accountId: account.id, authenticatorId, client }
  await whileHeld(ports, input, () =>
    authenticators.remove(ports, { ...target, keepSession: own.id }),
  )
}

export async function recoveryCodesLeft(ports: Ports, input: Bearer): Promise<number> {
  const { account } = await authorize(ports, input)
  return ports.store.recoveryCodesLeft(account.id)
}

/** A new set, shown this once; the old one is worth nothing from now on (R20). */
export async function replaceRecoveryCodes(ports: Ports, input: Bearer): Promise<string[]> {
  const { account, session: own } = await authorize(ports, input, { fresh: true })
  const asked = { accountId: account.id, client: input.client, session: own.id }
  return whileHeld(ports, input, () => recovery.replaceRecoveryCodes(ports, asked))
}

export async function listSessions(
  ports: Ports,
  input: Bearer,
): Promise<(Session & { readonly current: boolean })[]> {
  const { account, session: own } = await authorize(ports, input)
  const { sessionIdleSeconds } = ports.limits
  const now = ports.clock.nowSeconds()
  const all = await ports.store.sessions(account.id, now, sessionIdleSeconds)
  return all.map((one) => ({ ...one, current: one.id === own.id }))
}

/** @throws EngineError SESSION_UNKNOWN */
export async function endSession(
  ports: Ports,
  input: Bearer & { sessionId: string },
): Promise<void> {
  const { account } = await authorize(ports, input)
  const { sessionId, client } = input
  const accountId = account.id
  const event = newEvent(ports, { accountId, kind: 'session.ended', client })
  if (!(await ports.store.endSessions({ accountId, sessionId, events: [event] }))) {
    throw new EngineError('SESSION_UNKNOWN')
  }
}

/** The newest hundred, newest first. */
export async function events(ports: Ports, input: Bearer): Promise<Event[]> {
  const { account } = await authorize(ports, input)
  return ports.store.events(account.id, EVENTS_IN_LIST)
}

/**
 * Sets a new password, ends every session, and signs this one in anew with what it had proven.
 * @throws EngineError as `authorize` and `acceptableNewPassword`
 */
export async function changePassword(
  ports: Ports,
  input: Bearer & { newPassword: string },
): Promise<SignedIn> {
  const need = { fresh: true, beforeNewPassword: true }
  const { account, session: own } = await authorize(ports, input, need)
  const accepted = await acceptableNewPassword(ports, account, input.newPassword)
  const passwordHash = await ports.passwords.hash(accepted)
  const signedIn = await establishSession(
    ports,
    {
      account: {
        ...account,
        passwordVersion: account.passwordVersion + 1,
        passwordSuspectSince: null,
      },
      proven: { aal: own.aal, amr: own.amr, authTime: own.authTime },
      kind: 'password.changed',
      factor: 'password',
      client: input.client,
      with: { replaces: own.id, endOthers: true },
      newPassword: true,
    },
    (grant) =>
      ports.store.changePassword({
        accountId: account.id,
        fromVersion: account.passwordVersion,
        passwordHash,
        grant,
      }),
  )
  if (signedIn === undefined) throw new EngineError('SESSION_REQUIRED')
  return signedIn
}
