/**
 * SHA-256 and SHA-512 as algorithms of one-time passwords, on `@noble/hashes`.
 *
 * Promises: the same contract as `SHA1` (see `Mac` in hmac.ts): pads compressed once per key, each
 * code computed in a working copy that is used again. Opt-in: several apps silently compute SHA-1
 * whatever an otpauth URI asks for.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Algorithm, Mac } from './hmac.ts'

/** HMAC-SHA-256 (RFC 6238 §1.2). */
export const SHA256: Algorithm = { name: 'SHA256', keyed: (key) => hmacSha2(sha256, key) }

/** HMAC-SHA-512 (RFC 6238 §1.2). */
export const SHA512: Algorithm = { name: 'SHA512', keyed: (key) => hmacSha2(sha512, key) }

function hmacSha2(hash: typeof sha256 | typeof sha512, key: Uint8Array): Mac {
  const keyed = hmac.create(hash, key)
  const working = keyed.clone()
  const message = new Uint8Array(8)
  const digest = new Uint8Array(hash.outputLen)
  return {
    truncated(counterHigh, counterLow) {
      for (let i = 0; i < 4; i++) {
        message[i] = counterHigh >>> (24 - 8 * i)
        message[4 + i] = counterLow >>> (24 - 8 * i)
      }
      // oxlint-disable-next-line no-underscore-dangle -- noble's public way to copy without allocating
      keyed._cloneInto(working).update(message).digestInto(digest)
      const at = digest[digest.length - 1]! & 0xf
      return (
        ((digest[at]! & 0x7f) << 24) |
        (digest[at + 1]! << 16) |
        (digest[at + 2]! << 8) |
        digest[at + 3]!
      )
    },
  }
}
