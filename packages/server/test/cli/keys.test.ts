/** `keys`: what is refused before anything is touched, and how a rotation is told on a terminal. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createEngine, generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import { withNewKey } from '@halfminute/engine'
import { lockKeyFile, readKeyFile, replaceKeyFile, writeKeyFile } from '../../src/key-file.ts'
import { runWith } from './recorded-io.ts'
import type { Given } from './recorded-io.ts'

/** A database with one person in it, and its keys. */
async function installed(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-keys-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const keyFile = join(folder, 'a.key')
  const database = join(folder, 'a.db')
  const keyring = generateKeyring(systemRandom)
  writeKeyFile(keyFile, keyring)
  const engine = createEngine({ store: sqliteStore(database), keyring, issuer: 'ACME' })
  await engine.authenticators.enrol({ accountId: 'ada', kind: 'totp', name: 'phone' })
  await engine.close()
  const options = ['--key-file', keyFile, '--database', database]
  return {
    keyFile,
    keys: (action: string, given?: Given) => runWith(['keys', action, ...options], given),
  }
}

test('an unknown action is a usage mistake', async (t) => {
  const { keys } = await installed(t)
  assert.deepEqual(await keys('rotatte'), {
    status: 2,
    out: '',
    err: 'halfminute: error: unknown action\nhalfminute: hint: halfminute keys new, rotate or retire\n',
  })
})

test('a terminal is shown the progress, a pipe is not', async (t) => {
  const { keys } = await installed(t)
  const shown = await keys('rotate', { errIsTerminal: true })
  assert.equal(shown.status, 0)
  assert.match(shown.err, /\rEncrypted anew: 1 +\n$/)
})

test('while somebody else changes the keys, nothing is touched', async (t) => {
  const { keys, keyFile } = await installed(t)
  const before = readFileSync(keyFile, 'utf8')
  const unlock = lockKeyFile(keyFile)
  for (const action of ['rotate', 'retire']) {
    const refused = await keys(action)
    assert.deepEqual([refused.status, refused.out], [1, ''])
    assert.match(refused.err, /another program is changing these keys/)
  }
  unlock?.()
  assert.equal(readFileSync(keyFile, 'utf8'), before)
})

/** Killed after the file was written: another key on top of the unused one would be one too many. */
test('a key that was added and never used is used by the next rotation [R4]', async (t) => {
  const { keys, keyFile } = await installed(t)
  replaceKeyFile(keyFile, withNewKey(readKeyFile(keyFile), systemRandom))
  const before = readFileSync(keyFile, 'utf8')
  const finished = await keys('rotate')
  assert.equal(finished.status, 0)
  assert.match(finished.err, /Finishing the rotation/)
  assert.match(finished.out, /1 moved to it, 1 in all/)
  assert.equal(readFileSync(keyFile, 'utf8'), before)
  assert.equal((await keys('retire')).status, 0)
  assert.equal(readKeyFile(keyFile).keys.length, 1)
})

test('a key that still encrypts is not retired, and the exit status says so [R4]', async (t) => {
  const { keys, keyFile } = await installed(t)
  replaceKeyFile(keyFile, withNewKey(readKeyFile(keyFile), systemRandom))
  const before = readFileSync(keyFile, 'utf8')
  const refused = await keys('retire')
  assert.deepEqual([refused.status, refused.out], [1, ''])
  assert.match(refused.err, /still encrypts secrets and stays\n.*keys rotate/s)
  assert.equal(readFileSync(keyFile, 'utf8'), before)
})
