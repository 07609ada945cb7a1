import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../src/cli/nearest.ts'

const NAMES = ['serve', 'secret', 'code', 'verify', 'uri', 'qr']

const MEANT = [
  { typed: 'sercet', name: 'secret', how: 'two letters swapped' },
  { typed: 'secre', name: 'secret', how: 'a letter too few' },
  { typed: 'codee', name: 'code', how: 'a letter too many' },
  { typed: 'verity', name: 'verify', how: 'another letter' },
  { typed: 'servre', name: 'serve', how: 'the nearer of two' },
  { typed: 'rq', name: 'qr', how: 'half of a short word' },
]

for (const { typed, name, how } of MEANT) {
  test(`${how}: ${typed} means ${name}`, () => {
    assert.equal(nearest(typed, NAMES), name)
  })
}

for (const typed of ['', 'x', 'ab', 'account', 'constructor', 'A'.repeat(100_000)]) {
  test(`no guess for ${typed.length > 20 ? 'a very long word' : `'${typed}'`}`, () => {
    assert.equal(nearest(typed, NAMES), undefined)
  })
}
