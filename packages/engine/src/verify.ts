/**
 * Is this code right, now, for this account?
 *
 * Promises: a malformed code costs no try; every other one is counted before it is looked at (R14);
 * spent steps are skipped before matching (R9); all authenticators and all steps are computed (R12).
 * Leaves to the caller: spending the proof. A proof that was not spent is worth nothing.
 */
import { Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import { newEvent } from './events.ts'
import { EngineError } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { knownDevice } from './devices.ts'
import { codeBudgets, QUARTER_SECONDS, recoveryBudget } from './limits.ts'
import type { Budget } from './limits.ts'
import type { Client, Ports } from './ports.ts'
import { matchRecoveryCode, readRecoveryCode } from './recovery.ts'
import type { Authenticator, Spend, TicketReference } from './store.ts'

export type Method = 'totp' | 'recovery'

const ALGORITHMS = { SHA1, SHA256, SHA512 }

/** A right code that is still to be spent. */
export interface Proof {
  readonly method: Method
  readonly spend: Spend
  /** The counted try that spending gives back. */
  readonly returnTry: readonly string[]
}

export interface Refusal {
  readonly ok: false
  readonly code: Extract<
    ErrorCode,
    'CODE_MALFORMED' | 'CODE_REFUSED' | 'TICKET_REFUSED' | 'TOO_MANY_ATTEMPTS'
  >
  /** With TOO_MANY_ATTEMPTS: when to come back. */
  readonly retryAfterSeconds?: number
}

/** Digits as typed by a person: spaces and hyphens fall away, nothing else does (R11). */
export function readDigits(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > 64) return undefined
  const digits = typed.replaceAll(/[ -]/g, '')
  return /^[0-9]{6,8}$/.test(digits) ? digits : undefined
}

/** Could this be a code of that kind at all? Asked first, of everything that comes in. */
export function isCodeShaped(method: Method, typed: unknown): boolean {
  if (method === 'totp') return readDigits(typed) !== undefined
  return method === 'recovery' && readRecoveryCode(typed) !== undefined
}

export async function proveSecondFactor(
  ports: Ports,
  attempt: {
    accountId: string
    method: Method
    code: unknown
    client: Client
    ticket?: TicketReference
  },
): Promise<{ readonly ok: true; readonly proof: Proof } | Refusal> {
  // Callers without types may name a method that there is not.
  if (!isCodeShaped(attempt.method, attempt.code)) return malformed
  return attempt.method === 'totp' ? proveTotp(ports, attempt) : proveRecoveryCode(ports, attempt)
}

type Attempt = Parameters<typeof proveSecondFactor>[1]

async function proveTotp(ports: Ports, attempt: Attempt) {
  const { accountId } = attempt
  const digits = readDigits(attempt.code)
  if (digits === undefined) return malformed
  const now = ports.clock.nowSeconds()
  const all = await ports.store.authenticators(accountId, now)
  const active = all.filter(({ state }) => state === 'active')
  if (active.length > 0 && !active.some((one) => one.digits === digits.length)) return malformed

  const deviceId = await knownDevice(ports, accountId, attempt.client)
  let budgets = codeBudgets(ports.limits, accountId, deviceId)
  let refused = await countTry(ports, attempt, budgets)
  if (deviceId !== undefined && (refused?.retryAfterSeconds ?? 0) > QUARTER_SECONDS) {
    // Its tries of a year are used up: from now on it is a browser like any other.
    await ports.store.forgetDevice(accountId, deviceId)
    budgets = codeBudgets(ports.limits, accountId)
    refused = await countTry(ports, attempt, budgets)
  }
  if (refused) return refused
  const matches = await Promise.all(
    active.map((authenticator) => matchTotp(ports, authenticator, digits, now)),
  )
  const spend = matches.find((match) => match !== undefined)
  if (spend === undefined) return refuseCode(ports, attempt)
  return { ok: true, proof: { method: 'totp', spend, returnTry: keysOf(budgets) } } as const
}

async function matchTotp(
  ports: Ports,
  authenticator: Authenticator,
  digits: string,
  nowSeconds: number,
): Promise<Spend | undefined> {
  const totp = await openTotp(ports, authenticator)
  const outcome = totp.check(digits, { nowSeconds, spentStep: authenticator.spentStep })
  return outcome.ok
    ? { kind: 'step', authenticatorId: authenticator.id, step: outcome.step }
    : undefined
}

async function proveRecoveryCode(ports: Ports, attempt: Attempt) {
  const code = readRecoveryCode(attempt.code)
  if (code === undefined) return malformed
  const budget = recoveryBudget(ports.limits, attempt.accountId)
  const refused = await countTry(ports, attempt, [budget])
  if (refused) return refused
  const { store, passwords } = ports
  const lookup = await hashed(ports, budget, () =>
    matchRecoveryCode(store, passwords, attempt.accountId, code),
  )
  if (lookup === undefined) return refuseCode(ports, attempt)
  const proof: Proof = {
    method: 'recovery',
    spend: { kind: 'recovery', lookup },
    returnTry: [budget.key],
  }
  return { ok: true, proof } as const
}

/** A check that was never made, because the queue for hashing was full, costs no try. */
export async function hashed<Answer>(
  ports: Ports,
  budget: Budget,
  check: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof EngineError && error.code === 'BUSY') {
      await ports.store.returnTry([budget.key])
    }
    throw error
  }
}

const malformed: Refusal = { ok: false, code: 'CODE_MALFORMED' }

async function countTry(
  ports: Ports,
  attempt: Attempt,
  budgets: readonly Budget[],
): Promise<Refusal | undefined> {
  const now = ports.clock.nowSeconds()
  const { ticket } = attempt
  const outcome = await ports.store.countTry({
    budgets,
    now,
    ...(ticket && { ticket: { ...ticket, tries: ports.limits.triesPerTicket } }),
  })
  if (outcome.status === 'counted') return undefined
  if (outcome.status === 'ticket_over') return { ok: false, code: 'TICKET_REFUSED' }
  return {
    ok: false,
    code: 'TOO_MANY_ATTEMPTS',
    retryAfterSeconds: Math.max(1, outcome.opensAt - now),
  }
}

const keysOf = (budgets: readonly Budget[]) => budgets.map(({ key }) => key)

/** The same answer for wrong, late and already used: nobody learns which. */
export async function refuseCode(
  ports: Ports,
  attempt: { accountId: string; method: Method; client: Client },
): Promise<Refusal> {
  await ports.store.appendEvent(
    newEvent(ports, {
      accountId: attempt.accountId,
      kind: 'code',
      result: 'refused',
      factor: attempt.method,
      client: attempt.client,
    }),
  )
  return { ok: false, code: 'CODE_REFUSED' }
}

/** The authenticator's secret, opened, as something that makes codes. */
export async function openTotp(
  ports: Ports,
  authenticator: Authenticator,
  label?: { issuer: string; account: string },
): Promise<Totp> {
  const { keyId, sealedSecret } = authenticator
  const bytes = await ports.vault.open(
    { keyId, box: sealedSecret },
    sealingContext(authenticator.accountId, authenticator.id),
  )
  return new Totp({
    secret: Secret.fromBytes(bytes),
    algorithm: ALGORITHMS[authenticator.algorithm],
    digits: authenticator.digits,
    periodSeconds: authenticator.periodSeconds,
    ...label,
  })
}

/** Ties a sealed secret to its row (R3). */
export function sealingContext(accountId: string, authenticatorId: string): string {
  return `halfminute/totp/${accountId}/${authenticatorId}`
}
