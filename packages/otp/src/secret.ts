/**
 * The shared key of one authenticator.
 *
 * Promises: at least 10 bytes (80 bits, which Microsoft 365, GitHub and PayPal issue), no way to
 * change them after construction, and silence: `String(secret)`, `JSON.stringify`, `console.log`
 * and errors never show them. Only `.base32`, `.hex` and `.bytes`, asked for by name, do.
 * Does not do: refuse 10 to 15 bytes, which RFC 4226 §4 R6 advises against. That is the issuer's
 * policy; `generate` makes 20.
 */
import { decodeBase32, encodeBase32, tidyBase32 } from './base32.ts'
import { OtpError } from './errors.ts'
import { wholeNumber } from './guards.ts'
import { INSPECT } from './hidden.ts'

const LEAST_BYTES = 10
const MOST_GENERATED_BYTES = 1024

export class Secret {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    if (bytes.length < LEAST_BYTES) throw new OtpError('SECRET_TOO_SHORT')
    this.#bytes = bytes
  }

  /**
   * A new random secret.
   *
   * @param length bytes, 10 to 1,024. Default 20, the output length of SHA-1 (RFC 6238 §5.1)
   * @param randomBytes source of randomness. Default: the runtime's CSPRNG
   * @throws OtpError `LENGTH_INVALID`, or `RANDOM_BYTES_INVALID` when the source returns anything
   *   but `length` bytes
   */
  static generate(
    length = 20,
    randomBytes: (length: number) => Uint8Array = systemRandomBytes,
  ): Secret {
    wholeNumber(length, 'LENGTH_INVALID', LEAST_BYTES, MOST_GENERATED_BYTES)
    if (typeof randomBytes !== 'function') throw new OtpError('RANDOM_BYTES_INVALID')
    const bytes = randomBytes(length)
    if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
      throw new OtpError('RANDOM_BYTES_INVALID')
    }
    return new Secret(Uint8Array.from(bytes))
  }

  /**
   * Reads base32 as people and issuers write it: spaces, hyphens and trailing `=` are dropped,
   * letters raised; what is left must be RFC 4648 §6 exactly, pad bits zero.
   *
   * @throws OtpError `SECRET_INVALID` or `SECRET_TOO_SHORT`
   */
  static fromBase32(text: string): Secret {
    if (typeof text !== 'string') throw new OtpError('SECRET_INVALID', 'not a string')
    return new Secret(decodeBase32(tidyBase32(text)))
  }

  /**
   * Reads hexadecimal digits in either case, two to the byte, and nothing around them.
   *
   * @throws OtpError `SECRET_INVALID` or `SECRET_TOO_SHORT`
   */
  static fromHex(text: string): Secret {
    if (typeof text !== 'string' || !/^(?:[0-9a-fA-F]{2})*$/.test(text)) {
      throw new OtpError('SECRET_INVALID', 'not hexadecimal')
    }
    const bytes = new Uint8Array(text.length / 2)
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
    }
    return new Secret(bytes)
  }

  /**
   * Takes raw bytes, as a copy: the caller may wipe its own.
   *
   * @throws OtpError `SECRET_INVALID` or `SECRET_TOO_SHORT`
   */
  static fromBytes(bytes: Uint8Array): Secret {
    if (!(bytes instanceof Uint8Array)) throw new OtpError('SECRET_INVALID', 'not a Uint8Array')
    return new Secret(Uint8Array.from(bytes))
  }

  /** Upper-case base32 without padding, as apps expect it typed. Shows the secret. */
  get base32(): string {
    return encodeBase32(this.#bytes)
  }

  /** Lower-case hexadecimal. Shows the secret. */
  get hex(): string {
    let text = ''
    for (const byte of this.#bytes) text += byte.toString(16).padStart(2, '0')
    return text
  }

  /** The raw bytes, a fresh copy each time. Shows the secret. */
  get bytes(): Uint8Array {
    return this.#bytes.slice()
  }

  toString(): string {
    return `Secret(${this.#bytes.length} bytes, hidden)`
  }

  toJSON(): string {
    return this.toString()
  }

  [INSPECT](): string {
    return this.toString()
  }
}

function systemRandomBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length))
}
