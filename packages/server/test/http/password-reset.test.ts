/** A forgotten password by API and page: what is answered, what is never shown, and who is let in (nobody). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Message } from '@halfminute/engine'
import { letterOf } from '../../src/mail/letter.ts'
import { enrolledPerson, HTTPS, openApp, PASSWORD, register } from './support.ts'
import type { Answer, Harness, HarnessOptions, Visitor } from './support.ts'

const NEW_PASSWORD = 'quite another horse'
const LOGIN = 'ada@example.com'

interface Scene extends Harness {
  readonly messages: readonly Message[]
  /** The token that was mailed last. */
  readonly token: () => Promise<string>
}

function scene(t: TestContext, options: HarnessOptions = {}): Scene {
  const messages: Message[] = []
  const email = (message: Message) => {
    messages.push(message)
    return Promise.resolve('sent' as const)
  }
  const harness = openApp(t, { notify: { email }, ...options })
  const token = async () => {
    await harness.engine.outbox.deliver()
    return (
      messages.findLast(({ secret }) => secret !== undefined)?.secret ?? assert.fail('no token')
    )
  }
  return { ...harness, messages, token }
}

async function askedFor(here: Scene, login = LOGIN): Promise<string> {
  const answer = await here.visitor().post('/api/password/forgot', { login })
  assert.equal(answer.status, 202)
  return here.token()
}

async function status(visitor: Visitor, password: string): Promise<unknown> {
  const answer = await visitor.post('/api/login', { login: LOGIN, password })
  return answer.code ?? answer.json()['status']
}

test('by the API: asked, mailed, set, and the code is still asked for [R37]', async (t) => {
  const here = scene(t)
  await enrolledPerson(here.visitor(), here.clock)
  const token = await askedFor(here)
  const stranger = here.visitor()
  const set = await stranger.post('/api/password/reset', { token, newPassword: NEW_PASSWORD })
  assert.deepEqual([set.status, set.text, stranger.cookies.size], [204, '', 0])
  assert.equal(await stranger.isSignedIn(), false)
  assert.equal(await status(stranger, PASSWORD), 'LOGIN_REFUSED')
  assert.equal(await status(stranger, NEW_PASSWORD), 'second_factor')
  const again = await stranger.post('/api/password/reset', { token, newPassword: NEW_PASSWORD })
  assert.deepEqual([again.status, again.code], [401, 'RESET_REFUSED'])
})

test('by the pages: each step leads to the next, and the last one to signing in [R37]', async (t) => {
  const here = scene(t)
  await enrolledPerson(here.visitor(), here.clock)
  const visitor = here.visitor()
  assert.match((await visitor.page('/login')).text, /href="\/password\/forgot"/)
  const asked = await visitor.submit('/password/forgot', { login: LOGIN })
  assert.deepEqual([asked.status, asked.headers.get('location')], [303, '/password/reset'])
  assert.match((await visitor.page('/password/reset')).text, /a link is on its way/)
  const token = await here.token()
  // As it may come out of a mail program: over two lines.
  const pasted = ` ${token.slice(0, 40)}\n${token.slice(40)} `
  const set = await visitor.submit('/password/reset', { token: pasted, newPassword: NEW_PASSWORD })
  assert.deepEqual([set.status, set.headers.get('location')], [303, '/login'])
  assert.match((await visitor.page('/login')).text, /Your new password is set/)
  assert.equal(await visitor.isSignedIn(), false)
  assert.equal(await status(visitor, NEW_PASSWORD), 'second_factor')
})

test('after a password that will not do the page needs the code no more, and does not show it [R37] [R44]', async (t) => {
  const here = scene(t)
  await register(here.visitor(), LOGIN)
  const token = await askedFor(here)
  const visitor = here.visitor()
  const short = await visitor.submit('/password/reset', { token, newPassword: 'short' })
  assert.equal(short.status, 400)
  assert.match(short.text, /too short/)
  for (const page of [short, await visitor.page('/password/reset')]) {
    assert.doesNotMatch(page.text, /name="token"/)
    assert.equal(page.text.includes(token), false)
  }
  const set = await visitor.submit('/password/reset', { newPassword: NEW_PASSWORD })
  assert.equal(set.headers.get('location'), '/login')
  assert.equal(visitor.cookies.has('halfminute-reset'), false)
})

test('a token that is over asks for another one, and forgets it', async (t) => {
  const here = scene(t)
  await register(here.visitor(), LOGIN)
  const token = await askedFor(here)
  const visitor = here.visitor()
  await visitor.submit('/password/reset', { token, newPassword: 'short' })
  here.clock.wait(3_600)
  const late = await visitor.submit('/password/reset', { newPassword: NEW_PASSWORD })
  assert.equal(late.status, 401)
  assert.match(late.text, /name="token"[^]*href="\/password\/forgot"/)
  assert.equal(visitor.cookies.size, 0)
})

