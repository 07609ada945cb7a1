/**
 * The checks that stand before any work. Each returns its value or throws an `OtpError` that names
 * the argument; none repeats the value.
 */
import { OtpError, type OtpErrorCode } from './errors.ts'

/** A safe integer within `least … most`. */
export function wholeNumber(
  value: unknown,
  code: OtpErrorCode,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new OtpError(code)
  }
  return value
}

/** Unix seconds, cut to whole ones. A clock may hand in fractions. */
export function unixSeconds(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw new OtpError('NOW_SECONDS_INVALID')
  }
  return Math.floor(value)
}

/** Text that has a UTF-8 form (no lone surrogate); an empty one counts as absent. */
export function optionalText(value: unknown, code: OtpErrorCode): string | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string' || !value.isWellFormed()) throw new OtpError(code)
  return value
}
