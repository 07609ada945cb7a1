/**
 * Does the time of an answer tell whether a login exists, or whether its pool of tries is closed? Asked over
 * HTTP of a real server, with the clock of the one who asks; `support/compared-times.ts` says how.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { BLOCKS, compared, MOST_OFF, ROUNDS, say } from './support/compared-times.ts'
import { HttpClient, PASSWORD } from './support/person.ts'
import type { Answer } from './support/person.ts'
import { startServer, wholeFile } from './support/server.ts'

const MEMBERS = 2 * BLOCKS
/** Two tests ask each member once a round with a wrong password, and a little more while warming up. */
const TRIES_PER_LOGIN = 2 * ROUNDS + 2

const file = wholeFile()
let client: HttpClient
const loginOf = (kind: string, nth: number) => `${kind}-${nth}@example.com`

before(async () => {
  const env = {
    HALFMINUTE_LOG_LEVEL: 'silent',
    HALFMINUTE_PASSWORD_FAILURES_PER_DAY: String(TRIES_PER_LOGIN),
    HALFMINUTE_RESETS_PER_HOUR: String(2 * ROUNDS),
    HALFMINUTE_TRUSTED_PROXIES: '127.0.0.1',
  }
  const { url } = await startServer(file, { env })
  client = new HttpClient(url)
  for (let nth = 0; nth < MEMBERS; nth++) {
    assert.equal((await signUp(loginOf('member', nth))).status, 201)
  }
})

/** Without the cookies of anybody. */
async function post(path: string, json: object): Promise<Answer> {
  client.cookies.clear()
  return client.post(path, json)
}
const signUp = (login: string, password = PASSWORD) => post('/api/register', { login, password })
const wrongPassword = (login: string) => post('/api/login', { login, password: 'a wrong password' })

/** Somebody with a list of addresses asks which of them have an account here. */
test('an unknown login takes as long as a wrong password [R29]', async (t) => {
  const times = await compared(
    [
      (nth, round) => wrongPassword(loginOf(`nobody-${round}`, nth)),
      (nth) => wrongPassword(loginOf('member', nth)),
    ],
    true,
  )
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})

/** Who sees that a pool is closed knows when to come back, and that somebody else is at it too. */
test('a closed pool of passwords takes as long as a wrong password [R16 R29]', async (t) => {
  const closed = 'closed@example.com'
  assert.equal((await signUp(closed)).status, 201)
  for (let tries = 0; tries < TRIES_PER_LOGIN; tries++) await wrongPassword(closed)
  const rightOne = await post('/api/login', { login: closed, password: PASSWORD })
  assert.equal(rightOne.code, 'LOGIN_REFUSED', 'the pool is still open')
  const times = await compared(
    [() => wrongPassword(closed), (nth) => wrongPassword(loginOf('member', nth))],
    true,
  )
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})

/** A password that breaks the rules makes no account, so it could ask for a login and leave no trace. */
test('a taken login and a free one refuse a weak password alike [R29]', async (t) => {
  const times = await compared(
    [
      (nth) => signUp(loginOf('member', nth), 'short'),
      (nth, round) => signUp(loginOf(`weak-${round}`, nth), 'short'),
    ],
    true,
  )
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})

/**
 * That a login is taken must be told sooner or later, and the answer says so in words, so its time gives
 * nothing away. But it comes after the hash, so that nobody asks for a whole list at the price of a look-up.
 * It spares what a registration writes afterwards, hence not 5 % here.
 */
test('that a login is taken is told only after the work of a registration [R29]', async (t) => {
  const times = await compared(
    [
      (nth) => signUp(loginOf('member', nth)),
      (nth, round) => signUp(loginOf(`newcomer-${round}`, nth)),
    ],
    false,
  )
  say(t, times)
  assert.ok(times.ratio >= 0.8)
})

/** Each from a network of its own, as one alone may not ask so often. */
let asked = 0
function forgotten(login: string): Promise<Answer> {
  client.cookies.clear()
  const from = `198.${18 + (++asked >> 16)}.${(asked >> 8) & 255}.${asked & 255}`
  return client.send('POST', '/api/password/forgot', {
    json: { login },
    headers: { 'x-forwarded-for': from },
  })
}

/** No hash hides what differs here: a link is made and sealed for nobody as well, and written down. */
test('asking for a new password takes as long for an unknown login [R29 R37]', async (t) => {
  const times = await compared(
    [
      (nth, round) => forgotten(loginOf(`forgotten-${round}`, nth)),
      (nth) => forgotten(loginOf('member', nth)),
    ],
    true,
  )
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})
