/** The key file is replaced whole, by one at a time, and stays closed to others. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { formatKeyring, generateKeyring, systemRandom, withNewKey } from '@halfminute/engine'
import { lockKeyFile, readKeyFile, replaceKeyFile, writeKeyFile } from '../src/key-file.ts'

function keyFile(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-keys-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const path = join(folder, 'a.key')
  const ring = generateKeyring(systemRandom)
  writeKeyFile(path, ring)
  return { folder, path, ring, next: withNewKey(ring, systemRandom) }
}

const notOnWindows = { skip: process.platform === 'win32' ? 'no modes here' : false }

test(
  'other keys take the place of the old ones, readable by the owner alone [R5]',
  notOnWindows,
  (t) => {
    const { folder, path, next } = keyFile(t)
    chmodSync(path, 0o400)
    replaceKeyFile(path, next)
    assert.equal(readFileSync(path, 'utf8'), formatKeyring(next))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['a.key'])
  },
)

test(
  'what a killed run left of a draft, in whatever mode, is not taken over [R5]',
  notOnWindows,
  (t) => {
    const { folder, path, next } = keyFile(t)
    writeFileSync(`${path}.new`, 'half a key', { mode: 0o644 })
    replaceKeyFile(path, next)
    assert.equal(formatKeyring(readKeyFile(path)), formatKeyring(next))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['a.key'])
  },
)

test('a link stays a link, and the file behind it is replaced', notOnWindows, (t) => {
  const { folder, path, next } = keyFile(t)
  const link = join(folder, 'link.key')
  symlinkSync(path, link)
  replaceKeyFile(link, next)
  assert.equal(readFileSync(path, 'utf8'), formatKeyring(next))
  assert.deepEqual(readdirSync(folder).toSorted(), ['a.key', 'link.key'])
})

test('one at a time holds the lock, by whatever name the file is called', notOnWindows, (t) => {
  const { folder, path } = keyFile(t)
  const link = join(folder, 'link.key')
  symlinkSync(path, link)
  const unlock = lockKeyFile(path)
  assert.ok(unlock)
  assert.equal(lockKeyFile(path), undefined)
  assert.equal(lockKeyFile(link), undefined)
  unlock()
  const again = lockKeyFile(link)
  assert.ok(again)
  again()
})
