/**
 * SHA-1 (FIPS 180-4 §6.1), one 64-byte block at a time, over plain integer locals.
 *
 * Promises: no allocation in `compress`, no branch and no table index that depends on the data.
 * The 80 rounds stand written out because they are the whole cost of a code: with the roles of
 * a…e rotated from line to line, a round is two statements and moves nothing.
 * The round constants of rounds 40-79 are subtracted: 0x8f1bbcdc and 0xca62c1d6 as signed 32-bit.
 * Does not do: hashing as such. SHA-1 serves here only inside HMAC; see hmac.ts.
 */

/** The initial chaining value, FIPS 180-4 §5.3.1. Read only. */
export const SHA1_INITIAL: Int32Array = /* @__PURE__ */ Int32Array.of(
  0x67452301,
  0xefcdab89,
  0x98badcfe,
  0x10325476,
  0xc3d2e1f0,
)

/**
 * One compression.
 *
 * @param out receives the new chaining value in its first five words; may be `from` or `block`
 * @param from the chaining value before, five words
 * @param block sixteen big-endian words of message; read before anything is written
 */
export function compress(out: Int32Array, from: Int32Array, block: Int32Array): void {
  let w0 = block[0]!
  let w1 = block[1]!
  let w2 = block[2]!
  let w3 = block[3]!
  let w4 = block[4]!
  let w5 = block[5]!
  let w6 = block[6]!
  let w7 = block[7]!
  let w8 = block[8]!
  let w9 = block[9]!
  let w10 = block[10]!
  let w11 = block[11]!
  let w12 = block[12]!
  let w13 = block[13]!
  let w14 = block[14]!
  let w15 = block[15]!
  const a0 = from[0]!
  const b0 = from[1]!
  const c0 = from[2]!
  const d0 = from[3]!
  const e0 = from[4]!
  let a = a0
  let b = b0
  let c = c0
  let d = d0
  let e = e0
  let t = 0

  // Rounds 0-19: choose.
  e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + w0 + 0x5a827999) | 0
  b = (b << 30) | (b >>> 2)
  d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + w1 + 0x5a827999) | 0
  a = (a << 30) | (a >>> 2)
  c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + w2 + 0x5a827999) | 0
  e = (e << 30) | (e >>> 2)
  b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + w3 + 0x5a827999) | 0
  d = (d << 30) | (d >>> 2)
  a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + w4 + 0x5a827999) | 0
  c = (c << 30) | (c >>> 2)
  e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + w5 + 0x5a827999) | 0
  b = (b << 30) | (b >>> 2)
  d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + w6 + 0x5a827999) | 0
  a = (a << 30) | (a >>> 2)
  c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + w7 + 0x5a827999) | 0
  e = (e << 30) | (e >>> 2)
  b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + w8 + 0x5a827999) | 0
  d = (d << 30) | (d >>> 2)
  a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + w9 + 0x5a827999) | 0
  c = (c << 30) | (c >>> 2)
  e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + w10 + 0x5a827999) | 0
  b = (b << 30) | (b >>> 2)
  d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + w11 + 0x5a827999) | 0
  a = (a << 30) | (a >>> 2)
  c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + w12 + 0x5a827999) | 0
  e = (e << 30) | (e >>> 2)
  b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + w13 + 0x5a827999) | 0
  d = (d << 30) | (d >>> 2)
  a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + w14 + 0x5a827999) | 0
  c = (c << 30) | (c >>> 2)
  e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + w15 + 0x5a827999) | 0
  b = (b << 30) | (b >>> 2)
  t = w13 ^ w8 ^ w2 ^ w0
  w0 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + w0 + 0x5a827999) | 0
  a = (a << 30) | (a >>> 2)
  t = w14 ^ w9 ^ w3 ^ w1
  w1 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + w1 + 0x5a827999) | 0
  e = (e << 30) | (e >>> 2)
  t = w15 ^ w10 ^ w4 ^ w2
  w2 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + w2 + 0x5a827999) | 0
  d = (d << 30) | (d >>> 2)
  t = w0 ^ w11 ^ w5 ^ w3
  w3 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + w3 + 0x5a827999) | 0
  c = (c << 30) | (c >>> 2)

  // Rounds 20-39: parity.
  t = w1 ^ w12 ^ w6 ^ w4
  w4 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w4 + 0x6ed9eba1) | 0
  b = (b << 30) | (b >>> 2)
  t = w2 ^ w13 ^ w7 ^ w5
  w5 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w5 + 0x6ed9eba1) | 0
  a = (a << 30) | (a >>> 2)
  t = w3 ^ w14 ^ w8 ^ w6
  w6 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w6 + 0x6ed9eba1) | 0
  e = (e << 30) | (e >>> 2)
  t = w4 ^ w15 ^ w9 ^ w7
  w7 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w7 + 0x6ed9eba1) | 0
  d = (d << 30) | (d >>> 2)
  t = w5 ^ w0 ^ w10 ^ w8
  w8 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w8 + 0x6ed9eba1) | 0
  c = (c << 30) | (c >>> 2)
  t = w6 ^ w1 ^ w11 ^ w9
  w9 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w9 + 0x6ed9eba1) | 0
  b = (b << 30) | (b >>> 2)
  t = w7 ^ w2 ^ w12 ^ w10
  w10 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w10 + 0x6ed9eba1) | 0
  a = (a << 30) | (a >>> 2)
  t = w8 ^ w3 ^ w13 ^ w11
  w11 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w11 + 0x6ed9eba1) | 0
  e = (e << 30) | (e >>> 2)
  t = w9 ^ w4 ^ w14 ^ w12
  w12 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w12 + 0x6ed9eba1) | 0
  d = (d << 30) | (d >>> 2)
  t = w10 ^ w5 ^ w15 ^ w13
  w13 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w13 + 0x6ed9eba1) | 0
  c = (c << 30) | (c >>> 2)
  t = w11 ^ w6 ^ w0 ^ w14
  w14 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w14 + 0x6ed9eba1) | 0
  b = (b << 30) | (b >>> 2)
  t = w12 ^ w7 ^ w1 ^ w15
  w15 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w15 + 0x6ed9eba1) | 0
  a = (a << 30) | (a >>> 2)
  t = w13 ^ w8 ^ w2 ^ w0
  w0 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w0 + 0x6ed9eba1) | 0
  e = (e << 30) | (e >>> 2)
  t = w14 ^ w9 ^ w3 ^ w1
  w1 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w1 + 0x6ed9eba1) | 0
  d = (d << 30) | (d >>> 2)
  t = w15 ^ w10 ^ w4 ^ w2
  w2 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w2 + 0x6ed9eba1) | 0
  c = (c << 30) | (c >>> 2)
  t = w0 ^ w11 ^ w5 ^ w3
  w3 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w3 + 0x6ed9eba1) | 0
  b = (b << 30) | (b >>> 2)
  t = w1 ^ w12 ^ w6 ^ w4
  w4 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w4 + 0x6ed9eba1) | 0
  a = (a << 30) | (a >>> 2)
  t = w2 ^ w13 ^ w7 ^ w5
  w5 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w5 + 0x6ed9eba1) | 0
  e = (e << 30) | (e >>> 2)
  t = w3 ^ w14 ^ w8 ^ w6
  w6 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w6 + 0x6ed9eba1) | 0
  d = (d << 30) | (d >>> 2)
  t = w4 ^ w15 ^ w9 ^ w7
  w7 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w7 + 0x6ed9eba1) | 0
  c = (c << 30) | (c >>> 2)

  // Rounds 40-59: majority.
  t = w5 ^ w0 ^ w10 ^ w8
  w8 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + w8 - 0x70e44324) | 0
  b = (b << 30) | (b >>> 2)
  t = w6 ^ w1 ^ w11 ^ w9
  w9 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + w9 - 0x70e44324) | 0
  a = (a << 30) | (a >>> 2)
  t = w7 ^ w2 ^ w12 ^ w10
  w10 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + w10 - 0x70e44324) | 0
  e = (e << 30) | (e >>> 2)
  t = w8 ^ w3 ^ w13 ^ w11
  w11 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + w11 - 0x70e44324) | 0
  d = (d << 30) | (d >>> 2)
  t = w9 ^ w4 ^ w14 ^ w12
  w12 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + w12 - 0x70e44324) | 0
  c = (c << 30) | (c >>> 2)
  t = w10 ^ w5 ^ w15 ^ w13
  w13 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + w13 - 0x70e44324) | 0
  b = (b << 30) | (b >>> 2)
  t = w11 ^ w6 ^ w0 ^ w14
  w14 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + w14 - 0x70e44324) | 0
  a = (a << 30) | (a >>> 2)
  t = w12 ^ w7 ^ w1 ^ w15
  w15 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + w15 - 0x70e44324) | 0
  e = (e << 30) | (e >>> 2)
  t = w13 ^ w8 ^ w2 ^ w0
  w0 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + w0 - 0x70e44324) | 0
  d = (d << 30) | (d >>> 2)
  t = w14 ^ w9 ^ w3 ^ w1
  w1 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + w1 - 0x70e44324) | 0
  c = (c << 30) | (c >>> 2)
  t = w15 ^ w10 ^ w4 ^ w2
  w2 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + w2 - 0x70e44324) | 0
  b = (b << 30) | (b >>> 2)
  t = w0 ^ w11 ^ w5 ^ w3
  w3 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + w3 - 0x70e44324) | 0
  a = (a << 30) | (a >>> 2)
  t = w1 ^ w12 ^ w6 ^ w4
  w4 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + w4 - 0x70e44324) | 0
  e = (e << 30) | (e >>> 2)
  t = w2 ^ w13 ^ w7 ^ w5
  w5 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + w5 - 0x70e44324) | 0
  d = (d << 30) | (d >>> 2)
  t = w3 ^ w14 ^ w8 ^ w6
  w6 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + w6 - 0x70e44324) | 0
  c = (c << 30) | (c >>> 2)
  t = w4 ^ w15 ^ w9 ^ w7
  w7 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + w7 - 0x70e44324) | 0
  b = (b << 30) | (b >>> 2)
  t = w5 ^ w0 ^ w10 ^ w8
  w8 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + w8 - 0x70e44324) | 0
  a = (a << 30) | (a >>> 2)
  t = w6 ^ w1 ^ w11 ^ w9
  w9 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + w9 - 0x70e44324) | 0
  e = (e << 30) | (e >>> 2)
  t = w7 ^ w2 ^ w12 ^ w10
  w10 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + w10 - 0x70e44324) | 0
  d = (d << 30) | (d >>> 2)
  t = w8 ^ w3 ^ w13 ^ w11
  w11 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + w11 - 0x70e44324) | 0
  c = (c << 30) | (c >>> 2)

  // Rounds 60-79: parity.
  t = w9 ^ w4 ^ w14 ^ w12
  w12 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w12 - 0x359d3e2a) | 0
  b = (b << 30) | (b >>> 2)
  t = w10 ^ w5 ^ w15 ^ w13
  w13 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w13 - 0x359d3e2a) | 0
  a = (a << 30) | (a >>> 2)
  t = w11 ^ w6 ^ w0 ^ w14
  w14 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w14 - 0x359d3e2a) | 0
  e = (e << 30) | (e >>> 2)
  t = w12 ^ w7 ^ w1 ^ w15
  w15 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w15 - 0x359d3e2a) | 0
  d = (d << 30) | (d >>> 2)
  t = w13 ^ w8 ^ w2 ^ w0
  w0 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w0 - 0x359d3e2a) | 0
  c = (c << 30) | (c >>> 2)
  t = w14 ^ w9 ^ w3 ^ w1
  w1 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w1 - 0x359d3e2a) | 0
  b = (b << 30) | (b >>> 2)
  t = w15 ^ w10 ^ w4 ^ w2
  w2 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w2 - 0x359d3e2a) | 0
  a = (a << 30) | (a >>> 2)
  t = w0 ^ w11 ^ w5 ^ w3
  w3 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w3 - 0x359d3e2a) | 0
  e = (e << 30) | (e >>> 2)
  t = w1 ^ w12 ^ w6 ^ w4
  w4 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w4 - 0x359d3e2a) | 0
  d = (d << 30) | (d >>> 2)
  t = w2 ^ w13 ^ w7 ^ w5
  w5 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w5 - 0x359d3e2a) | 0
  c = (c << 30) | (c >>> 2)
  t = w3 ^ w14 ^ w8 ^ w6
  w6 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w6 - 0x359d3e2a) | 0
  b = (b << 30) | (b >>> 2)
  t = w4 ^ w15 ^ w9 ^ w7
  w7 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w7 - 0x359d3e2a) | 0
  a = (a << 30) | (a >>> 2)
  t = w5 ^ w0 ^ w10 ^ w8
  w8 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w8 - 0x359d3e2a) | 0
  e = (e << 30) | (e >>> 2)
  t = w6 ^ w1 ^ w11 ^ w9
  w9 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w9 - 0x359d3e2a) | 0
  d = (d << 30) | (d >>> 2)
  t = w7 ^ w2 ^ w12 ^ w10
  w10 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w10 - 0x359d3e2a) | 0
  c = (c << 30) | (c >>> 2)
  t = w8 ^ w3 ^ w13 ^ w11
  w11 = (t << 1) | (t >>> 31)
  e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w11 - 0x359d3e2a) | 0
  b = (b << 30) | (b >>> 2)
  t = w9 ^ w4 ^ w14 ^ w12
  w12 = (t << 1) | (t >>> 31)
  d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w12 - 0x359d3e2a) | 0
  a = (a << 30) | (a >>> 2)
  t = w10 ^ w5 ^ w15 ^ w13
  w13 = (t << 1) | (t >>> 31)
  c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w13 - 0x359d3e2a) | 0
  e = (e << 30) | (e >>> 2)
  t = w11 ^ w6 ^ w0 ^ w14
  w14 = (t << 1) | (t >>> 31)
  b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w14 - 0x359d3e2a) | 0
  d = (d << 30) | (d >>> 2)
  t = w12 ^ w7 ^ w1 ^ w15
  w15 = (t << 1) | (t >>> 31)
  a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w15 - 0x359d3e2a) | 0
  c = (c << 30) | (c >>> 2)

  out[0] = a0 + a
  out[1] = b0 + b
  out[2] = c0 + c
  out[3] = d0 + d
  out[4] = e0 + e
}

/**
 * The SHA-1 of a whole message as five big-endian words. Only for what happens once per key
 * (RFC 2104 §2 hashes a key longer than a block), so it may allocate.
 */
export function sha1Words(message: Uint8Array): Int32Array {
  const blocks = (message.length + 8 + 64) >>> 6
  const words = new Int32Array(blocks * 16)
  packWords(words, message)
  words[message.length >> 2]! |= 0x80 << (24 - 8 * (message.length & 3))
  words[words.length - 2] = message.length / 0x20000000
  words[words.length - 1] = message.length << 3
  const state = SHA1_INITIAL.slice()
  for (let start = 0; start < words.length; start += 16) {
    compress(state, state, words.subarray(start, start + 16))
  }
  words.fill(0)
  return state
}

/** Writes bytes into zeroed words, big-endian, from the first word on. */
export function packWords(words: Int32Array, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) words[i >> 2]! |= bytes[i]! << (24 - 8 * (i & 3))
}
