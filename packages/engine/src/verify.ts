/**
 * Is this code right, now, for this account?
 *
 * Promises: a malformed code costs no try; every other one is counted before it is looked at (R14).
 * Leaves to `match-codes.ts`: which step a code belongs to. Leaves to the caller: spending the proof. A
 * proof that was not spent is worth nothing.
 */
import { spendLateCode } from './clock-help.ts'
import type { ClockHelp } from './clock-help.ts'
import type { ErrorCode } from './errors.ts'
import { knownDevice } from './devices.ts'
import { newEvent } from './events.ts'
import { matchCode } from './match-codes.ts'
import { codePool, recoveryPool } from './pools.ts'
import type { Client, Ports } from './ports.ts'
import { matchRecoveryCode, readRecoveryCode } from './recovery.ts'
import type { Means } from './sessions.ts'
import type { Channel, CodeSpend, Spend, TicketReference, TryOutcome } from './store.ts'
import { checked, countTry, recordFailure, waitUntil } from './tries.ts'
import type { Counted, Failure } from './tries.ts'

export type Method = 'totp' | 'recovery'

/** A right code, or answer of a passkey, that is still to be spent. */
export interface Proof<Kind extends Spend = CodeSpend> {
  readonly spend: Kind
  /** RFC 8176. */
  readonly means: Means
  /** What was counted for it; spending gives the try back, else it was a failure. */
  readonly counted: Counted
}

/** With CODE_REFUSED perhaps how far the phone's clock is off. */
export interface Refusal extends ClockHelp {
  readonly ok: false
  readonly code: Extract<
    ErrorCode,
    | 'CODE_MALFORMED'
    | 'CODE_REFUSED'
    | 'METHOD_UNAVAILABLE'
    | 'PASSKEY_REFUSED'
    | 'TICKET_REFUSED'
    | 'TOO_MANY_ATTEMPTS'
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
    /** Of the browser, where the account knows it; looked up from `client` when it is left out. */
    deviceId?: string | undefined
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

  const deviceId =
    'deviceId' in attempt ? attempt.deviceId : await knownDevice(ports, accountId, attempt.client)
  const counted = await countCode(ports, attempt, deviceId, { authenticatorsOf: accountId })
  if (counted.status !== 'counted') return turnedAway(ports, attempt, counted)
  // Read from the count itself, so that parallel tries see each other (R13).
  const able = active.filter(
    ({ id }) => (counted.consecutiveFailures.get(id) ?? 0) <= ports.limits.consecutiveFailures,
  )
  const { spend, late } = await checked(ports, counted.try, () =>
    matchCode(ports, able, digits, now),
  )
  if (spend === undefined) {
    const help = await spendLateCode(ports, accountId, late)
    return refuseTry(ports, { ...attempt, deviceId }, counted, help)
  }
  return { ok: true, proof: { spend, counted, means: 'otp' } } as const
}

/** In the pool of its browser; one that has used up all it ever gets counts as a browser like any other. */
export async function countCode(
  ports: Ports,
  { accountId, ticket }: Pick<Attempt, 'accountId' | 'ticket'>,
  deviceId: string | undefined,
  more: { authenticatorsOf?: string } = {},
) {
  const also = { ticket, ...more }
  const counted = await countTry(ports, codePool(ports.limits, accountId, deviceId), also)
  const wornOut = counted.status === 'closed' && counted.by.includes('life')
  return wornOut ? countTry(ports, codePool(ports.limits, accountId), also) : counted
}

/** Its last try was wrong: from now on the account does not know this browser. */
async function forget(ports: Ports, { accountId, client }: Refused, deviceId: string) {
  await ports.store.forgetDevice(accountId, deviceId)
  const event = { accountId, kind: 'browser.forgotten', result: 'refused', client } as const
  await ports.store.appendEvent(newEvent(ports, event))
}

async function proveRecoveryCode(ports: Ports, attempt: Attempt) {
  const code = readRecoveryCode(attempt.code)
  if (code === undefined) return malformed
  const { accountId, ticket, client } = attempt
  const deviceId =
    'deviceId' in attempt ? attempt.deviceId : await knownDevice(ports, accountId, client)
  const counted = await countTry(ports, recoveryPool(ports.limits, accountId, deviceId), { ticket })
  if (counted.status !== 'counted') return turnedAway(ports, attempt, counted)
  const { store, passwords } = ports
  const lookup = await checked(ports, counted.try, () =>
    matchRecoveryCode(store, passwords, accountId, code),
  )
  if (lookup === undefined) return refuseCode(ports, attempt, counted)
  const proof: Proof = { spend: { kind: 'recovery', lookup }, counted, means: 'otp' }
  return { ok: true, proof } as const
}

export const malformed: Refusal = { ok: false, code: 'CODE_MALFORMED' }

/** A closed pool or a worn-out ticket: nothing was looked at. */
export async function turnedAway(
  ports: Ports,
  { accountId, method, client }: Refused,
  outcome: Exclude<TryOutcome, { status: 'counted' }>,
): Promise<Refusal> {
  if (outcome.status === 'ticket_over') return { ok: false, code: 'TICKET_REFUSED' }
  const failure = { accountId, kind: 'code', factor: method, client, counted: undefined } as const
  await recordFailure(ports, failure)
  const retryAfterSeconds = waitUntil(ports, outcome.opensAt)
  return { ok: false, code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds }
}

interface Refused {
  readonly accountId: string
  readonly method: Method | Channel | 'passkey'
  readonly client: Client
  readonly enrolling?: boolean
}

/** The same answer for wrong, early and already used: nobody learns which. */
export async function refuseCode(
  ports: Ports,
  { accountId, method, client, enrolling }: Refused,
  counted: NonNullable<Failure['counted']>,
  help: ClockHelp = {},
): Promise<Refusal> {
  const failure = { accountId, kind: 'code', factor: method, client, counted, enrolling } as const
  await recordFailure(ports, failure)
  return { ok: false, code: method === 'passkey' ? 'PASSKEY_REFUSED' : 'CODE_REFUSED', ...help }
}

/** The same for a try of `countCode`: what was a known browser's last one makes it an unknown one. */
export async function refuseTry(
  ports: Ports,
  tried: Refused & { readonly deviceId: string | undefined },
  counted: NonNullable<Failure['counted']>,
  help?: ClockHelp,
): Promise<Refusal> {
  const { deviceId } = tried
  if (deviceId !== undefined && counted.closes.includes('life')) {
    await forget(ports, tried, deviceId)
  }
  return refuseCode(ports, tried, counted, help)
}
