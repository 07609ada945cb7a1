/** The server sent on errands: to addresses that it reaches and its attacker does not. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostileAttestation } from '@halfminute/engine/testing'
import { attack } from './support/attack.ts'
import { newcomer } from './support/people.ts'

interface Asked {
  readonly options: { readonly challenge: string; readonly rp: { readonly id?: string } }
}

/** Listens on this machine. */
async function neighbour() {
  const called: string[] = []
  const server = createServer(({ url = '' }, response) => {
    called.push(`the server called ${url}`)
    response.end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return { called, url: `http://127.0.0.1:${port}`, close: () => server.close() }
}

/* Anybody may register, and a certificate says where to ask whether it was revoked. */
attack(
  'a passkey’s certificate sends the server to its neighbours [R52]',
  { defence: 'a new passkey brings no certificate' },
  async (target) => {
    const { browser } = await newcomer(target)
    const { called, url, close } = await neighbour()
    for (const origin of target.urls) {
      // Every other request goes to the other server, and each server has an origin of its own.
      for (const _ of target.urls) {
        const asked = await browser.post('/api/passkeys/options')
        assert.equal(asked.status, 200, asked.text)
        const { options } = asked.json<Asked>()
        const response = hostileAttestation(options, { origin, revocationList: `${url}/secrets` })
        await browser.post('/api/passkeys', { name: 'key', response })
        await browser.post('/api/passkeys', { name: 'key', response })
      }
    }
    close()
    return called
  },
)
