/** What was asked for in a session that the owner ended before it was done. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import type { Store } from '@halfminute/engine'
import { client, failsWith, openEngine, signedUpPerson, ticketOf } from './support.ts'

/** The person's session ends in the moment before the store is asked for that decision. */
async function endedJustBefore(t: TestContext, decision: keyof Store) {
  const real = sqliteStore(':memory:')
  const work = real[decision] as (...all: unknown[]) => Promise<unknown>
  let armed = false
  const store = {
    ...real,
    [decision]: async (...all: unknown[]) => {
      if (armed) {
        const [session] = await real.sessions(person.accountId, now(), 3_600)
        const event = { accountId: person.accountId, at: now(), kind: 'session.ended' }
        const ended = { ...event, result: 'accepted', factor: null, source: null } as const
        assert.ok(session && (await real.endSession(person.accountId, session.id, ended)))
      }
      return work(...all)
    },
  }
  const harness = openEngine(t, { store })
  const now = () => harness.clock.nowSeconds()
  const person = await signedUpPerson(harness)
  armed = true
  return { ...harness, person, bearer: { token: person.token, client } }
}

/** A thief's session is ended by the owner while it waits for ten hashes. */
test('an ended session gets no recovery codes, and the old ones stay [R20 R34]', async (t) => {
  const { engine, person, bearer } = await endedJustBefore(t, 'replaceRecoveryCodes')
  await assert.rejects(engine.self.replaceRecoveryCodes(bearer), failsWith('SESSION_REQUIRED'))
  const ticket = await ticketOf(engine, person)
  const [code] = person.recoveryCodes
  const outcome = await engine.login.code({ ticket, method: 'recovery', code, ...client })
  assert.equal(outcome.status, 'signed_in')
})

test('an ended session removes no authenticator [R34 R50]', async (t) => {
  const { engine, person, bearer } = await endedJustBefore(t, 'removeAuthenticator')
  const { accountId, authenticatorId } = person
  const removal = engine.self.removeAuthenticator({ ...bearer, authenticatorId })
  await assert.rejects(removal, failsWith('SESSION_REQUIRED'))
  assert.equal((await engine.authenticators.list({ accountId })).length, 1)
})

test('an ended session removes no address [R34]', async (t) => {
  const { engine, store, person, bearer } = await endedJustBefore(t, 'changeContact')
  const removal = engine.self.removeContact({ ...bearer, channel: 'email' })
  await assert.rejects(removal, failsWith('SESSION_REQUIRED'))
  assert.equal((await store.contacts(person.accountId)).length, 1)
})
