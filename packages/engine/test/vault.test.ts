/** Secrets at rest: only the untouched box, in its own row, under the right key, opens. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  EngineError,
  formatKeyring,
  generateKeyring,
  keyringOf,
  parseKeyring,
  reloadingKeyring,
  systemRandom,
  withoutKeys,
} from '@halfminute/engine'
import { fixedClock } from '@halfminute/engine/testing'
import { keyringVault } from '../src/vault.ts'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { sqliteStore } from '@halfminute/engine'
import { appPerson, failsWith, openEngine, temporaryFolder } from './support.ts'

const secret = Uint8Array.from({ length: 20 }, (_, at) => at)
const unreadable = failsWith('VAULT_UNREADABLE')

test('what was sealed opens again under the same key and context [R3]', async () => {
  const vault = keyringVault(generateKeyring(systemRandom), systemRandom)
  const sealed = await vault.seal(secret, 'row 1')
  assert.deepEqual(await vault.open(sealed, 'row 1'), secret)
  assert.equal(sealed.keyId, vault.keyIds[0])
})

test('the same secret is sealed differently each time [R3]', async () => {
  const vault = keyringVault(generateKeyring(systemRandom), systemRandom)
  const boxes = new Set<string>()
  for (let sealed = 0; sealed < 100; sealed++) {
    const { box } = await vault.seal(secret, 'row 1')
    boxes.add(Buffer.from(box).toString('hex'))
    assert.equal(Buffer.from(box).includes(Buffer.from(secret)), false)
  }
  assert.equal(boxes.size, 100)
})

/** Who can write the database copies the row of their own phone over the one of somebody else. */
test('a box does not open in the context of another row [R3]', async () => {
  const vault = keyringVault(generateKeyring(systemRandom), systemRandom)
  const sealed = await vault.seal(secret, 'row 1')
  for (const context of ['row 2', '', 'row 1 ', 'row']) {
    await assert.rejects(vault.open(sealed, context), unreadable)
  }
})

test('a box with any bit changed, cut or lengthened does not open [R3]', async () => {
  const vault = keyringVault(generateKeyring(systemRandom), systemRandom)
  const { keyId, box } = await vault.seal(secret, 'row 1')
  const damaged: Uint8Array[] = [new Uint8Array(0), Uint8Array.from([...box, 0])]
  for (let at = 0; at < box.length; at++) {
    damaged.push(
      box.map((byte, place) => (place === at ? byte ^ 1 : byte)),
      box.subarray(0, at),
    )
  }
  for (const bytes of damaged) {
    await assert.rejects(vault.open({ keyId, box: bytes }, 'row 1'), unreadable)
  }
})

test('another key does not open a box, nor does its name help it [R3]', async () => {
  const vault = keyringVault(generateKeyring(systemRandom), systemRandom)
  const other = keyringVault(generateKeyring(systemRandom), systemRandom)
  const sealed = await vault.seal(secret, 'row 1')
  await assert.rejects(other.open(sealed, 'row 1'), unreadable)
  const renamed = { ...sealed, keyId: other.keyIds[0] ?? '' }
  await assert.rejects(other.open(renamed, 'row 1'), unreadable)
})

test('a key ring seals with its first key and opens with all of them', async () => {
  const [old, fresh] = [systemRandom(32), systemRandom(32)]
  const before = keyringVault(keyringOf(old), systemRandom)
  const after = keyringVault(keyringOf(fresh, old), systemRandom)
  const sealed = await before.seal(secret, 'row 1')
  assert.deepEqual(await after.open(sealed, 'row 1'), secret)
  assert.equal((await after.seal(secret, 'row 1')).keyId, after.keyIds[0])
  assert.notEqual(after.keyIds[0], before.keyIds[0])
})

/** The whole way: two people's sealed secrets are exchanged in the database, and both phones are refused. */
test('rows that were swapped in the database do not open [R3 R48]', async (t) => {
  const path = join(temporaryFolder(t), 'accounts.db')
  const harness = openEngine(t, { store: sqliteStore(path) })
  const ada = await appPerson(harness, 'ada')
  const eve = await appPerson(harness, 'eve')
  harness.clock.wait(30)
  const db = new DatabaseSync(path)
  db.exec(`update authenticators set sealed_secret = (
    select other.sealed_secret from authenticators other where other.account_id = 'eve'
  ) where account_id = 'ada'`)
  db.close()
  for (const phone of [ada.phone, eve.phone]) {
    const attempt = harness.engine.verify({ accountId: 'ada', code: phone.code() })
    await assert.rejects(attempt, unreadable)
  }
  const own = await harness.engine.verify({ accountId: 'eve', code: eve.phone.code() })
  assert.equal(own.ok, true)
})

test('a key file is read as it was written, with comments and empty lines', () => {
  const keyring = keyringOf(systemRandom(32), systemRandom(32))
  const text = formatKeyring(keyring)
  assert.deepEqual(parseKeyring(text), keyring)
  assert.deepEqual(parseKeyring(text.replaceAll('\n', '\r\n')), keyring)
  assert.deepEqual(parseKeyring(`\n\n# mine\n${text}\n  \n`), keyring)
  assert.deepEqual(parseKeyring(`\uFEFF${text}`), keyring)
})

