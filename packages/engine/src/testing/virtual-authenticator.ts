/** An authenticator app without the phone: it reads the URI that a QR picture holds and shows codes. */
import { parseUri, Totp } from '@halfminute/otp'
import type { Clock } from '../ports.ts'

export interface VirtualAuthenticator {
  /**
   * The code on its screen.
   * @param stepsAhead how many steps its own clock is ahead (negative: behind). Default 0.
   */
  code(stepsAhead?: number): string
}

/** @param uri an `otpauth://totp/` URI, as `enrol` answers it */
export function virtualAuthenticator(uri: string, clock: Clock): VirtualAuthenticator {
  const totp = parseUri(uri)
  if (!(totp instanceof Totp)) throw new TypeError('uri: expected an otpauth://totp/ URI')
  return {
    code: (stepsAhead = 0) => totp.codeForStep(totp.step(clock.nowSeconds()) + stepsAhead),
  }
}
