/**
 * Building otpauth:// addresses, the text inside an enrolment QR picture.
 *
 * Promises: what the pickiest apps read. No `=` in the secret, a space as `%20` (some apps show `+`
 * as it stands), the issuer both before the account and as a parameter, and parameters only where
 * they differ from what an app assumes anyway. Reading is parse-uri.ts.
 */
import { OtpError } from './errors.ts'
import type { OtpParameters } from './parameters.ts'

/** Longest address built or read, in bytes. A QR picture of more would not scan anyway. */
export const LONGEST_URI_BYTES = 4096

/**
 * @param own the parameter only this type has: `counter` always, `period` unless it is the default
 * @throws OtpError `ACCOUNT_INVALID` without an account or with a colon in it, `ISSUER_INVALID` for
 *   a colon, `URI_TOO_LONG`. Apps split the label at the first colon, so one inside a name would
 *   move text from one to the other.
 */
export function formatUri(type: 'totp' | 'hotp', of: OtpParameters, own: string): string {
  if (of.account === undefined) throw new OtpError('ACCOUNT_INVALID', 'missing')
  if (of.account.includes(':')) throw new OtpError('ACCOUNT_INVALID')
  if (of.issuer?.includes(':')) throw new OtpError('ISSUER_INVALID')

  const account = encodeURIComponent(of.account)
  const issuer = of.issuer === undefined ? undefined : encodeURIComponent(of.issuer)
  const uri =
    `otpauth://${type}/${issuer === undefined ? '' : `${issuer}:`}${account}` +
    `?secret=${of.secret.base32}` +
    (issuer === undefined ? '' : `&issuer=${issuer}`) +
    (of.algorithm.name === 'SHA1' ? '' : `&algorithm=${of.algorithm.name}`) +
    (of.digits === 6 ? '' : `&digits=${of.digits}`) +
    own +
    (of.image === undefined ? '' : `&image=${encodeURIComponent(of.image)}`)
  if (uri.length > LONGEST_URI_BYTES) throw new OtpError('URI_TOO_LONG')
  return uri
}
