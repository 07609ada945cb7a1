/**
 * Time-based one-time passwords (RFC 6238): the counter of RFC 4226 is the number of periods since
 * 1970, so that phone and server agree without talking.
 *
 * Promises: same input, same output; no state changes after construction. The clock is read only
 * where `nowSeconds` is left out.
 * Does not do: refuse a code the second time, or limit attempts. Both need memory. Whoever has it
 * stores the `step` that `check` returns, once, and hands it in as `spentStep` from then on.
 */
import { decimalNumber, decimalText, readDecimal, sameMask } from './decimal.ts'
import { unixSeconds, wholeNumber } from './guards.ts'
import { INSPECT } from './hidden.ts'
import type { Algorithm, Mac } from './hmac.ts'
import { readOptions, type OtpOptions, type OtpParameters } from './parameters.ts'
import type { Secret } from './secret.ts'
import { formatUri } from './uri.ts'

export interface TotpOptions extends OtpOptions {
  /** Length of one time step, whole seconds, 1 or more. Default 30; some apps break on others. */
  readonly periodSeconds?: number | undefined
}

export interface TotpCheckOptions {
  /** Unix time of the check. Fractions are cut. Default: the clock of this machine. */
  readonly nowSeconds?: number | undefined
  /**
   * Steps accepted around the present one, 0 to 100: one number for both sides, or each side by
   * itself. Default 1 (RFC 6238 §5.2 advises at most one step for the way through the network).
   */
  readonly driftSteps?: number | { readonly past: number; readonly future: number } | undefined
  /** Newest step already accepted; it and all older ones match nothing. Default −1: none. */
  readonly spentStep?: number | undefined
}

/** `drift` = matched step − present step: below zero when the phone's clock is behind. */
export type TotpCheck =
  { readonly ok: true; readonly step: number; readonly drift: number } | { readonly ok: false }

const MOST_DRIFT_STEPS = 100
const REFUSED: TotpCheck = /* @__PURE__ */ Object.freeze({ ok: false })

export class Totp implements OtpParameters {
  readonly secret: Secret
  readonly issuer: string | undefined
  readonly account: string | undefined
  readonly algorithm: Algorithm
  readonly digits: number
  readonly periodSeconds: number
  readonly image: string | undefined
  readonly #mac: Mac
  readonly #modulus: number

  /** @throws OtpError naming the option that is out of range; nothing else */
  constructor(options: TotpOptions) {
    const read = readOptions(options)
    this.periodSeconds = wholeNumber(options.periodSeconds ?? 30, 'PERIOD_INVALID', 1)
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
   * The code of the step that `nowSeconds` lies in.
   *
   * @throws OtpError `NOW_SECONDS_INVALID`
   */
  code(at: { readonly nowSeconds?: number | undefined } = {}): string {
    return this.codeForStep(this.step(at.nowSeconds))
  }

  /**
   * The code of one step (RFC 6238 §4.2: HOTP with the step as counter).
   *
   * @param step 0 … 2^53−1
   * @throws OtpError `STEP_INVALID`
   */
  codeForStep(step: number): string {
    wholeNumber(step, 'STEP_INVALID', 0)
    return decimalText(decimalNumber(this.#mac, step, this.#modulus), this.digits)
  }

  /**
   * The number of the step, counted from 1970.
   *
   * @param nowSeconds Unix time. Default: the clock of this machine
   * @throws OtpError `NOW_SECONDS_INVALID`
   */
  step(nowSeconds: number = Date.now() / 1000): number {
    return Math.floor(unixSeconds(nowSeconds) / this.periodSeconds)
  }

  /**
   * Whole seconds until the next code, 1 … `periodSeconds`.
   *
   * @param nowSeconds Unix time. Default: the clock of this machine
   * @throws OtpError `NOW_SECONDS_INVALID`
   */
  secondsRemaining(nowSeconds: number = Date.now() / 1000): number {
    return this.periodSeconds - (unixSeconds(nowSeconds) % this.periodSeconds)
  }

  /**
   * Does `code` belong to one of the steps around the present that are not spent yet?
   *
   * A wrong, early, late or spent code, and any value that is not exactly `digits` ASCII digits, is
   * an ordinary answer. Spaces are not stripped here; that belongs to the edge that read the input.
   *
   * Every step of the window is computed and compared, without a branch on the outcome. Spent steps
   * are left out before matching, because two steps of one window may show the same code: the
   * later one still counts when the earlier one is spent. Where several unspent steps match, the one
   * nearest the present is taken, and the past one of two equally near.
   *
   * @throws OtpError `NOW_SECONDS_INVALID`, `DRIFT_STEPS_INVALID` or `SPENT_STEP_INVALID`, which
   *   are the caller's own values; never for `code`
   * @see RFC 6238 §5.2
   */
  check(code: string, options: TotpCheckOptions = {}): TotpCheck {
    const { driftSteps = 1, spentStep = -1 } = options
    const present = this.step(options.nowSeconds)
    const past = driftLimit(typeof driftSteps === 'number' ? driftSteps : driftSteps?.past)
    const future = driftLimit(typeof driftSteps === 'number' ? driftSteps : driftSteps?.future)
    wholeNumber(spentStep, 'SPENT_STEP_INVALID', -1)

    const typed = readDecimal(code, this.digits)
    if (typed < 0) return REFUSED

    // From the far ends inwards, so that a nearer match replaces a farther one.
    let found = 0
    let drift = 0
    for (let distance = Math.max(past, future); distance >= 0; distance--) {
      if (distance > 0 && distance <= future) {
        const same = this.#matches(present + distance, typed, spentStep)
        found |= same
        drift = (drift & ~same) | (distance & same)
      }
      if (distance <= past) {
        const same = this.#matches(present - distance, typed, spentStep)
        found |= same
        drift = (drift & ~same) | (-distance & same)
      }
    }
    return found === 0 ? REFUSED : { ok: true, step: present + drift, drift }
  }

  /**
   * The otpauth:// address for the enrolment QR picture. Shows the secret.
   *
   * @throws OtpError `ACCOUNT_INVALID` (missing, or a colon in it), `ISSUER_INVALID` (a colon),
   *   `URI_TOO_LONG`
   */
  get uri(): string {
    return formatUri('totp', this, this.periodSeconds === 30 ? '' : `&period=${this.periodSeconds}`)
  }

  toString(): string {
    return `Totp(${this.secret.toString()})`
  }

  /** Everything but the secret and the image. */
  toJSON(): Record<string, string | number | undefined> {
    const { issuer, account, digits, periodSeconds } = this
    return {
      type: 'totp',
      issuer,
      account,
      algorithm: this.algorithm.name,
      digits,
      periodSeconds,
    }
  }

  [INSPECT](): string {
    return this.toString()
  }

  /**
   * All ones or zero. Whether a step is spent is no secret, so it may branch. Steps before the first
   * count as spent, because `spentStep` is at least −1.
   */
  #matches(step: number, typed: number, spentStep: number): number {
    if (step > Number.MAX_SAFE_INTEGER) return 0
    const same = sameMask(decimalNumber(this.#mac, step, this.#modulus), typed)
    return step > spentStep ? same : 0
  }
}

function driftLimit(value: unknown): number {
  return wholeNumber(value, 'DRIFT_STEPS_INVALID', 0, MOST_DRIFT_STEPS)
}
