/**
 * An app that has users and passwords already and adds the second factor to them.
 *
 *     node examples/own-login.ts          then POST to http://localhost:3000/login
 *
 * The app decides who somebody is and who may enrol; the engine decides whether a code is right and sees
 * to it that it works once. Everything in capitals is a stand-in for what such an app has anyway.
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { createEngine, generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import type { Engine } from '@halfminute/engine'

const USERS: Readonly<Record<string, { id: string; password: string }>> = {
  ada: { id: 'user-1', password: 'correct horse battery staple' },
}
const PASSWORD_PROVEN = new Map<string, string>()
const SIGNED_IN = new Map<string, string>()

type Answer = readonly [status: number, body: object]
type Body = Readonly<Record<string, unknown>>

/** The two routes of a sign-in, and the two that set up a phone. */
export function ownLogin(engine: Engine) {
  return async (path: string, body: Body, source?: string): Promise<Answer> => {
    const half = PASSWORD_PROVEN.get(String(body['half']))
    const accountId = SIGNED_IN.get(String(body['session']))
    switch (path) {
      case '/login': {
        const user = USERS[String(body['name'])]
        if (user === undefined || user.password !== body['password']) return [401, {}]
        const authenticators = await engine.authenticators.list({ accountId: user.id })
        if (!authenticators.some(({ state }) => state === 'active')) return signedIn(user.id)
        const token = randomUUID()
        PASSWORD_PROVEN.set(token, user.id)
        return [200, { half: token }]
      }
      case '/login/code': {
        if (half === undefined) return [401, {}]
        const method = body['recovery'] === true ? 'recovery' : 'totp'
        const outcome = await engine.verify({
          accountId: half,
          code: body['code'],
          method,
          ...(source !== undefined && { source }),
        })
        if (!outcome.ok) return [401, { code: outcome.code, again: outcome.retryAfterSeconds }]
        PASSWORD_PROVEN.delete(String(body['half']))
        return signedIn(half)
      }
      case '/phone': {
        if (accountId === undefined) return [401, {}]
        const started = await engine.authenticators.enrol({
          accountId,
          kind: 'totp',
          name: 'phone',
        })
        return [201, started]
      }
      case '/phone/confirm': {
        if (accountId === undefined) return [401, {}]
        const authenticatorId = String(body['id'])
        const outcome = await engine.authenticators.confirm({
          accountId,
          authenticatorId,
          code: body['code'],
        })
        return [outcome.ok ? 200 : 401, outcome]
      }
      default:
        return [404, {}]
    }
  }
}

function signedIn(accountId: string): Answer {
  const session = randomUUID()
  SIGNED_IN.set(session, accountId)
  return [200, { session }]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const engine = createEngine({
    store: sqliteStore(':memory:'), // a file's path, and the key from a file, in a real app
    keyring: generateKeyring(systemRandom),
    issuer: 'ACME',
  })
  const answer = ownLogin(engine)
  createServer((incoming, outgoing) => {
    void (async () => {
      let text = ''
      for await (const chunk of incoming) text += String(chunk)
      const [status, body] = await answer(incoming.url ?? '', JSON.parse(text || '{}') as Body)
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })()
  }).listen(3000, '127.0.0.1', () => {
    console.log('POST to http://localhost:3000/login')
  })
}
