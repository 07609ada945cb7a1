/**
 * Counter-based one-time passwords (RFC 4226).
 *
 * Promises: same input, same output; the object never counts. The counter that moves belongs to
 * whoever stores it, so `code` and `check` have it handed in; the `counter` of the object is the
 * one its otpauth address tells the app to start at.
 * Does not do: attempt limits (RFC 4226 §7.3) or the storing of the next counter. Both need memory.
 */
import { decimalNumber, decimalText, readDecimal, sameMask } from './decimal.ts'
import { wholeNumber } from './guards.ts'
import { INSPECT } from './hidden.ts'
import type { Algorithm, Mac } from './hmac.ts'
import { readOptions, type OtpOptions, type OtpParameters } from './parameters.ts'
import type { Secret } from './secret.ts'
import { formatUri } from './uri.ts'

export interface HotpOptions extends OtpOptions {
  /** Where the app starts to count, 0 … 2^53−1. Default 0. */
  readonly counter?: number | undefined
}

export interface HotpCheckOptions {
  /** The next counter expected, 0 … 2^53−1. */
  readonly counter: number
  /** Counters tried beyond it, 0 to 1,000 (RFC 4226 §7.4). Default 0. */
  readonly lookAhead?: number | undefined
}

/** `counter` is the next one to expect: the matched one plus one. Store it before acting on `ok`. */
export type HotpCheck = { readonly ok: true; readonly counter: number } | { readonly ok: false }

const MOST_LOOK_AHEAD = 1000
const REFUSED: HotpCheck = /* @__PURE__ */ Object.freeze({ ok: false })

export class Hotp implements OtpParameters {
  readonly secret: Secret
  readonly issuer: string | undefined
  readonly account: string | undefined
  readonly algorithm: Algorithm
  readonly digits: number
  readonly counter: number
  readonly image: string | undefined
  readonly #mac: Mac
  readonly #modulus: number

  /** @throws OtpError naming the option that is out of range; nothing else */
  constructor(options: HotpOptions) {
    const read = readOptions(options)
    this.counter = wholeNumber(options.counter ?? 0, 'COUNTER_INVALID', 0)
    this.secret = read.secret
    this.issuer = read.issuer
    this.account = read.account
    this.algorithm = read.algorithm
    this.digits = read.digits
    this.image = read.image
    this.#mac = read.algorithm.keyed(read.secret.bytes)
    this.#modulus = 10 ** read.digits
  }

  /**
   * The code of one counter (RFC 4226 §5.3).
   *
   * @param counter 0 … 2^53−1
   * @throws OtpError `COUNTER_INVALID`
   */
  code(counter: number): string {
    wholeNumber(counter, 'COUNTER_INVALID', 0)
    return decimalText(decimalNumber(this.#mac, counter, this.#modulus), this.digits)
  }

  /**
   * Does `code` belong to the expected counter or one of the `lookAhead` after it?
   *
   * A wrong code, and any value that is not exactly `digits` ASCII digits, is an ordinary answer.
   * Every counter of the window is computed and compared, without a branch on the outcome; where
   * several match, the earliest is taken.
   *
   * @throws OtpError `COUNTER_INVALID` or `LOOK_AHEAD_INVALID`; never for `code`
   */
  check(code: string, options: HotpCheckOptions): HotpCheck {
    const counter = wholeNumber(options.counter, 'COUNTER_INVALID', 0)
    const lookAhead = wholeNumber(options.lookAhead ?? 0, 'LOOK_AHEAD_INVALID', 0, MOST_LOOK_AHEAD)
    const typed = readDecimal(code, this.digits)
    if (typed < 0) return REFUSED

    // From the far end inwards, so that an earlier match replaces a later one. The very last counter
    // has no next one to expect and is left out.
    let found = 0
    let ahead = 0
    for (let i = Math.min(lookAhead, Number.MAX_SAFE_INTEGER - 1 - counter); i >= 0; i--) {
      const same = sameMask(decimalNumber(this.#mac, counter + i, this.#modulus), typed)
      found |= same
      ahead = (ahead & ~same) | (i & same)
    }
    return found === 0 ? REFUSED : { ok: true, counter: counter + ahead + 1 }
  }

  /**
   * The otpauth:// address for the enrolment QR picture, `counter` included. Shows the secret.
   *
   * @throws OtpError `ACCOUNT_INVALID` (missing, or a colon in it), `ISSUER_INVALID` (a colon),
   *   `URI_TOO_LONG`
   */
  get uri(): string {
    return formatUri('hotp', this, `&counter=${this.counter}`)
  }

  toString(): string {
    return `Hotp(${this.secret.toString()})`
  }

  /** Everything but the secret and the image. */
  toJSON(): Record<string, string | number | undefined> {
    const { issuer, account, digits, counter } = this
    return { type: 'hotp', issuer, account, algorithm: this.algorithm.name, digits, counter }
  }

  [INSPECT](): string {
    return this.toString()
  }
}
