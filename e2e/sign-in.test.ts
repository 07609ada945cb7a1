/**
 * The whole job as its users have it: a real server, HTTP, and an authenticator that is none of ours.
 * Where time has to pass, the same server runs inside the test with a clock that the test moves.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { readSettings, start } from 'halfminute'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import type { FixedClock } from '@halfminute/engine/testing'
import { needs } from './support/needs.ts'
import {
  enrol,
  giveCode,
  HttpClient,
  oathtool,
  PASSWORD,
  register,
  ticketOf,
} from './support/person.ts'
import type { Authenticator, Enrolled } from './support/person.ts'
import { startServer, temporaryFolder, wholeFile } from './support/server.ts'

const file = wholeFile()
const LOGIN = 'ada@example.com'
const nowSeconds = () => Math.floor(Date.now() / 1000)

/** The library as the authenticator, for what `oathtool` has already shown to be the same. */
const library = (uri: string): Authenticator => ({
  code: (now) => virtualAuthenticator(uri, { nowSeconds: () => now }).code(),
})

/** The server within this process, at a time of the test's choosing. */
async function serverWithClock(
  t: { after(work: () => void | Promise<void>): void },
  more: Record<string, string> = {},
): Promise<{ url: string; clock: FixedClock }> {
  const folder = temporaryFolder(t)
  const clock = fixedClock()
  const flags = {
    port: '0',
    database: join(folder, 'a.db'),
    'key-file': join(folder, 'a.key'),
    'log-level': 'silent',
    ...more,
  }
  const running = await start(readSettings({ env: {}, flags }), { clock })
  t.after(() => running.stop())
  return { url: running.url, clock }
}

