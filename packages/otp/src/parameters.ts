/**
 * What every kind of one-time password is made of, read and checked once, at construction.
 */
import { OtpError } from './errors.ts'
import { optionalText, wholeNumber } from './guards.ts'
import { SHA1, type Algorithm } from './hmac.ts'
import { Secret } from './secret.ts'

export interface OtpOptions {
  /** The shared key. */
  readonly secret: Secret
  /** Who asks for the code, as the app shows it. A colon is refused by `uri`. Empty means none. */
  readonly issuer?: string | undefined
  /** Whose code it is. Needed only by `uri`, which refuses a colon in it. Empty means none. */
  readonly account?: string | undefined
  /** `SHA1`, `SHA256` or `SHA512`, the exported constants. Default `SHA1`; some apps ignore others. */
  readonly algorithm?: Algorithm | undefined
  /** Length of a code, 6 to 8. Default 6. */
  readonly digits?: number | undefined
  /** A picture for the app to show; an https address. */
  readonly image?: string | undefined
}

export interface OtpParameters {
  readonly secret: Secret
  readonly issuer: string | undefined
  readonly account: string | undefined
  readonly algorithm: Algorithm
  readonly digits: number
  readonly image: string | undefined
}

/** @throws OtpError naming the first option that is not as described */
export function readOptions(options: OtpOptions): OtpParameters {
  const { secret, algorithm = SHA1, digits = 6 } = options
  if (!(secret instanceof Secret)) throw new OtpError('SECRET_INVALID', 'pass a Secret')
  // Checked at run time because 'SHA256' as a string is the likeliest mistake outside TypeScript.
  if (typeof algorithm?.keyed !== 'function') {
    throw new OtpError('ALGORITHM_INVALID', 'pass the exported constant, not its name')
  }
  const image = optionalText(options.image, 'IMAGE_INVALID')
  if (image !== undefined && !isHttps(image)) throw new OtpError('IMAGE_INVALID')
  return {
    secret,
    issuer: optionalText(options.issuer, 'ISSUER_INVALID'),
    account: optionalText(options.account, 'ACCOUNT_INVALID'),
    algorithm,
    digits: wholeNumber(digits, 'DIGITS_INVALID', 6, 8),
    image,
  }
}

/** An address an app may load without giving away whose codes it shows. */
export function isHttps(address: string): boolean {
  return /^https:\/\/[^/\s]\S*$/i.test(address)
}
