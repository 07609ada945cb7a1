/**
 * How far an authenticator's clock is known to be off (RFC 6238 §6), in steps.
 *
 * Promises: the accepted window is three steps wide wherever it lies; it is moved by two codes in a row
 * alone, and never by more than 20 steps. Once it is moved, each right code at its edge moves it on by one:
 * a token's clock goes on drifting. Where nothing was moved one code says nothing, as that of the step
 * before mostly comes of slow typing.
 */
import type { ClockHelp } from './clock-help.ts'
import type { Authenticator, TotpAuthenticator } from './store.ts'

export const MOST_DRIFT_STEPS = 20

/** What is remembered of a drift. One step lies within the window anyway. */
export function keptDrift(steps: number): number {
  if (Math.abs(steps) <= 1) return 0
  return Math.max(-MOST_DRIFT_STEPS, Math.min(steps, MOST_DRIFT_STEPS))
}

/** @param edge where in the window the right code was: −1, 0 or 1 */
export function followedDrift({ driftSteps }: TotpAuthenticator, edge: number): number {
  return driftSteps === 0 ? 0 : keptDrift(driftSteps + edge)
}

/** The time on that clock, as far as it is known. */
export function timeOn(
  { driftSteps, periodSeconds }: TotpAuthenticator,
  nowSeconds: number,
): number {
  return Math.max(0, nowSeconds + driftSteps * periodSeconds)
}

/** The drift in the words of a refused code. */
export function clockOf(
  authenticator: Pick<Authenticator, 'periodSeconds' | 'driftSteps'>,
): ClockHelp {
  const { periodSeconds, driftSteps } = authenticator
  if (driftSteps === 0 || periodSeconds === null) return {}
  const seconds = driftSteps * periodSeconds
  return seconds < 0 ? { phoneBehindSeconds: -seconds } : { phoneAheadSeconds: seconds }
}
