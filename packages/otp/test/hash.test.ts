/** Our SHA-1 and the three MACs against node:crypto, on random keys, messages and counters. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { SHA1, SHA256, SHA512 } from '@halfminute/otp'
import fc from 'fast-check'
import { compress, sha1Words, SHA1_INITIAL } from '../src/sha1.ts'

function hexOf(words: Int32Array): string {
  return [...words].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** RFC 4226 §5.3, spelled over bytes and BigInt so that it shares nothing with the code under test. */
function truncatedByNode(name: string, key: Uint8Array, counter: bigint): number {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(counter)
  const mac = createHmac(name, key).update(message).digest()
  return mac.readUInt32BE(mac.at(-1)! & 0xf) & 0x7fffffff
}

test('SHA-1 is node:crypto’s at every length up to four blocks', () => {
  for (let length = 0; length <= 256; length++) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 0xff)
    const wanted = createHash('sha1').update(message).digest('hex')
    assert.equal(hexOf(sha1Words(message)), wanted, `${length} bytes`)
  }
})

test('SHA-1 is node:crypto’s on random messages', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      const wanted = createHash('sha1').update(message).digest('hex')
      assert.equal(hexOf(sha1Words(message)), wanted)
    }),
    { numRuns: 1500 },
  )
})

test('a compression may write over its own input', () => {
  const block = Int32Array.from({ length: 16 }, (_, i) => i * 0x1234567)
  const apart = new Int32Array(5)
  compress(apart, SHA1_INITIAL, block)
  const state = SHA1_INITIAL.slice()
  compress(state, state, block.slice())
  assert.deepEqual(state, apart)
  const over = block.slice()
  compress(over, SHA1_INITIAL, over)
  assert.deepEqual(over.slice(0, 5), apart)
})

for (const algorithm of [SHA1, SHA256, SHA512]) {
  test(`${algorithm.name}: truncation is RFC 4226’s over node:crypto’s HMAC`, () => {
    const counters = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    const keys = fc.uint8Array({ minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(keys, counters, (key, counter) => {
        const high = Number(counter >> 32n) | 0
        const low = Number(counter & 0xffffffffn) | 0
        assert.equal(
          algorithm.keyed(key).truncated(high, low),
          truncatedByNode(algorithm.name, key, counter),
        )
      }),
      { numRuns: 1500 },
    )
  })

  test(`${algorithm.name}: one key serves many counters, and keys in turn do not mix`, () => {
    const keys = [1, 2, 3].map((fill) => new Uint8Array(20).fill(fill))
    const macs = keys.map((key) => algorithm.keyed(key))
    for (let counter = 0; counter < 200; counter++) {
      for (const [i, mac] of macs.entries()) {
        const wanted = truncatedByNode(algorithm.name, keys[i]!, BigInt(counter))
        assert.equal(mac.truncated(0, counter), wanted)
      }
    }
  })

  test(`${algorithm.name}: every offset of the truncation occurs and is right`, () => {
    const key = new Uint8Array(20).fill(9)
    const mac = algorithm.keyed(key)
    const offsets = new Set<number>()
    for (let counter = 0; offsets.size < 16 && counter < 1000; counter++) {
      const message = Buffer.alloc(8)
      message.writeUInt32BE(counter, 4)
      offsets.add(createHmac(algorithm.name, key).update(message).digest().at(-1)! & 0xf)
      const wanted = truncatedByNode(algorithm.name, key, BigInt(counter))
      assert.equal(mac.truncated(0, counter), wanted)
    }
    assert.equal(offsets.size, 16)
  })

  test(`${algorithm.name}: a key wiped by its owner stays set`, () => {
    const key = new Uint8Array(200).fill(5)
    const mac = algorithm.keyed(key)
    const before = mac.truncated(0, 1)
    key.fill(0)
    assert.equal(mac.truncated(0, 1), before)
  })
}
