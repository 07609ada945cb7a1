/** Codes and tokens that wait in the outbox: only the sender of that very message gets to see them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { systemRandom } from '@halfminute/engine'
import type { Message } from '@halfminute/engine'
import { sealForMessage } from '../src/outbox.ts'
import type { Ports } from '../src/ports.ts'
import { keyringVault } from '../src/vault.ts'
import { openEngine } from './support.ts'

const SECRET = 'a code that nobody else may read'

/** Queues a message under that id, with a secret that was sealed for another one where it is named. */
async function withSecret(t: TestContext, id: string, sealedFor = id) {
  const messages: Message[] = []
  const email = (message: Message) => {
    messages.push(message)
    return Promise.resolve('sent' as const)
  }
  const harness = openEngine(t, { notify: { email } })
  const { engine, store, clock, keyring } = harness
  await engine.ready()
  const ports = { store, clock, vault: keyringVault(keyring, systemRandom) } as unknown as Ports
  const accountId = 'account-1'
  await store.ensureAccount(accountId, clock.nowSeconds())
  const sealed = await sealForMessage(ports, SECRET, { accountId, id: sealedFor })
  const at = clock.nowSeconds()
  await store.queueMessage({
    id,
    accountId,
    channel: 'email',
    lane: 'code',
    recipient: 'ada@example.com',
    kind: 'wrong-code',
    data: {},
    sealed,
    at,
    expiresAt: at + 600,
  })
  return { ...harness, messages, sealed }
}

test('a sealed secret reaches its sender, and the store never holds it [R3]', async (t) => {
  const { engine, messages, sealed } = await withSecret(t, 'm1')
  assert.equal(Buffer.from(sealed.sealedSecret).includes(SECRET), false)
  assert.equal((await engine.outbox.deliver()).sent, 1)
  assert.equal(messages[0]?.secret, SECRET)
})

/* Whoever can write to the database must not have somebody else's code sent to an address of theirs. */
test('a secret that was sealed for another message is not sent [R3]', async (t) => {
  const { engine, messages } = await withSecret(t, 'm1', 'm2')
  const { sent, failed } = await engine.outbox.deliver()
  assert.deepEqual({ sent, failed }, { sent: 0, failed: 1 })
  assert.deepEqual(messages, [])
})
