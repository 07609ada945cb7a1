/**
 * Does the time of a refusal tell that a code is one of the next minutes? Asked over HTTP of a real server;
 * `support/compared-times.ts` says how.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { parseUri, Totp } from '@halfminute/otp'
import { enrol, giveCode, HttpClient, register, ticketOf } from './support/person.ts'
import type { Authenticator } from './support/person.ts'
import { compared, MOST_OFF, say } from './support/compared-times.ts'
import { startServer, wholeFile } from './support/server.ts'

/** A ticket takes 10 wrong codes, an account 100 in a row. */
const BLOCKS_PER_TICKET = 2
const BLOCKS_PER_ACCOUNT = 20

const file = wholeFile()
let url: string

before(async () => {
  const roomy = { DAY: '100', MONTH: '1000' }
  ;({ url } = await startServer(file, {
    env: {
      HALFMINUTE_LOG_LEVEL: 'silent',
      HALFMINUTE_TICKET_SECONDS: '600',
      HALFMINUTE_TRIES_PER_TICKET: '10',
      HALFMINUTE_CODE_FAILURES_BEFORE_WAIT: '100',
      HALFMINUTE_CODE_FAILURES_PER_DAY: roomy.DAY,
      HALFMINUTE_CODE_FAILURES_PER_MONTH: roomy.MONTH,
    },
  }))
})

const nowSeconds = () => Math.floor(Date.now() / 1000)

function library(uri: string): Authenticator {
  const totp = parseUri(uri)
  assert.ok(totp instanceof Totp)
  return { code: (seconds) => totp.code({ nowSeconds: seconds }) }
}

test('a code of the next minutes is refused in the time of a random one [R10]', async (t) => {
  const stranger = new HttpClient(url)
  let blocks = 0
  let phone: Authenticator
  const tickets: string[] = []
  // All tickets of an account at once: a block that comes right after a hash begins with a slow request.
  const prepare = async () => {
    if (blocks++ % BLOCKS_PER_ACCOUNT !== 0) return
    const login = `ada-${blocks}@example.com`
    const owner = new HttpClient(url)
    await register(owner, login)
    phone = (await enrol(owner, library, nowSeconds())).phone
    tickets.length = 0
    for (let at = 0; at < BLOCKS_PER_ACCOUNT; at += BLOCKS_PER_TICKET) {
      tickets.push(await ticketOf(stranger, login))
    }
  }
  // Both kinds ask the phone, so that both take that long.
  const give = (stepsAhead: number) => {
    const code = phone.code(nowSeconds() + 30 * stepsAhead)
    const at = Math.floor(((blocks - 1) % BLOCKS_PER_ACCOUNT) / BLOCKS_PER_TICKET)
    return giveCode(stranger, tickets[at] ?? '', code)
  }
  const times = await compared([(nth) => give(5 + (nth % 10)), () => give(100_000)], true, {
    prepare,
    rounds: 10,
  })
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})
