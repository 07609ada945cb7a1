/**
 * A forgotten password as people have it: a real server, a real mail server, the mail read, and the phone
 * still asked for. The pages are visited in `browser/forgotten-password.test.ts`.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { openMailbox } from '../support/mailbox.ts'
import type { Mailbox } from '../support/mailbox.ts'
import { enrol, giveCode, HttpClient, PASSWORD, register } from '../support/person.ts'
import { startServer, wholeFile } from '../support/server.ts'
import type { RunningServer } from '../support/server.ts'

const NEW_PASSWORD = 'quite another horse'

const file = wholeFile()
let mailbox: Mailbox
let server: RunningServer

before(async () => {
  const user = { name: 'login', password: 'for the mail server' }
  mailbox = await openMailbox(file, { user })
  const env = {
    HALFMINUTE_SMTP_URL: `smtp://login:${encodeURIComponent(user.password)}@127.0.0.1:${mailbox.port}`,
    HALFMINUTE_MAIL_FROM: 'login@example.com',
    HALFMINUTE_LOG_LEVEL: 'debug',
  }
  server = await startServer(file, { env })
})

const visitor = () => new HttpClient(server.url)
const now = () => Math.floor(Date.now() / 1000)

async function owner(login: string) {
  const browser = visitor()
  await register(browser, login)
  const { phone } = await enrol(
    browser,
    (uri) => {
      const shown = (nowSeconds: number) =>
        virtualAuthenticator(uri, { nowSeconds: () => nowSeconds })
      return { code: (nowSeconds) => shown(nowSeconds).code() }
    },
    now(),
  )
  return { browser, phone }
}

test('the link from the mail sets a new password, and the phone is still asked for [R37] [R36]', async () => {
  const login = 'ada@example.com'
  const { browser, phone } = await owner(login)
  await mailbox.next(login, 'A way to sign in was added')
  assert.equal((await visitor().post('/api/password/forgot', { login })).status, 202)
  const { text, html } = await mailbox.next(login, 'Set a new password')
  const link = new RegExp(`${server.url}/password/reset#(\\S+)`)
  const [, token = ''] = link.exec(text) ?? []
  assert.equal(link.exec(html.replaceAll('"', ' '))?.[1], token, 'both parts have one link')
  assert.ok(text.split('\n').includes(`    ${token}`), 'and the code to be pasted')

  const stranger = visitor()
  const set = await stranger.post('/api/password/reset', { token, newPassword: NEW_PASSWORD })
  assert.equal(set.status, 204, set.text)
  assert.equal(await stranger.isSignedIn(), false)
  assert.equal(await browser.isSignedIn(), false, 'the session of before is over')
  await mailbox.next(login, 'A new password was set by mail')

  const old = await stranger.post('/api/login', { login, password: PASSWORD })
  assert.equal(old.code, 'LOGIN_REFUSED')
  const first = await stranger.post('/api/login', { login, password: NEW_PASSWORD })
  const { status, ticket } = first.json<{ status: string; ticket: string }>()
  assert.equal(status, 'second_factor')
  assert.equal(await stranger.isSignedIn(), false)
  const second = await giveCode(stranger, ticket, phone.code(now() + 30))
  assert.equal(second.status, 200, second.text)
  assert.equal((await stranger.get('/api/session')).json()['aal'], 2)
})

test('neither the token nor the mail server’s password is in what the server says [R44]', async () => {
  const login = 'grace@example.com'
  await register(visitor(), login)
  await visitor().post('/api/password/forgot', { login })
  const { text } = await mailbox.next(login, 'Set a new password')
  const token = /#(\S+)/.exec(text)?.[1] ?? assert.fail(text)
  await visitor().post('/api/password/reset', { token, newPassword: 'short' })
  const said = server.stdout() + server.stderr()
  for (const secret of [token.split('.')[0] ?? '', 'for the mail server', 'for%20the', login]) {
    assert.equal(said.includes(secret), false, secret)
  }
})

test('a server that stops sends what it has begun to send first', async (t) => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
  const slow = await openMailbox(t, {
    onMail: () => {
      begin()
      return mayEnd
    },
  })
  const env = {
    HALFMINUTE_SMTP_URL: `smtp://127.0.0.1:${slow.port}`,
    HALFMINUTE_MAIL_FROM: 'login@example.com',
  }
  const { url, folder, stop, says } = await startServer(t, { env })
  const login = 'ada@example.com'
  const browser = new HttpClient(url)
  await register(browser, login)
  await browser.post('/api/password/forgot', { login })
  await begun
  const stopped = stop()
  await says('Stopping')
  end()
  assert.equal(await stopped, 0)
  assert.equal(slow.mails.length, 1)
  const db = new DatabaseSync(join(folder, 'data/halfminute.db'))
  assert.equal(db.prepare('select count(*) as n from outbox').get()?.['n'], 0, 'and noted it')
  db.close()
})

test('in production a server without mail says so at its start, and a page says whom to ask', async (t) => {
  const first = await startServer(t, { env: {} })
  const shownAt = /Mail +shown here and at http:\/\/localhost:\d+(\/dev\/mail\/[\w-]{22}),/
  const [, path = ''] = shownAt.exec(first.stderr()) ?? []
  assert.notEqual(path, '')
  const login = 'ada@example.com'
  const browser = new HttpClient(first.url)
  await register(browser, login)
  await browser.post('/api/password/forgot', { login })
  await first.says('/password/reset#')
  assert.match(first.stderr(), /Mail +to ada@example\.com: Set a new password\n +http:/)
  const page = await browser.get(path, { headers: { accept: 'text/html' } })
  assert.match(page.text, /Set a new password/)
  const guessed = await browser.get('/dev/mail', { headers: { accept: 'text/html' } })
  assert.equal(guessed.status, 404)
  await first.stop()
  const { folder } = first
  const second = await startServer(t, { folder, env: { NODE_ENV: 'production' } })
  assert.match(second.stderr(), /Mail +none/)
  const visit = new HttpClient(second.url)
  const headers = { accept: 'text/html' }
  assert.equal((await visit.get(path, { headers })).status, 404)
  assert.match((await visit.get('/password/forgot', { headers })).text, /sends no mail/)
  await visit.post('/api/password/forgot', { login })
  assert.doesNotMatch(second.stderr(), /password\/reset/)
})
