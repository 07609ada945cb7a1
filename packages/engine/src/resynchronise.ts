/**
 * Two codes in a row set an authenticator right whose clock, or whose count, is off (RFC 6238 §6,
 * RFC 4226 §7.4).
 *
 * Promises: a try is counted before it is looked at, in the pool of all codes (R14); both steps must be
 * unspent and are spent by it (R9); the answer never says that one of two codes was right.
 * Leaves to the caller: who may ask. It opens no session.
 */
import { authorize } from './authorize.ts'
import type { Bearer } from './authorize.ts'
import type { ClockHelp } from './clock-help.ts'
import { knownDevice } from './devices.ts'
import { clockOf, keptDrift, MOST_DRIFT_STEPS } from './drift.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { openAuthenticator } from './open-authenticator.ts'
import type { Opened } from './open-authenticator.ts'
import type { Client, Ports } from './ports.ts'
import { checked } from './tries.ts'
import { countCode, malformed, readDigits, refuseTry, turnedAway } from './verify.ts'
import type { Refusal } from './verify.ts'

/** Right: how far the clock is off from now on, where it is. */
export type Resynchronisation = ({ readonly ok: true } & ClockHelp) | Refusal

/** Counters looked at behind the last one used; with two codes there are no odds in it. */
const COUNTERS_LOOKED_AT = 100

type Codes = readonly [string, string]

/** The second step of the pair, and what is remembered of the clock. */
interface Pair {
  readonly step: number
  readonly driftSteps: number
}

/** @throws EngineError AUTHENTICATOR_UNKNOWN: not there, or not active yet */
export async function resynchronise(
  ports: Ports,
  input: { accountId: string; authenticatorId: string; codes: unknown; client: Client },
): Promise<Resynchronisation> {
  const { accountId, authenticatorId, client } = input
  const now = ports.clock.nowSeconds()
  const all = await ports.store.authenticators(accountId, now)
  const row = all.find(({ id, state }) => id === authenticatorId && state === 'active')
  if (row === undefined) throw new EngineError('AUTHENTICATOR_UNKNOWN')
  const codes = readPair(input.codes, row.digits)
  if (codes === undefined) return malformed

  const deviceId = await knownDevice(ports, accountId, client)
  const attempt = { accountId, method: 'totp', client, deviceId } as const
  const counted = await countCode(ports, attempt, deviceId, { authenticatorsOf: accountId })
  if (counted.status !== 'counted') return turnedAway(ports, attempt, counted)
  const failures = counted.consecutiveFailures.get(row.id) ?? Infinity
  const pair =
    failures <= ports.limits.consecutiveFailures
      ? await checked(ports, counted.try, async () =>
          findPair(await openAuthenticator(ports, row), codes, now),
        )
      : undefined
  if (pair === undefined) return refuseTry(ports, attempt, counted)
  const kind = 'authenticator.resynchronised'
  const won = await ports.store.resynchronise({
    accountId,
    authenticatorId,
    ...pair,
    now,
    event: newEvent(ports, { accountId, kind, factor: authenticatorId, client, about: row.name }),
    returnTry: counted.try,
  })
  return won ? { ok: true, ...clockOf({ ...row, ...pair }) } : refuseTry(ports, attempt, counted)
}

/** For a signed-in person. @throws EngineError as `authorize` and `resynchronise` */
export async function resynchroniseAuthenticator(
  ports: Ports,
  input: Bearer & { authenticatorId: string; codes: unknown },
): Promise<Resynchronisation> {
  const { account } = await authorize(ports, input, { fresh: true })
  const { authenticatorId, codes, client } = input
  return resynchronise(ports, { accountId: account.id, authenticatorId, codes, client })
}

function readPair(typed: unknown, length: number): Codes | undefined {
  if (!Array.isArray(typed) || typed.length !== 2) return undefined
  const [first, second] = typed.map(readDigits)
  return first?.length === length && second?.length === length ? [first, second] : undefined
}

/** Every pair is computed (R12); of several that fit the nearest is meant. */
function findPair(opened: Opened, codes: Codes, nowSeconds: number): Pair | undefined {
  const { row } = opened
  const present = opened.kind === 'totp' ? opened.otp.step(nowSeconds) : 0
  const steps =
    opened.kind === 'totp'
      ? Array.from({ length: 2 * MOST_DRIFT_STEPS + 1 }, (_, nth) => present + outwards(nth))
      : Array.from({ length: COUNTERS_LOOKED_AT }, (_, nth) => row.spentStep + 2 + nth)
  const fits = steps.map((step) => {
    const both = [fitsAt(opened, codes[0], step - 1), fitsAt(opened, codes[1], step)]
    return step - 1 > row.spentStep && both.every(Boolean)
  })
  const step = steps[fits.indexOf(true)]
  if (step === undefined) return undefined
  return { step, driftSteps: opened.kind === 'totp' ? keptDrift(step - present) : 0 }
}

/** 0, 1, −1, 2, −2 … */
function outwards(nth: number): number {
  return nth % 2 === 0 ? -nth / 2 : (nth + 1) / 2
}

function fitsAt({ kind, otp }: Opened, code: string, step: number): boolean {
  if (step < 0) return false
  if (kind === 'hotp') return otp.check(code, { counter: step }).ok
  return otp.check(code, { nowSeconds: step * otp.periodSeconds, driftSteps: 0 }).ok
}
