/**
 * Accounts with an active authenticator and a ticket each, written straight into the database, so that
 * the code step can be measured without the password step before it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEngine, parseKeyring, sqliteStore, systemClock } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import type { NewEvent } from '@halfminute/engine'
import type { Shot } from './client.ts'

/** How the engine names a browser that sends no User-Agent, as the load's does not. */
const browser = `unknown/${createHash('sha256').update('').digest('hex')}`

/** @param folder of a server that has started once and stopped */
export async function seedCodeSignIns(folder: string, count: number): Promise<() => Shot[]> {
  const store = sqliteStore(join(folder, 'data/halfminute.db'))
  const keyring = parseKeyring(readFileSync(join(folder, 'data/halfminute.key'), 'utf8'))
  const engine = createEngine({ store, keyring, issuer: 'bench' })
  const now = systemClock.nowSeconds()
  const pending: { ticket: string; code: () => string }[] = []
  for (let n = 0; n < count; n++) {
    const accountId = randomBytes(16).toString('hex')
    const { id, uri } = await engine.authenticators.enrol({
      accountId,
      kind: 'totp',
      name: 'bench',
    })
    const event: NewEvent = {
      accountId,
      at: now,
      kind: 'seed',
      result: 'accepted',
      factor: null,
      source: null,
    }
    await store.activateAuthenticator({
      accountId,
      authenticatorId: id,
      step: 0,
      now,
      recoveryCodes: [],
      event,
    })
    const ticket = `${randomBytes(32).toString('base64url')}.${accountId}`
    await store.createTicket(
      {
        accountId,
        tokenHash: new Uint8Array(createHash('sha256').update(ticket).digest()),
        passwordVersion: 1,
        browser,
        createdAt: now,
        expiresAt: now + 600,
      },
      event,
    )
    const phone = virtualAuthenticator(uri, systemClock)
    pending.push({ ticket, code: () => phone.code() })
  }
  await engine.close()
  return () =>
    pending.map(({ ticket, code }) => ({
      method: 'POST',
      path: '/api/login/code',
      body: { ticket, method: 'totp', code: code() },
    }))
}