test(
  'register, scan the QR code, confirm, sign out, sign in',
  needs('oathtool', 'zbarimg'),
  async (t) => {
    const { url } = await startServer(t)
    const ada = new HttpClient(url)
    const accountId = await register(ada, LOGIN)
    const begun = await ada.post('/api/authenticators', { kind: 'totp', name: 'phone' })
    assert.equal(begun.status, 201)
    const { id, uri, secret } = begun.json<{ id: string; uri: string; secret: string }>()

    const picture = await ada.get(`/api/authenticators/${id}/qr.png`)
    assert.equal(picture.headers.get('content-type'), 'image/png')
    const scanned = execFileSync(
      'zbarimg',
      ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', 'png:-'],
      {
        input: picture.bytes,
        stdio: ['pipe', 'pipe', 'ignore'],
        encoding: 'utf8',
      },
    )
    assert.equal(scanned.trim(), uri)
    const { searchParams, pathname } = new URL(uri)
    assert.equal(searchParams.get('secret'), secret)
    assert.match(secret, /^[A-Z2-7]{32}$/)
    assert.equal(decodeURIComponent(pathname.split('/').at(-1) ?? ''), `Halfminute:${LOGIN}`)

    const phone = oathtool(scanned.trim())
    const enrolledAt = nowSeconds()
    const confirmed = await ada.post(`/api/authenticators/${id}/confirm`, {
      code: phone.code(enrolledAt),
    })
    assert.equal(confirmed.status, 200)
    assert.equal(confirmed.json<{ recoveryCodes: string[] }>().recoveryCodes.length, 10)
    const shownAgain = await ada.get(`/api/authenticators/${id}/qr.png`)
    assert.equal(shownAgain.status, 404)
    assert.equal((await ada.post('/api/logout')).status, 204)
    assert.equal(await ada.isSignedIn(), false)

    const password = await ada.post('/api/login', { login: LOGIN, password: PASSWORD })
    const first = password.json<{ status: string; ticket: string; methods: string[] }>()
    assert.deepEqual([first.status, first.methods], ['second_factor', ['totp', 'recovery']])
    assert.equal(await ada.isSignedIn(), false)
    // The next step's code, as this step's was spent on the enrolment.
    const code = await giveCode(ada, first.ticket, phone.code(enrolledAt + 30))
    assert.equal(code.status, 200, code.text)
    const session = (await ada.get('/api/session')).json<{
      account: object
      aal: number
      amr: string[]
      authTime: string
      expiresAt: string
    }>()
    assert.deepEqual(session.account, { id: accountId, login: LOGIN })
    assert.deepEqual([session.aal, session.amr], [2, ['pwd', 'otp', 'mfa']])
    assert.match(session.authTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const authTime = Date.parse(session.authTime) / 1000
    assert.ok(authTime >= enrolledAt && authTime <= nowSeconds())
    assert.equal(Date.parse(session.expiresAt) / 1000 - authTime, 86_400)
  },
)

describe('every kind of authenticator enrols and signs in', () => {
  const kinds = [30, 60, 120, 240].flatMap((periodSeconds) =>
    ['SHA1', 'SHA256', 'SHA512'].flatMap((algorithm) =>
      [6, 7, 8].map((digits) => ({ periodSeconds, algorithm, digits })),
    ),
  )
  let url = ''
  const ada = { client: new HttpClient('http://localhost') }
  before(async () => {
    ;({ url } = await startServer(file))
    ada.client = new HttpClient(url)
    await register(ada.client, LOGIN)
    await enrol(ada.client, library, nowSeconds())
  })
  for (const kind of kinds) {
    const { periodSeconds, algorithm, digits } = kind
    test(`${periodSeconds} s, ${algorithm}, ${digits} digits`, needs('oathtool'), async () => {
      const now = nowSeconds()
      const { id, phone, uri } = await enrol(ada.client, oathtool, now, kind)
      const { searchParams } = new URL(uri)
      assert.equal(searchParams.get('period') ?? '30', String(periodSeconds))
      assert.equal(searchParams.get('digits') ?? '6', String(digits))
      assert.equal(searchParams.get('algorithm') ?? 'SHA1', algorithm)
      const other = new HttpClient(url)
      const code = phone.code(now + periodSeconds)
      assert.equal(code.length, digits)
      const answer = await giveCode(other, await ticketOf(other, LOGIN), code)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(await other.isSignedIn(), true)
      assert.equal((await ada.client.send('DELETE', `/api/authenticators/${id}`)).status, 204)
    })
  }
})

/** Signs in from a fresh browser. @returns undefined when it worked, else the refusal's code */
async function attempt(url: string, code: string, method: 'totp' | 'recovery' = 'totp') {
  const client = new HttpClient(url)
  const answer = await giveCode(client, await ticketOf(client, LOGIN), code, method)
  assert.equal(await client.isSignedIn(), answer.status === 200)
  return answer.code
}

/** Ada, enrolled just now; the code of the present step is spent. */
async function enrolledAda(url: string, clock: FixedClock, options?: object): Promise<Enrolled> {
  const client = new HttpClient(url)
  await register(client, LOGIN)
  return enrol(client, library, clock.nowSeconds(), options)
}

test('a code of this step, the one before or the one after is taken, two away is not [R7]', async (t) => {
  const { url, clock } = await serverWithClock(t)
  const { phone } = await enrolledAda(url, clock)
  for (const [steps, verdict] of [
    [0, undefined],
    [-1, undefined],
    [1, undefined],
    [-2, 'CODE_REFUSED'],
    [2, 'CODE_REFUSED'],
  ] as const) {
    clock.wait(150)
    const code = phone.code(clock.nowSeconds() + steps * 30)
    assert.equal(await attempt(url, code), verdict, `${steps} steps away`)
  }
})

/*
 * A code stays on the screen for half a minute and is taken for longer. Whoever reads it over a shoulder,
 * or in the middle of the wire, must find it worth nothing.
 */
test('a code that was used is refused for ever, the enrolment’s too [R9]', async (t) => {
  const { url, clock } = await serverWithClock(t, {
    'code-failures-per-day': '100',
    'code-failures-per-month': '100',
    'code-failures-before-wait': '100',
  })
  const { phone } = await enrolledAda(url, clock)
  const enrolment = phone.code(clock.nowSeconds())
  assert.equal(await attempt(url, enrolment), 'CODE_REFUSED')
  clock.wait(30)
  const used = phone.code(clock.nowSeconds())
  assert.equal(await attempt(url, enrolment), 'CODE_REFUSED', 'the enrolment’s, a step later')
  assert.equal(await attempt(url, used), undefined)
  for (const seconds of [0, 1, 29, 30, 60, 3_600]) {
    clock.wait(seconds)
    assert.equal(await attempt(url, used), 'CODE_REFUSED', `another ${seconds} s later`)
  }
})

/* An attacker holds back the first of two codes and plays it after the second one. */
test('an older code is refused once a newer one was used [R9]', async (t) => {
  const { url, clock } = await serverWithClock(t)
  const { phone } = await enrolledAda(url, clock)
  clock.wait(60)
  const older = phone.code(clock.nowSeconds())
  const newer = phone.code(clock.nowSeconds() + 30)
  assert.equal(await attempt(url, newer), undefined)
  assert.equal(await attempt(url, older), 'CODE_REFUSED')
})

/* A code given early, from a phone ahead of time, must not work again when its time has come. */
test('a future code that was refused early works once in its own time [R9] [R10]', async (t) => {
  const { url, clock } = await serverWithClock(t)
  const { phone } = await enrolledAda(url, clock)
  const future = phone.code(clock.nowSeconds() + 300)
  assert.equal(await attempt(url, future), 'CODE_REFUSED')
  clock.wait(300)
  assert.equal(await attempt(url, future), undefined)
  assert.equal(await attempt(url, future), 'CODE_REFUSED')
})

/* One code, three doors: each of them must know what the others have taken. */
test('a code used in one place is used in all of them [R9]', async (t) => {
  const { url, clock } = await serverWithClock(t, {
    'code-failures-per-day': '100',
    'code-failures-per-month': '100',
    'code-failures-before-wait': '100',
  })
  const client = new HttpClient(url)
  await register(client, LOGIN)
  const { phone } = await enrol(client, library, clock.nowSeconds())
  const places = {
    login: async (code: string) => (await attempt(url, code)) === undefined,
    reauthentication: async (code: string) =>
      (await client.post('/api/reauthenticate', { password: PASSWORD, code })).status === 200,
    page: async (code: string) => {
      const browser = new HttpClient(url)
      await browser.send('POST', '/login', { form: { login: LOGIN, password: PASSWORD } })
      await browser.send('POST', '/login/code', { form: { code, method: 'totp' } })
      return browser.isSignedIn()
    },
  }
  for (const [first, use] of Object.entries(places)) {
    clock.wait(60)
    const code = phone.code(clock.nowSeconds())
    assert.equal(await use(code), true, first)
    for (const [second, replay] of Object.entries(places)) {
      assert.equal(await replay(code), false, `${first}, then ${second}`)
    }
  }
})

test('each of the ten recovery codes signs in once, however it is typed [R20] [R38]', async (t) => {
  const { url, clock } = await serverWithClock(t)
  const { recoveryCodes } = await enrolledAda(url, clock)
  assert.equal(new Set(recoveryCodes).size, 10)
  const typings = [
    (code: string) => code,
    (code: string) => code.toLowerCase(),
    (code: string) => code.replaceAll('-', ' '),
    (code: string) => ` ${code.replaceAll('-', '').replaceAll('0', 'o').replaceAll('1', 'l')}`,
  ]
  for (const [nth, code] of recoveryCodes.entries()) {
    const typed = (typings[nth % typings.length] ?? String)(code)
    assert.equal(await attempt(url, typed, 'recovery'), undefined, `number ${nth + 1}`)
    assert.equal(await attempt(url, code, 'recovery'), 'CODE_REFUSED', `number ${nth + 1} again`)
  }
  const client = new HttpClient(url)
  const login = await client.post('/api/login', { login: LOGIN, password: PASSWORD })
  assert.deepEqual(login.json()['methods'], ['totp'])
})

test('a new set of recovery codes voids the old one [R20]', async (t) => {
  const { url, clock } = await serverWithClock(t)
  const client = new HttpClient(url)
  await register(client, LOGIN)
  const { recoveryCodes } = await enrol(client, library, clock.nowSeconds())
  const replaced = await client.post('/api/recovery-codes')
  const fresh = replaced.json<{ recoveryCodes: string[] }>().recoveryCodes
  assert.equal(await attempt(url, recoveryCodes[0] ?? '', 'recovery'), 'CODE_REFUSED')
  assert.equal(await attempt(url, fresh[0] ?? '', 'recovery'), undefined)
})

test('a recovery code without the password opens nothing [R38]', async (t) => {
  const { url, clock } = await serverWithClock(t)
  const { recoveryCodes } = await enrolledAda(url, clock)
  const client = new HttpClient(url)
  for (const ticket of ['', 'x', recoveryCodes[1] ?? '']) {
    const answer = await giveCode(client, ticket, recoveryCodes[0] ?? '', 'recovery')
    assert.equal(answer.code, 'TICKET_REFUSED')
  }
  assert.equal(await attempt(url, recoveryCodes[0] ?? '', 'recovery'), undefined)
})

/*
 * A phishing page passes the code on at the same moment as its owner uses it: of any number of
 * simultaneous sign-ins only one may win, on however many servers they arrive.
 */
for (const [method, what] of [
  ['totp', 'code'],
  ['recovery', 'recovery code'],
] as const) {
  test(`of 50 simultaneous sign-ins with one ${what}, on two processes, exactly one gets a session [R9] [R20]`, async (t) => {
    const env = {
      HALFMINUTE_CODE_FAILURES_PER_DAY: '100',
      HALFMINUTE_CODE_FAILURES_PER_MONTH: '100',
      HALFMINUTE_CODE_FAILURES_BEFORE_WAIT: '100',
      HALFMINUTE_RECOVERY_FAILURES_PER_DAY: '1000',
      HALFMINUTE_LOG_LEVEL: 'error',
    }
    const one = await startServer(t, { env })
    const other = await startServer(t, { env, folder: one.folder })
    const owner = new HttpClient(one.url)
    await register(owner, LOGIN)
    const enrolledAt = nowSeconds()
    const { phone, recoveryCodes } = await enrol(owner, library, enrolledAt)
    const code = method === 'totp' ? phone.code(enrolledAt + 30) : (recoveryCodes[0] ?? '')
    const clients = Array.from(
      { length: 50 },
      (_, nth) => new HttpClient(nth % 2 === 0 ? one.url : other.url),
    )
    const tickets = await Promise.all(clients.map((client) => ticketOf(client, LOGIN)))
    const answers = await Promise.all(
      clients.map((client, nth) => giveCode(client, tickets[nth] ?? '', code, method)),
    )
    const signedIn = await Promise.all(clients.map((client) => client.isSignedIn()))
    assert.equal(signedIn.filter(Boolean).length, 1)
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const { status, code: refusal } of answers) {
      if (status !== 200) assert.equal(refusal, 'CODE_REFUSED')
    }
    const listed = (await owner.get('/api/sessions')).json<{ sessions: unknown[] }>()
    assert.equal(listed.sessions.length, 2)
  })
}
