/** One secret has one base32 spelling (RFC 4648 §6), and what surrounds it is tidied, never guessed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@halfminute/otp'
import fc from 'fast-check'
import { decodeBase32, encodeBase32, tidyBase32 } from '../src/base32.ts'
import refused from './vectors/base32-refused.json' with { type: 'json' }
import rfc from './vectors/base32-rfc4648.json' with { type: 'json' }

const SECRET_INVALID = { name: 'OtpError', code: 'SECRET_INVALID' }
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

for (const row of rfc.vectors) {
  test(`RFC 4648 §10: "${row.input}" and "${row.output}"`, () => {
    const bytes = new TextEncoder().encode(row.input)
    const unpadded = row.output.replaceAll('=', '')
    assert.equal(encodeBase32(bytes), unpadded)
    assert.deepEqual(decodeBase32(unpadded), bytes)
    assert.deepEqual(decodeBase32(tidyBase32(row.output)), bytes)
  })
}

// The empty row spells nothing in either alphabet.
for (const row of rfc.base32hex.filter(({ input }) => input !== '')) {
  test(`the other alphabet, §7, is not read as if it were ours: "${row.output}"`, () => {
    assert.notEqual(readQuietly(row.output), row.input)
  })
}

function readQuietly(text: string): string | undefined {
  try {
    return Buffer.from(decodeBase32(tidyBase32(text))).toString('latin1')
  } catch {
    return undefined
  }
}

for (const row of rfc.decoderRules.valid) {
  test(`taken: "${row.in}" (${row.why})`, () => {
    assert.equal(hexOf(decodeBase32(tidyBase32(row.in))), row.outHex)
  })
}

for (const row of rfc.decoderRules.invalid) {
  test(`refused as it stands: "${row.in}" (${row.why})`, () => {
    assert.throws(() => decodeBase32(row.in), SECRET_INVALID)
  })
}

for (const row of refused.cases) {
  test(`refused as a secret: ${row.id}`, () => {
    assert.throws(
      () => Secret.fromBase32(row.text),
      (error: Error) => {
        assert.equal(Reflect.get(error, 'code'), 'SECRET_INVALID')
        assert.ok(error.message.startsWith('secret: ') && error.message.includes(row.detail))
        return true
      },
    )
  })
}

test('decoding undoes encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.deepEqual(decodeBase32(encodeBase32(bytes)), bytes)
    }),
  )
})

test('encoding undoes decoding: no second spelling gets through', () => {
  const text = fc.stringMatching(/^[A-Z2-7]{0,24}$/)
  let taken = 0
  fc.assert(
    fc.property(text, (spelling) => {
      let bytes
      try {
        bytes = decodeBase32(spelling)
      } catch {
        return
      }
      taken++
      assert.equal(encodeBase32(bytes), spelling)
    }),
    { numRuns: 2000 },
  )
  assert.ok(taken > 50)
})

test('spaces, hyphens, padding and case around a secret change nothing', () => {
  const clutter = fc.constantFrom('', ' ', '-', '  ', ' - ')
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 10, maxLength: 64 }),
      fc.array(fc.tuple(clutter, fc.boolean()), { minLength: 110, maxLength: 110 }),
      fc.constantFrom('', '=', '======', ' = = '),
      (bytes, dressing, padding) => {
        const typed = Array.from(Secret.fromBytes(bytes).base32, (letter, i) => {
          const [before, lower] = dressing[i]!
          return before + (lower ? letter.toLowerCase() : letter)
        }).join('')
        assert.deepEqual(Secret.fromBase32(typed + padding).bytes, bytes)
      },
    ),
  )
})
