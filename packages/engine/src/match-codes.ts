/**
 * Which authenticator and which step, or counter, does a code belong to?
 *
 * Promises: spent steps are skipped before matching (R9); all authenticators and all steps are computed,
 * whatever was typed (R12); three codes of an authenticator are right at any time, whatever its kind.
 */
import type { Hotp, Totp } from '@halfminute/otp'
import { enrolmentClockHelp, findLateCode } from './clock-help.ts'
import type { ClockHelp, LateCode } from './clock-help.ts'
import { followedDrift, timeOn } from './drift.ts'
import { openAuthenticator } from './open-authenticator.ts'
import type { Opened } from './open-authenticator.ts'
import type { Ports } from './ports.ts'
import type { Authenticator, CodeSpend, HotpAuthenticator, TotpAuthenticator } from './store.ts'

/** Codes that a token may have shown to nobody. More would make guessing easier than with a clock. */
const LOOK_AHEAD = 2
/** Whoever confirms has the secret on the screen, and may have pressed the button before. */
const LOOK_AHEAD_ENROLLING = 20

export interface Match {
  /** What the right code uses up. */
  readonly spend?: CodeSpend | undefined
  /** Looked for only where nothing is right. */
  readonly late?: LateCode | undefined
}

export async function matchCode(
  ports: Ports,
  authenticators: readonly Authenticator[],
  digits: string,
  now: number,
): Promise<Match> {
  const opened = await Promise.all(authenticators.map((row) => openAuthenticator(ports, row)))
  const matches = opened.map((one) =>
    one.kind === 'totp'
      ? matchTotp(one.otp, one.row, digits, now)
      : matchHotp(one.otp, one.row, digits),
  )
  const spend = matches.find((match) => match !== undefined)
  if (spend !== undefined) return { spend }
  const late = opened.map((one) =>
    one.kind === 'totp' ? findLateCode(one.otp, one.row, digits, now) : undefined,
  )
  return { late: late.find((match) => match !== undefined) }
}

function matchTotp(
  totp: Totp,
  row: TotpAuthenticator,
  digits: string,
  now: number,
): CodeSpend | undefined {
  const { id, spentStep } = row
  const nowSeconds = timeOn(row, now)
  const outcome = totp.check(digits, { nowSeconds, spentStep })
  if (!outcome.ok) return undefined
  const driftSteps = followedDrift(row, outcome.drift)
  const moved = driftSteps === row.driftSteps ? {} : { driftSteps }
  return { kind: 'step', authenticatorId: id, step: outcome.step, ...moved }
}

function matchHotp(
  hotp: Hotp,
  { id, spentStep }: HotpAuthenticator,
  digits: string,
): CodeSpend | undefined {
  const outcome = hotp.check(digits, { counter: spentStep + 1, lookAhead: LOOK_AHEAD })
  return outcome.ok ? { kind: 'step', authenticatorId: id, step: outcome.counter - 1 } : undefined
}

/** The code that confirms an authenticator, of which nothing is spent yet. */
export function matchFirstCode(
  opened: Opened,
  digits: string,
  nowSeconds: number,
): { readonly ok: true; readonly step: number } | ({ readonly ok: false } & ClockHelp) {
  if (opened.kind === 'totp') {
    const outcome = opened.otp.check(digits, { nowSeconds })
    return outcome.ok
      ? outcome
      : { ok: false, ...enrolmentClockHelp(opened.otp, digits, nowSeconds) }
  }
  const outcome = opened.otp.check(digits, { counter: 0, lookAhead: LOOK_AHEAD_ENROLLING })
  return outcome.ok ? { ok: true, step: outcome.counter - 1 } : outcome
}
