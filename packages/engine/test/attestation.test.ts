/** What a new passkey says of its maker: not asked for, and not looked into. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { hostileAttestation, virtualPasskey } from '@halfminute/engine/testing'
import { openWithPasskeys, ORIGIN } from './passkey-people.ts'
import { client, PASSWORD } from './support.ts'

/** Somebody who has just registered, as anybody may. */
async function newcomer(t: TestContext) {
  const { engine } = openWithPasskeys(t)
  const register = { login: 'mallory@example.com', password: PASSWORD, ...client }
  const { token } = await engine.login.register(register)
  const options = await engine.self.passkeyRegistrationOptions({ token, client })
  const add = async (response: unknown) => {
    const added = await engine.self.addPasskey({ token, client, name: 'key', response })
    return added.ok ? 'added' : added.code
  }
  return { options, add }
}

/**
 * Mallory's certificate says that its revocation list is at an address that only the server reaches: a
 * neighbour's, or that of the cloud's credentials.
 */
test('a certificate that comes with a passkey makes the server call nobody [R52]', async (t) => {
  const calls: (string | undefined)[] = []
  const neighbour = createServer(({ url }, response) => {
    calls.push(url)
    response.end()
  })
  await new Promise<void>((listening) => neighbour.listen(0, '127.0.0.1', listening))
  t.after(() => neighbour.close())
  const { port } = neighbour.address() as AddressInfo
  const { options, add } = await newcomer(t)
  const revocationList = `http://127.0.0.1:${port}/latest/meta-data`
  const answer = hostileAttestation(options, { origin: ORIGIN, revocationList })
  assert.equal(await add(answer), 'PASSKEY_REFUSED')
  assert.deepEqual(calls, [])
})

test('a passkey that attests to itself is taken, and its signature is checked [R52]', async (t) => {
  const { options, add } = await newcomer(t)
  const passkey = virtualPasskey(ORIGIN, { attests: true })
  const right = passkey.create(options)
  const bytes = Buffer.from(right.response.attestationObject, 'base64url')
  const signature = bytes.indexOf('sig') + 40
  bytes.writeUInt8(bytes.readUInt8(signature) ^ 1, signature)
  const wrong = { ...right.response, attestationObject: bytes.toString('base64url') }
  assert.equal(await add({ ...right, response: wrong }), 'PASSKEY_REFUSED')
  assert.equal(await add(right), 'added')
})
