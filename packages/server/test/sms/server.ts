/** An API for SMS on this machine, which answers as a test says and keeps what it was asked. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import type { Message } from '@halfminute/engine'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** @param answer without one nothing is answered at all */
export async function smsServer(t: TestContext, answer: (response: ServerResponse) => void) {
  const asked: Asked[] = []
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request
    asked.push({ method, url, headers, body: await text(request) })
    answer(response)
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { asked, url: `http://127.0.0.1:${port}/2010-04-01/Accounts/AC1/Messages.json` }
}

export const reply =
  (status: number, body: object = {}, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }

export const SITE = { issuer: 'ACME', baseUrl: 'https://login.example.com' }

export function message(over: Partial<Message> = {}): Message {
  return {
    id: 'message-1',
    accountId: 'account-1',
    channel: 'sms',
    recipient: '+4915112345678',
    kind: 'sign-in-code',
    login: 'ada@example.com',
    at: 1_790_000_160,
    expiresAt: 1_790_000_760,
    data: {},
    secret: '492039',
    ...over,
  }
}
