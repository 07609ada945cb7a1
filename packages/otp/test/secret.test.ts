/** Secrets are long enough, random, and nobody's but their own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@halfminute/otp'
import fc from 'fast-check'

const refusedWith = (code: string) => ({ name: 'OtpError', code })

test('ten thousand generated secrets are 20 bytes each and all different', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 10_000; i++) {
    const { hex } = Secret.generate()
    assert.equal(hex.length, 40)
    seen.add(hex)
  }
  assert.equal(seen.size, 10_000)
})

test('every bit of a generated secret is set about half the time', () => {
  const counts = Array.from({ length: 160 }, () => 0)
  for (let i = 0; i < 2000; i++) {
    for (const [at, byte] of Secret.generate().bytes.entries()) {
      for (let bit = 0; bit < 8; bit++) counts[at * 8 + bit]! += (byte >> bit) & 1
    }
  }
  // Eight standard deviations (22 each) around 1,000: chance never gets there, a stuck bit always.
  for (const count of counts) assert.ok(count > 820 && count < 1180, `${count} of 2000`)
})

test('randomness that is handed in is used, copied, and asked for once', () => {
  const source = new Uint8Array(20).fill(7)
  const asked: number[] = []
  const secret = Secret.generate(20, (length) => {
    asked.push(length)
    return source
  })
  source.fill(0)
  assert.deepEqual(asked, [20])
  assert.deepEqual(secret.bytes, new Uint8Array(20).fill(7))
})

test('a source that returns anything but the bytes asked for is refused', () => {
  for (const wrong of [
    new Uint8Array(19),
    new Uint8Array(21),
    [1, 2, 3],
    undefined,
    '0'.repeat(20),
  ]) {
    assert.throws(
      () => Secret.generate(20, () => wrong as Uint8Array),
      refusedWith('RANDOM_BYTES_INVALID'),
    )
  }
  assert.throws(() => Secret.generate(20, 4 as never), refusedWith('RANDOM_BYTES_INVALID'))
})

for (const length of [9, 0, -20, 20.5, 1025, Number.NaN, Infinity, '20', null]) {
  test(`generate refuses a length of ${JSON.stringify(length)} (${String(length)})`, () => {
    assert.throws(() => Secret.generate(length as number), refusedWith('LENGTH_INVALID'))
  })
}

test('generate makes the length asked for, from 10 bytes to 1,024', () => {
  for (const length of [10, 16, 32, 64, 1024]) {
    assert.equal(Secret.generate(length).bytes.length, length)
  }
})

test('nine bytes are refused and ten taken, whatever they are read from', () => {
  const nine = new Uint8Array(9).fill(0xab)
  const ten = new Uint8Array(10).fill(0xab)
  assert.throws(() => Secret.fromBytes(nine), refusedWith('SECRET_TOO_SHORT'))
  assert.throws(() => Secret.fromHex('ab'.repeat(9)), refusedWith('SECRET_TOO_SHORT'))
  assert.throws(() => Secret.fromBase32('VOV2XK5LVOV2XKY'), refusedWith('SECRET_TOO_SHORT'))
  assert.throws(() => Secret.fromBytes(nine), /^OtpError: secret: /)
  assert.deepEqual(Secret.fromBytes(ten).bytes, ten)
  assert.deepEqual(Secret.fromHex('ab'.repeat(10)).bytes, ten)
  assert.deepEqual(Secret.fromBase32('VOV2XK5LVOV2XK5L').bytes, ten)
})

test('base32, hex and bytes tell the same secret', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 10, maxLength: 100 }), (bytes) => {
      const secret = Secret.fromBytes(bytes)
      assert.equal(secret.hex, Buffer.from(bytes).toString('hex'))
      assert.match(secret.base32, /^[A-Z2-7]+$/)
      assert.deepEqual(Secret.fromBase32(secret.base32).bytes, bytes)
      assert.deepEqual(Secret.fromHex(secret.hex.toUpperCase()).bytes, bytes)
    }),
  )
})

test('nobody who holds the bytes can change a secret', () => {
  const given = new Uint8Array(20).fill(1)
  const secret = Secret.fromBytes(given)
  given.fill(2)
  secret.bytes.fill(3)
  assert.deepEqual(secret.bytes, new Uint8Array(20).fill(1))
  assert.throws(() => Object.assign(secret, { bytes: given }), TypeError)
})

test('bytes out of a larger buffer are taken alone', () => {
  const pool = new Uint8Array(64).fill(9)
  assert.equal(Secret.fromBytes(pool.subarray(8, 28)).bytes.length, 20)
})

for (const text of [
  'abc',
  `${'ab'.repeat(10)}0`,
  'zz'.repeat(10),
  '0x'.repeat(10),
  ' ab'.repeat(10),
]) {
  test(`hex refuses "${text}"`, () => {
    assert.throws(() => Secret.fromHex(text), refusedWith('SECRET_INVALID'))
  })
}

test('values of the wrong type are refused with the code of a secret', () => {
  const values = [undefined, null, 42, {}, [], 'GEZDGNBVGY3TQOJQ', new ArrayBuffer(20), [1, 2, 3]]
  for (const value of values) {
    assert.throws(() => Secret.fromBytes(value as Uint8Array), refusedWith('SECRET_INVALID'))
    if (typeof value === 'string') continue
    assert.throws(() => Secret.fromBase32(value as string), refusedWith('SECRET_INVALID'))
    assert.throws(() => Secret.fromHex(value as string), refusedWith('SECRET_INVALID'))
  }
})
