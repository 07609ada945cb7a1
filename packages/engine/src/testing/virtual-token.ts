/** A token with a button and a counter (RFC 4226), without the token: it reads a URI as `enrol` answers it. */
import { Hotp, parseUri } from '@halfminute/otp'

export interface VirtualToken {
  /** The next code, as after a press of the button. */
  press(): string
  /** What it shows, or would show, at that counter; nothing is pressed. */
  codeAt(counter: number): string
}

/** @param uri an `otpauth://hotp/` URI */
export function virtualToken(uri: string): VirtualToken {
  const hotp = parseUri(uri)
  if (!(hotp instanceof Hotp)) throw new TypeError('uri: expected an otpauth://hotp/ URI')
  let { counter } = hotp
  return { press: () => hotp.code(counter++), codeAt: (nth) => hotp.code(nth) }
}
