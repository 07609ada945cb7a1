/**
 * What a person is told whose phone shows the time wrong (R10).
 *
 * Promises: at sign-in only a code whose time is over is told to be late, and it is spent with that, so
 * that knowing it is worth nothing; of the future nothing is told, and a code of it costs the same work as
 * any wrong one. While enrolling the help goes both ways: whoever enrols has the secret on the screen.
 */
import type { Totp } from '@halfminute/otp'
import type { Ports } from './ports.ts'
import type { TotpAuthenticator } from './store.ts'

/** A code of that many steps ago, or while enrolling to come, is still known again. */
const STEPS_KNOWN_AGAIN = 20
/** The step before the present one is accepted, or where the clock is known to be behind an older one. */
const YOUNGEST_LATE_STEP = 2

/** By how much the phone's clock is off, told with a refused code where it is known and may be told. */
export interface ClockHelp {
  readonly phoneBehindSeconds?: number
  /** While enrolling only. */
  readonly phoneAheadSeconds?: number
}

/** A step that this code belongs to and that is too old to be accepted. */
export interface LateCode {
  readonly authenticatorId: string
  readonly step: number
  readonly behindSeconds: number
}

export function findLateCode(
  totp: Totp,
  { id, spentStep, driftSteps }: TotpAuthenticator,
  digits: string,
  nowSeconds: number,
): LateCode | undefined {
  const present = totp.step(nowSeconds)
  const youngest = present - YOUNGEST_LATE_STEP + Math.min(driftSteps, 0)
  const past = youngest - (present - STEPS_KNOWN_AGAIN)
  if (youngest < 0 || past < 0) return undefined
  const outcome = totp.check(digits, {
    nowSeconds: youngest * totp.periodSeconds,
    driftSteps: { past, future: 0 },
    spentStep,
  })
  if (!outcome.ok) return undefined
  const { step } = outcome
  return { authenticatorId: id, step, behindSeconds: (present - step) * totp.periodSeconds }
}

/** Nothing is told of a code that somebody else was told of, or that was used, in the meantime. */
export async function spendLateCode(
  { store }: Ports,
  accountId: string,
  late: LateCode | undefined,
): Promise<ClockHelp> {
  if (late === undefined) return {}
  const { authenticatorId, step, behindSeconds } = late
  const spent = await store.spendLateStep({ accountId, authenticatorId, step })
  return spent ? { phoneBehindSeconds: behindSeconds } : {}
}

/** For a code that was refused while enrolling. */
export function enrolmentClockHelp(totp: Totp, digits: string, nowSeconds: number): ClockHelp {
  const outcome = totp.check(digits, { nowSeconds, driftSteps: STEPS_KNOWN_AGAIN })
  if (!outcome.ok) return {}
  const seconds = outcome.drift * totp.periodSeconds
  return seconds < 0 ? { phoneBehindSeconds: -seconds } : { phoneAheadSeconds: seconds }
}
