/**
 * HMAC (RFC 2104) for the one message one-time passwords have: an 8-byte counter.
 *
 * Promises: both key pads are compressed once, when the key is set; a code then costs two SHA-1
 * compressions and allocates nothing. Truncation (RFC 4226 §5.3) reads the words of the digest
 * without spelling out its bytes, and without a branch on them.
 * SHA-256 and SHA-512 live in sha2.ts, so that a bundle without them carries none of their code.
 */
import { compress, packWords, sha1Words, SHA1_INITIAL } from './sha1.ts'

/** A hash with its key set. */
export interface Mac {
  /**
   * The truncated HMAC of a 64-bit counter, RFC 4226 §5.3: 31 bits, 0 … 2^31−1.
   *
   * @param counterHigh bits 63-32 of the counter, as any 32-bit integer
   * @param counterLow bits 31-0
   */
  truncated(counterHigh: number, counterLow: number): number
}

/** One of the exported constants `SHA1`, `SHA256`, `SHA512`. */
export interface Algorithm {
  /** The name as an otpauth URI spells it. */
  readonly name: 'SHA1' | 'SHA256' | 'SHA512'
  /** Sets a key. Keeps nothing of the array itself. */
  readonly keyed: (key: Uint8Array) => Mac
}

/** HMAC-SHA-1, the default and the only algorithm every authenticator app computes. */
export const SHA1: Algorithm = { name: 'SHA1', keyed: (key) => new HmacSha1(key) }

const PAD_BYTE = 0x80000000
const BLOCK_BYTES = 64

// Work space of all keys in this thread. Sound because nothing here is asynchronous or re-entrant:
// every call writes what it reads. Each block ends with its length in bits, pad block included.
const message = /* @__PURE__ */ paddedBlock(2, (BLOCK_BYTES + 8) * 8)
const innerDigest = /* @__PURE__ */ paddedBlock(5, (BLOCK_BYTES + 20) * 8)
const digest = /* @__PURE__ */ new Int32Array(5)

class HmacSha1 implements Mac {
  readonly #inner = new Int32Array(5)
  readonly #outer = new Int32Array(5)

  constructor(key: Uint8Array) {
    const block = new Int32Array(16)
    if (key.length > BLOCK_BYTES) block.set(sha1Words(key))
    else packWords(block, key)
    for (let i = 0; i < 16; i++) block[i]! ^= 0x36363636
    compress(this.#inner, SHA1_INITIAL, block)
    for (let i = 0; i < 16; i++) block[i]! ^= 0x36363636 ^ 0x5c5c5c5c
    compress(this.#outer, SHA1_INITIAL, block)
    block.fill(0)
  }

  truncated(counterHigh: number, counterLow: number): number {
    message[0] = counterHigh
    message[1] = counterLow
    compress(innerDigest, this.#inner, message)
    compress(digest, this.#outer, innerDigest)
    const offset = digest[4]! & 0xf
    const word = offset >> 2
    const shift = (offset & 3) << 3
    // Two shifts to the right, because a shift by 32 is a shift by 0.
    return ((digest[word]! << shift) | ((digest[word + 1]! >>> 1) >>> (31 - shift))) & 0x7fffffff
  }
}

function paddedBlock(messageWords: number, bits: number): Int32Array {
  const block = new Int32Array(16)
  block[messageWords] = PAD_BYTE
  block[15] = bits
  return block
}
