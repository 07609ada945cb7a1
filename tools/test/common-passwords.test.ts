/** The list of refused passwords that the engine ships. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryRoot } from '../lib/files.ts'
import { COMMON_PASSWORDS, commonPasswords } from '../make-common-passwords.ts'

const shipped = readFileSync(join(repositoryRoot, COMMON_PASSWORDS), 'utf8')

test('it is what its maker makes of the pinned package', () => {
  assert.equal(shipped, commonPasswords(repositoryRoot), 'run tools/make-common-passwords.ts')
})

test('its head names source and licence, and every further line can be met', () => {
  const lines = shipped.split('\n')
  const head = lines.filter((line) => line.startsWith('# ') || line === '#').join('\n')
  assert.match(head, /@zxcvbn-ts\/language-common 4\.\d+\.\d+ \(MIT\)/)
  assert.match(head, /Permission is hereby granted, free of charge/)
  const words = lines.slice(head.split('\n').length, -1)
  assert.ok(words.length > 15_000)
  const odd = words.filter(
    (word) => Array.from(word).length < 8 || word !== word.normalize('NFKC').toLowerCase(),
  )
  assert.deepEqual(odd, [])
})