/** A start that fails prints the error; a mistyped key in it would be a key in the log. */
test('a key file that cannot be read names the line and never shows it [R5 R44]', () => {
  const good = Buffer.from(systemRandom(32)).toString('base64')
  const bad = [
    good.slice(0, -4),
    `${good}AAAA`,
    good.replace(/.$/, '!'),
    `key: ${good}`,
    `"${good}"`,
    Buffer.from(systemRandom(31)).toString('base64'),
    Buffer.from(systemRandom(32)).toString('hex'),
    Buffer.from(systemRandom(64)).toString('base64'),
  ]
  for (const line of bad) {
    assert.throws(
      () => parseKeyring(`# keys\n${good}\n${line}\n`),
      (error: unknown) => {
        assert.ok(error instanceof EngineError)
        assert.equal(error.code, 'KEY_INVALID')
        assert.match(error.detail ?? '', /line 3/)
        const shown = inspect(error, { depth: 10 })
        assert.ok(!shown.includes(line.slice(6, 30)) && !shown.includes(good.slice(6, 30)))
        return true
      },
    )
  }
})

test('no key, short keys and keys that are plainly not random are refused [R5]', () => {
  const wrong: (() => unknown)[] = [
    () => keyringOf(),
    () => parseKeyring(''),
    () => parseKeyring('# only a comment\n'),
    () => keyringOf(systemRandom(31)),
    () => keyringOf(systemRandom(33)),
    () => keyringOf(systemRandom(16)),
    () => keyringOf(new Uint8Array(0)),
    () => keyringOf(new Uint8Array(32)),
    () => keyringOf(new Uint8Array(32).fill(255)),
    () => keyringOf(Uint8Array.from({ length: 32 }, (_, at) => at % 15)),
    () => keyringOf(new TextEncoder().encode('changemechangemechangemechangeme')),
    () => keyringOf(systemRandom(32), new Uint8Array(32)),
    () => generateKeyring((length) => new Uint8Array(length)),
    () => parseKeyring(Buffer.alloc(32).toString('base64')),
  ]
  for (const make of wrong) assert.throws(make, failsWith('KEY_INVALID'))
  assert.equal(keyringOf(Uint8Array.from({ length: 32 }, (_, at) => at % 16)).keys.length, 1)
})

/** Whoever reads the log at night has nothing but these words. */
test('a key that is refused is refused in words that help, without the key', () => {
  const said: [make: () => unknown, words: string][] = [
    [() => keyringOf(), 'there is no key'],
    [() => parseKeyring('# only a comment'), 'there is no key'],
    [() => keyringOf(systemRandom(31)), 'a key has 31 bytes, not 32'],
    [() => keyringOf(new Uint8Array(32)), 'a key is not random'],
    [() => withoutKeys({ keys: [] }, []), 'there is no key'],
    [() => keyringVault({ keys: [] }, systemRandom), 'there is no key'],
  ]
  for (const [make, detail] of said) assert.throws(make, { code: 'KEY_INVALID', detail })
})

/** Only rings that were made here are known to hold good keys. */
test('a key ring that was put together elsewhere is refused at once [R5]', () => {
  const copy = structuredClone(generateKeyring(systemRandom))
  const refused = { code: 'KEY_INVALID', detail: 'not a key ring of ours' }
  assert.throws(() => keyringVault(copy, systemRandom), refused)
  assert.throws(() => formatKeyring(copy), refused)
})

test('what does not open says whether the key or the box is to blame, and keeps the cause', async () => {
  const vault = keyringVault(generateKeyring(systemRandom), systemRandom)
  const sealed = await vault.seal(secret, 'row 1')
  await assert.rejects(vault.open({ ...sealed, keyId: 'lost' }, 'row 1'), {
    code: 'VAULT_UNREADABLE',
    detail: 'key lost is not in the key ring',
  })
  await assert.rejects(vault.open(sealed, 'row 2'), (error: unknown) => {
    assert.ok(error instanceof EngineError && error.cause instanceof Error)
    assert.deepEqual([error.code, error.detail], ['VAULT_UNREADABLE', 'a box does not open'])
    return true
  })
})

test('a vault whose keys were all taken away seals nothing', async () => {
  const clock = fixedClock()
  const ring = reloadingKeyring(generateKeyring(systemRandom), () => ({ keys: [] }), clock)
  const vault = keyringVault(ring, systemRandom)
  clock.wait(60)
  const refused = { code: 'KEY_INVALID', detail: 'there is no key' }
  await assert.rejects(vault.seal(secret, 'row 1'), refused)
})

/** A key file on a slow or absent disk must not slow down each sign-in. */
test('a box whose key is at hand opens without a look at the key file', async () => {
  const first = generateKeyring(systemRandom)
  let reads = 0
  const ring = reloadingKeyring(first, () => (reads++, first), fixedClock())
  const vault = keyringVault(ring, systemRandom)
  const sealed = await vault.seal(secret, 'row 1')
  assert.deepEqual(await vault.open(sealed, 'row 1'), secret)
  assert.equal(reads, 0)
})

/** Databases hold these ids; with another one, no secret in them would find its key. */
test('a key has the same id in every version of this program [R4]', () => {
  const key = Uint8Array.from({ length: 32 }, (_, at) => at)
  assert.deepEqual(keyringOf(key).keys, [{ id: '4ceb97f6d72ba576' }])
})

test('a key file tells whoever finds it what it is and to keep a copy apart', () => {
  const text = formatKeyring(generateKeyring(systemRandom))
  assert.match(text, /^# Halfminute: the keys that encrypt .*\n# .*keep a copy, keep it apart\.\n/)
  assert.ok(text.endsWith('=\n'))
})
