/**
 * What the limits are worth: the chance of somebody who has the password and guesses codes for as long
 * as they let him. Pure arithmetic; the counting itself is the store's.
 *
 * Promises: an upper bound for an account with one authenticator. The pool is one, and a guess may fit any
 * of them, so each further one adds as much again. Browsers that the account knows are left out, because only a full sign-in
 * makes one; so are recovery codes, whose 80 bits no budget of this size can touch.
 */
import type { Limits } from './limits.ts'

/** Own step, the one before and the one after; or the next counter and the two after it (`match-codes.ts`). */
const STEPS_ACCEPTED = 3
/** RFC 4226 §5.3 takes 31 bits modulo 10^6: some codes are a trifle likelier than one in a million. */
const LIKELIEST_CODE = Math.ceil(2 ** 31 / 10 ** 6) / 2 ** 31
const DAYS_PER_YEAR = 365

/** Above this chance per year the limits are too loose. */
export const GOAL_PER_YEAR = 1e-3

export interface GuessingOdds {
  /** Chance of one guess at six digits. */
  readonly perTry: number
  readonly triesPerDay: number
  readonly triesPerYear: number
  readonly perDay: number
  readonly perYear: number
}

export function guessingOdds(
  limits: Pick<Limits, 'codeFailuresPerDay' | 'codeFailuresPerMonth'>,
): GuessingOdds {
  const { codeFailuresPerDay: daily, codeFailuresPerMonth: monthly } = limits
  const perTry = STEPS_ACCEPTED * LIKELIEST_CODE
  const triesPerDay = Math.min(daily, monthly)
  const months = Math.ceil(DAYS_PER_YEAR / 30)
  const triesPerYear = Math.min(daily * DAYS_PER_YEAR, monthly * months)
  const atLeastOne = (tries: number) => 1 - (1 - perTry) ** tries
  return {
    perTry,
    triesPerDay,
    triesPerYear,
    perDay: atLeastOne(triesPerDay),
    perYear: atLeastOne(triesPerYear),
  }
}
