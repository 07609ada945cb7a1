/**
 * Base32 as RFC 4648 §6 writes it, without padding.
 *
 * Promises: `decodeBase32` takes exactly what `encodeBase32` can write and nothing else, so that
 * one secret has one spelling: no foreign character, no impossible length, zero pad bits (§3.5).
 * What a person may type around that (spaces, hyphens, lower case, `=`) is `tidyBase32`, kept apart.
 */
import { OtpError } from './errors.ts'

/** Bytes → upper-case base32 without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = ((held & 0x1f) << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += digitOf((held >>> bits) & 0x1f)
    }
  }
  if (bits > 0) text += digitOf((held << (5 - bits)) & 0x1f)
  return text
}

/**
 * Upper-case, unpadded base32 → bytes.
 *
 * @throws OtpError `SECRET_INVALID`
 */
export function decodeBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let held = 0
  let bits = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    held = ((held & 0xff) << 5) | valueOf(text.charCodeAt(i))
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = held >>> bits
    }
  }
  // Five or more bits left over: a last character that carries no whole byte (§6 has no such group).
  if (bits >= 5) throw new OtpError('SECRET_INVALID', 'impossible length')
  if ((held & ((1 << bits) - 1)) !== 0)
    throw new OtpError('SECRET_INVALID', 'pad bits are not zero')
  return bytes
}

/**
 * What people and issuers put around a base32 secret, taken off: spaces, hyphens, `=` at the end;
 * lower case raised. ASCII only: `toUpperCase` on the whole would turn ı into I and ſ into S.
 */
export function tidyBase32(text: string): string {
  return text
    .replaceAll(/[ -]/g, '')
    .replace(/=+$/, '')
    .replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase())
}

function digitOf(value: number): string {
  return String.fromCharCode(value < 26 ? 65 + value : 24 + value)
}

function valueOf(charCode: number): number {
  if (charCode >= 65 && charCode <= 90) return charCode - 65
  if (charCode >= 50 && charCode <= 55) return charCode - 24
  throw new OtpError('SECRET_INVALID', 'a character outside A-Z and 2-7')
}
