/** `keys rotate`, killed at twenty random moments: afterwards every secret opens, and the next run goes on. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  createEngine,
  formatKeyring,
  generateKeyring,
  parseKeyring,
  sqliteStore,
  systemRandom,
} from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import type { VirtualAuthenticator } from '@halfminute/engine/testing'
import { runCommand } from './support/command.ts'
import { temporaryFolder } from './support/server.ts'

const PEOPLE = 200
const ROUNDS = 20

test('twenty kills at random moments leave nothing that does not open [R4]', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'data'))
  const keyFile = join(folder, 'data/halfminute.key')
  const database = join(folder, 'data/halfminute.db')
  writeFileSync(keyFile, formatKeyring(generateKeyring(systemRandom)), { mode: 0o600 })
  const clock = fixedClock()
  const open = () => {
    const keyring = parseKeyring(readFileSync(keyFile, 'utf8'))
    return createEngine({ store: sqliteStore(database), keyring, issuer: 'ACME', clock })
  }
  const engine = open()
  const phones: { accountId: string; phone: VirtualAuthenticator }[] = []
  for (let at = 0; at < PEOPLE; at++) {
    const accountId = `user-${at}`
    const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
    const phone = virtualAuthenticator(started.uri, clock)
    const target = { accountId, authenticatorId: started.id, code: phone.code() }
    assert.ok((await engine.authenticators.confirm(target)).ok)
    phones.push({ accountId, phone })
  }
  await engine.close()

  const everyCodeIsRight = async () => {
    clock.wait(30)
    const fresh = open()
    await fresh.ready()
    for (const { accountId, phone } of phones) {
      assert.ok((await fresh.verify({ accountId, code: phone.code() })).ok, accountId)
    }
    const usage = await fresh.keys.usage()
    await fresh.close()
    return usage.length
  }

  const begun = performance.now()
  assert.equal((await runCommand(folder, ['keys', 'rotate'])).code, 0)
  const wholeMilliseconds = performance.now() - begun
  let killed = 0
  let halfWay = 0
  for (let round = 0; round < ROUNDS; round++) {
    const moment = wholeMilliseconds * (0.2 + Math.random() * 0.8)
    const { code, stderr } = await runCommand(folder, ['keys', 'rotate'], {
      killAfterMilliseconds: moment,
    })
    assert.ok(code === -1 || code === 0, stderr)
    if (code === -1) killed++
    if ((await everyCodeIsRight()) > 1) halfWay++
  }
  t.diagnostic(`${killed} of ${ROUNDS} killed, ${halfWay} of them half-way`)
  assert.ok(killed > 0)
  const finished = await runCommand(folder, ['keys', 'rotate'])
  assert.equal(finished.code, 0, finished.stderr)
  assert.equal(await everyCodeIsRight(), 1)
  const retired = await runCommand(folder, ['keys', 'retire'])
  assert.equal(retired.code, 0, retired.stderr)
  assert.equal(parseKeyring(readFileSync(keyFile, 'utf8')).keys.length, 1)
  assert.equal(await everyCodeIsRight(), 1)
})
