/**
 * Every failure of this package a caller may branch on: one class, one table.
 *
 * Promises: a stable `code` on every error, the name of the argument or URI parameter at the start
 * of its message, and never a value in it: what was passed may be a secret.
 * A programmer's mistake and a malformed URI share the class, because the same guards meet both:
 * `digits` of 20 may come from source text or from a picture somebody scanned.
 * Retired codes are never reused.
 */

/** Stable code → what was expected. Names on the left never change meaning. */
export const OTP_ERRORS = {
  ACCOUNT_INVALID: 'account: expected text without a colon; required for a URI',
  ALGORITHM_INVALID: 'algorithm: expected SHA1, SHA256 or SHA512',
  COUNTER_INVALID: 'counter: expected a whole number from 0 to 2^53-1',
  DIGITS_INVALID: 'digits: expected a whole number from 6 to 8',
  DRIFT_STEPS_INVALID: 'driftSteps: expected whole numbers from 0 to 100',
  IMAGE_INVALID: 'image: expected an https address',
  ISSUER_INVALID: 'issuer: expected text without a colon',
  LENGTH_INVALID: 'length: expected a whole number of bytes from 10 to 1,024',
  LOOK_AHEAD_INVALID: 'lookAhead: expected a whole number from 0 to 1,000',
  NOW_SECONDS_INVALID: 'nowSeconds: expected Unix seconds from 0 to 2^53-1',
  PERIOD_INVALID: 'periodSeconds (in a URI: period): expected a whole number of 1 or more',
  RANDOM_BYTES_INVALID: 'randomBytes: expected a function that returns as many bytes as asked',
  SECRET_INVALID: 'secret: expected base32 (RFC 4648 section 6), hex, bytes or a Secret',
  SECRET_TOO_SHORT: 'secret: expected at least 10 bytes',
  SPENT_STEP_INVALID: 'spentStep: expected a whole number, or -1 for none',
  STEP_INVALID: 'step: expected a whole number from 0 to 2^53-1',
  URI_INVALID: 'uri: expected an otpauth:// address without a fragment',
  URI_TOO_LONG: 'uri: expected at most 4,096 bytes',
  URI_TYPE_UNKNOWN: 'uri: expected the type totp or hotp',
} as const satisfies Record<string, string>

/** The stable codes; a `switch` over them is checked by the compiler. */
export type OtpErrorCode = keyof typeof OTP_ERRORS

/** The only error this package throws on purpose. Branch on `code`; `message` may be reworded. */
export class OtpError extends Error {
  override readonly name = 'OtpError'
  readonly code: OtpErrorCode

  /** @param detail a fixed phrase of ours. Never text that came from outside, never a `cause`. */
  constructor(code: OtpErrorCode, detail?: string) {
    super(detail === undefined ? OTP_ERRORS[code] : `${OTP_ERRORS[code]} (${detail})`)
    this.code = code
  }
}
