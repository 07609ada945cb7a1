/**
 * Codes made of decimal digits: how a counter becomes one, and how a typed one is read and compared.
 *
 * Promises: comparison costs the same whatever was typed; reading never throws.
 */
import type { Mac } from './hmac.ts'

/** The number behind a code, `0 … modulus−1` (RFC 4226 §5.3). `counter` is a safe integer ≥ 0. */
export function decimalNumber(mac: Mac, counter: number, modulus: number): number {
  // A bitwise operator keeps the low 32 bits of any safe integer, which is exactly the low half.
  return mac.truncated((counter / 0x100000000) | 0, counter | 0) % modulus
}

/** The number with its leading zeros. */
export function decimalText(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}

/**
 * What a person typed, as a number; −1 for anything but a string of exactly `digits` ASCII digits.
 * Spaces, signs, full-width digits and values of other types are all "anything but".
 */
export function readDecimal(typed: unknown, digits: number): number {
  if (typeof typed !== 'string' || typed.length !== digits) return -1
  let value = 0
  for (let i = 0; i < digits; i++) {
    const digit = typed.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** All ones when two numbers under 2^31 are the same, else zero. No branch. */
export function sameMask(left: number, right: number): number {
  return ((left ^ right) - 1) >> 31
}
