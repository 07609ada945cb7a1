/**
 * An API for SMS on this machine, as Twilio has it, and the messages that it has taken in.
 * Promises: nothing sleeps; a message is handed out once; it is gone when the test is over.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Lasting } from './server.ts'

export interface Phonebox {
  /** What a server needs to send here. */
  readonly env: Readonly<Record<string, string>>
  /** The oldest message to this number that was not handed out yet; waits for it. */
  next(to: string): Promise<string>
}

const USER = 'AC1'
const PASSWORD = 'for the SMS API'
const FROM = '+15005550006'

export async function openPhonebox(t: Lasting): Promise<Phonebox> {
  const waiting: { to: string; body: string }[] = []
  let arrived = Promise.withResolvers<void>()
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await text(request))
    const basic = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`
    const allowed = request.headers.authorization === basic && form.get('From') === FROM
    if (allowed) waiting.push({ to: form.get('To') ?? '', body: form.get('Body') ?? '' })
    response.writeHead(allowed ? 201 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(allowed ? { status: 'queued' } : { code: 20_003 }))
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    env: {
      HALFMINUTE_SMS_CODES: 'on',
      HALFMINUTE_SMS_URL: `http://127.0.0.1:${port}/2010-04-01/Accounts/${USER}/Messages.json`,
      HALFMINUTE_SMS_USER: USER,
      HALFMINUTE_SMS_PASSWORD: PASSWORD,
      HALFMINUTE_SMS_FROM: FROM,
    },
    async next(to) {
      for (;;) {
        const at = waiting.findIndex((one) => one.to === to)
        const [message] = at < 0 ? [] : waiting.splice(at, 1)
        if (message !== undefined) return message.body
        await arrived.promise
      }
    },
  }
}

/** The six digits that a mail or an SMS is about. */
export function codeIn(message: string): string {
  const code = /^ {4}(\d{6})$/m.exec(message)?.[1] ?? /^(\d{6}) /.exec(message)?.[1]
  if (code === undefined) throw new Error(`no code in:\n${message}`)
  return code
}