/* A list of addresses goes in, the customers come out. */
test('asking is answered alike for who has an account, who has none, and who asks too often [R29]', async (t) => {
  const here = scene(t)
  await register(here.visitor(), LOGIN)
  await register(here.visitor(), 'no-address')
  const plain = ({ status: code, headers, text }: Answer) => {
    const rest = [...headers].filter(([name]) => !['x-request-id'].includes(name))
    return JSON.stringify([code, rest, text]).replaceAll(/random-\d+/g, 'random')
  }
  const answers = new Set<string>()
  const pages = new Set<string>()
  const often = Array.from({ length: 5 }, () => LOGIN)
  for (const login of [LOGIN, 'nobody@example.com', 'no-address', '', ...often]) {
    answers.add(plain(await here.visitor().post('/api/password/forgot', { login })))
    const visitor = here.visitor()
    pages.add(plain(await visitor.submit('/password/forgot', { login })))
    pages.add(`then ${plain(await visitor.page('/password/reset'))}`)
  }
  assert.deepEqual([answers.size, pages.size], [1, 2])
})

/* The classic: the attacker asks for the victim's mail under a name of their own, and waits for the click. */
test('whatever names a request gives this server, the link is of the configured one [R37]', async (t) => {
  for (const baseUrl of [undefined, HTTPS]) {
    const here = scene(t, { baseUrl, trustedProxies: ['192.0.2.10'] })
    await register(here.visitor(), LOGIN)
    for (const headers of [
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
      { forwarded: 'host=evil.example' },
      { 'x-original-host': 'evil.example', 'x-host': 'evil.example' },
    ]) {
      const answer = await here.visitor().post('/api/password/forgot', { login: LOGIN }, headers)
      assert.equal(answer.status, 202)
      await here.engine.outbox.deliver()
      here.clock.wait(3_600)
    }
    assert.equal(here.messages.length, 4)
    for (const message of here.messages) {
      const { text } = await letterOf(message, { issuer: 'ACME', baseUrl: HTTPS })
      assert.equal(`${JSON.stringify(message)}${text}`.includes('evil'), false)
      assert.ok(text.includes(`${HTTPS}/password/reset#${message.secret}`))
    }
  }
})

test('a server without mail says so on the page, answers the API alike, and keeps nothing', async (t) => {
  const here = openApp(t)
  await register(here.visitor(), LOGIN)
  const page = await here.visitor().page('/password/forgot')
  assert.match(page.text, /sends no mail[^]*Ask the people who\s+run ACME/)
  assert.doesNotMatch(page.text, /<form/)
  const posted = await here.visitor().submit('/password/forgot', { login: LOGIN })
  assert.equal(posted.headers.get('location'), '/password/forgot')
  assert.equal((await here.visitor().post('/api/password/forgot', { login: LOGIN })).status, 202)
  assert.equal((await here.engine.outbox.waiting()).count, 0)
})

test('a token is shown by no answer and stands in no log line [R44]', async (t) => {
  const here = scene(t)
  await register(here.visitor(), LOGIN)
  const token = await askedFor(here)
  const visitor = here.visitor()
  const answers = [
    await visitor.post('/api/password/reset', { token, newPassword: 'short' }),
    await visitor.post('/api/password/reset', { token, newPassword: [NEW_PASSWORD] }),
    await visitor.page(`/password/reset?token=${encodeURIComponent(token)}`),
    await visitor.page(`/password/reset/${encodeURIComponent(token)}`),
    await visitor.post('/api/password/reset', { token, newPassword: NEW_PASSWORD }),
  ]
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [400, 400, 200, 404, 204],
  )
  const [half = ''] = token.split('.')
  for (const text of [...answers.map((answer) => answer.text), JSON.stringify(here.lines)]) {
    assert.equal(text.includes(half), false)
  }
})

test('mails in place of sending are shown to this machine alone', async (t) => {
  const shown = {
    id: 'm1',
    at: 1_790_000_160,
    recipient: '<b>ada@example.com',
    subject: 'Set a new password',
    text: 'Set a new password: http://localhost/password/reset#token',
    html: '<p>',
    point: 'http://localhost/password/reset#token',
  }
  const here = openApp(t, { shownMail: { path: '/dev/mail/unguessable', newest: () => [shown] } })
  const path = '/dev/mail/unguessable'
  const page = await here.visitor().page(path)
  assert.equal(page.status, 200)
  assert.match(
    page.text,
    /&lt;b&gt;ada@example\.com[^]*href="http:\/\/localhost\/password\/reset#token"/,
  )
  const headers = { accept: 'text/html' }
  for (const strange of [
    { host: 'evil.example' },
    { host: 'localhost.evil.example' },
    { 'x-forwarded-for': '192.0.2.1' },
    { forwarded: 'for=192.0.2.1' },
    { via: '1.1 proxy' },
  ]) {
    const answer = await here.visitor().get(path, { headers: { ...headers, ...strange } })
    assert.deepEqual([answer.status, answer.text.includes('token')], [404, false])
  }
  for (const guess of ['/dev/mail', '/dev/mail/', '/dev/mail/guess']) {
    assert.equal((await here.visitor().page(guess)).status, 404)
  }
  assert.equal((await openApp(t).visitor().page(path)).status, 404)
})
