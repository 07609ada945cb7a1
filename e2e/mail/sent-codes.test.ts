/**
 * Codes by mail and SMS as people have them: a real server, a real mail server, an API for SMS. The pages are
 * visited in `browser/sent-codes.test.ts`.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { openMailbox } from '../support/mailbox.ts'
import type { Mailbox } from '../support/mailbox.ts'
import { codeIn, openPhonebox } from '../support/phonebox.ts'
import type { Phonebox } from '../support/phonebox.ts'
import { enrol, HttpClient, register, ticketOf } from '../support/person.ts'
import type { Authenticator } from '../support/person.ts'
import { startServer, wholeFile } from '../support/server.ts'
import type { RunningServer } from '../support/server.ts'

const file = wholeFile()
let mailbox: Mailbox
let phonebox: Phonebox
let server: RunningServer

before(async () => {
  mailbox = await openMailbox(file)
  phonebox = await openPhonebox(file)
  const env = {
    ...phonebox.env,
    HALFMINUTE_SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`,
    HALFMINUTE_MAIL_FROM: 'login@example.com',
    HALFMINUTE_EMAIL_CODES: 'on',
    HALFMINUTE_LOG_LEVEL: 'debug',
  }
  server = await startServer(file, { env })
})

const phoneOf = (uri: string): Authenticator => ({
  code: (nowSeconds) => virtualAuthenticator(uri, { nowSeconds: () => nowSeconds }).code(),
})

let numbers = 0

/** Signed in with a phone; the address that is the login, and a number of their own, are confirmed. */
async function reachable(login: string) {
  const number = `+49151123456${String(++numbers).padStart(2, '0')}`
  const browser = new HttpClient(server.url)
  await register(browser, login)
  await enrol(browser, phoneOf, Math.floor(Date.now() / 1000))
  const contacts = [
    ['email', login, async () => (await mailbox.next(login, 'to confirm')).text],
    ['sms', number, () => phonebox.next(number)],
  ] as const
  for (const [channel, address, arrived] of contacts) {
    const put = await browser.send('PUT', `/api/contacts/${channel}`, { json: { address } })
    assert.equal(put.status, 202, put.text)
    const code = codeIn(await arrived())
    const confirmed = await browser.post(`/api/contacts/${channel}/confirm`, { code })
    assert.equal(confirmed.status, 204, confirmed.text)
  }
  return { browser, number }
}

for (const method of ['email', 'sms'] as const) {
  test(`a code by ${method} comes, signs in, and is in nothing that the server says [R21] [R22] [R44]`, async () => {
    const login = `ada-${method}@example.com`
    const { number } = await reachable(login)
    const browser = new HttpClient(server.url)
    const first = await browser.post('/api/login', { login, password: 'correct horse battery' })
    const { methods, ticket } = first.json<{ methods: string[]; ticket: string }>()
    assert.deepEqual(methods, ['totp', 'recovery', 'email', 'sms'])
    assert.equal((await browser.post('/api/login/send', { ticket, method })).status, 202)
    const message =
      method === 'sms'
        ? await phonebox.next(number)
        : (await mailbox.next(login, 'Your code to sign in')).text
    const code = codeIn(message)
    if (method === 'sms') assert.ok(message.endsWith(`@localhost #${code}`), message)
    const given = await browser.post('/api/login/code', { ticket, method, code })
    assert.equal(given.status, 200, given.text)
    const session = (await browser.get('/api/session')).json()
    assert.equal(session['aal'], 2)
    assert.deepEqual(session['amr'], method === 'sms' ? ['pwd', 'sms', 'mfa'] : ['pwd', 'otp'])
    if (method === 'email') await mailbox.next(login, 'A code by e-mail was used')
    const said = server.stdout() + server.stderr()
    for (const secret of [`"${code}"`, ` ${code} `, number, login, 'for the SMS API']) {
      assert.equal(said.includes(secret), false, secret)
    }
  })
}

test('the old address is told that another one has taken its place [R36]', async () => {
  const login = 'grace@example.com'
  const { browser } = await reachable(login)
  const address = 'grace@new.example.com'
  await browser.send('PUT', '/api/contacts/email', { json: { address } })
  const { text } = await mailbox.next(address, 'to confirm')
  await browser.post('/api/contacts/email/confirm', { code: codeIn(text) })
  const told = await mailbox.next(login, 'Your e-mail address was changed')
  assert.equal(told.text.includes(address), false, 'and not where')
})

test('nobody is sent anything by a ticket that is none', async () => {
  const login = 'lin@example.com'
  await reachable(login)
  const ticket = await ticketOf(new HttpClient(server.url), login)
  const browser = new HttpClient(server.url)
  for (const wrong of [undefined, 'x', ticket.toUpperCase(), `${'A'.repeat(43)}.lin`]) {
    const asked = await browser.post('/api/login/send', { ticket: wrong, method: 'sms' })
    assert.deepEqual([asked.status, asked.code], [401, 'TICKET_REFUSED'])
  }
})
