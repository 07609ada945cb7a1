/** Codes by mail and SMS over HTTP: asked for and given by API and page, off by default. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Channel, Message } from '@halfminute/engine'
import { enrolledPerson, openApp, PASSWORD, ticketOf } from './support.ts'
import type { HarnessOptions } from './support.ts'

const EMAIL = 'ada@example.com'
const NUMBER = '+4915112345678'
const CHANNELS: readonly Channel[] = ['email', 'sms']

/** A server that sends to the test, and somebody who is reached by both ways. */
async function scene(t: TestContext, options: HarnessOptions = {}) {
  const messages: Message[] = []
  const keep = (message: Message) => {
    messages.push(message)
    return Promise.resolve('sent' as const)
  }
  const both = { notify: { email: keep, sms: keep }, sentCodes: { email: true, sms: true } }
  const harness = openApp(t, { ...both, ...options })
  const person = await enrolledPerson(harness.visitor(), harness.clock)
  const account = await harness.store.accountByLogin('ada@example.com')
  const accountId = account?.id ?? assert.fail('no account')
  const { contacts } = harness.engine
  await contacts.set({ accountId, channel: 'email', address: EMAIL, confirmed: true })
  await contacts.set({ accountId, channel: 'sms', address: NUMBER, confirmed: true })
  const codeBy = async (channel: Channel) => {
    await harness.engine.outbox.deliver()
    const last = messages.findLast((one) => one.channel === channel && one.secret !== undefined)
    return last?.secret ?? assert.fail(`no code by ${channel}`)
  }
  return { ...harness, person, messages, codeBy }
}

for (const method of CHANNELS) {
  test(`by the API a code by ${method} is asked for, given and used up [R21]`, async (t) => {
    const { visitor, person, codeBy, clock } = await scene(t)
    const browser = visitor()
    const ticket = await ticketOf(browser, person)
    const asked = await browser.post('/api/login/send', { ticket, method })
    const end = new Date((clock.nowSeconds() + 600) * 1000).toISOString().replace('.000Z', 'Z')
    assert.deepEqual([asked.status, asked.json()], [202, { expiresAt: end }])
    const code = await codeBy(method)
    const given = await browser.post('/api/login/code', { ticket, method, code })
    assert.deepEqual([given.status, given.json()['status']], [200, 'signed_in'])
    const session = (await browser.get('/api/session')).json()
    const amr = method === 'sms' ? ['pwd', 'sms', 'mfa'] : ['pwd', 'otp']
    assert.deepEqual([session['aal'], session['amr']], [2, amr])
    const again = await visitor().post('/api/login/code', { ticket, method, code })
    assert.deepEqual([again.status, again.code], [401, 'TICKET_REFUSED'])
  })

  test(`by the pages a code by ${method} leads to the account`, async (t) => {
    const { visitor, person, codeBy } = await scene(t)
    const browser = visitor()
    await browser.submit('/login', { login: person.login, password: PASSWORD })
    const offered = await browser.page('/login/code')
    assert.match(offered.text, method === 'sms' ? /Send a code by SMS/ : /Send a code by e-mail/)
    const asked = await browser.submit('/login/send', { method })
    assert.equal(asked.headers.get('location'), `/login/code?method=${method}`)
    const page = await browser.page(`/login/code?method=${method}`)
    assert.match(page.text, /A code is on its way/)
    const wrong = await browser.submit('/login/code', { method, code: '00' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /Type all six digits/)
    const given = await browser.submit('/login/code', { method, code: await codeBy(method) })
    assert.equal(given.headers.get('location'), '/account')
    assert.equal(await browser.isSignedIn(), true)
  })
}

/* Off means off at every door, also for somebody who names the method by hand. */
test('off by default: neither offered, nor sent, nor taken, by API or page [R22]', async (t) => {
  const { visitor, person, messages, engine } = await scene(t, { sentCodes: {} })
  for (const method of CHANNELS) {
    const browser = visitor()
    const first = await browser.post('/api/login', { login: person.login, password: PASSWORD })
    const { methods, ticket } = first.json<{ methods: string[]; ticket: string }>()
    assert.deepEqual(methods, ['totp', 'recovery'])
    const asked = await browser.post('/api/login/send', { ticket, method })
    assert.deepEqual([asked.status, asked.code], [403, 'METHOD_UNAVAILABLE'])
    const given = await browser.post('/api/login/code', { ticket, method, code: '123456' })
    assert.deepEqual([given.status, given.code], [403, 'METHOD_UNAVAILABLE'])
    await browser.submit('/login', { login: person.login, password: PASSWORD })
    for (const path of ['/login/code', `/login/code?method=${method}`]) {
      assert.doesNotMatch((await browser.page(path)).text, /Send a|e-mail|SMS/)
    }
    assert.equal((await browser.submit('/login/send', { method })).status, 403)
    assert.equal((await browser.submit('/login/code', { method, code: '123456' })).status, 403)
  }
  await engine.outbox.deliver()
  assert.equal(
    messages.some(({ secret }) => secret !== undefined),
    false,
  )
})

test('SMS is offered with its risk, and the authenticator beside it [R22]', async (t) => {
  const { visitor, person } = await scene(t)
  const browser = visitor()
  await browser.submit('/login', { login: person.login, password: PASSWORD })
  const risk = /An SMS can be read by others on its way, and a number can be taken over/
  const choice = await browser.page('/login/code')
  assert.match(choice.text, risk)
  assert.match(choice.text, /Open your authenticator app/)
  const page = await browser.page('/login/code?method=sms')
  assert.match(page.text, risk)
  assert.match(page.text, /href="\/login\/code\?method=totp"/)
})

test('too many sends are 429 with Retry-After, and the page says what still works [R21]', async (t) => {
  const { visitor, person } = await scene(t)
  const browser = visitor()
  const statuses: number[] = []
  for (let nth = 0; nth < 5; nth++) {
    const ticket = await ticketOf(visitor(), person)
    const asked = await browser.post('/api/login/send', { ticket, method: 'sms' })
    statuses.push(asked.status)
    if (asked.status === 429) assert.ok(Number(asked.headers.get('retry-after')) > 0)
  }
  assert.deepEqual(statuses, [202, 202, 202, 429, 429])
  await browser.submit('/login', { login: person.login, password: PASSWORD })
  const page = await browser.submit('/login/send', { method: 'sms' })
  assert.equal(page.status, 429)
  assert.match(page.text, /Try again in .* Until then no more codes are sent/)
})

test('a send without a ticket leads back to the password', async (t) => {
  const { visitor } = await scene(t)
  const asked = await visitor().post('/api/login/send', { ticket: 'none', method: 'email' })
  assert.deepEqual([asked.status, asked.code], [401, 'TICKET_REFUSED'])
  const page = await visitor().submit('/login/send', { method: 'email' })
  assert.equal(page.status, 401)
  assert.match(page.text, /This sign-in is over/)
})

test('no answer, log line or event holds the code [R44]', async (t) => {
  const { visitor, person, codeBy, lines } = await scene(t)
  const browser = visitor()
  const ticket = await ticketOf(browser, person)
  const answers = [await browser.post('/api/login/send', { ticket, method: 'email' })]
  const code = await codeBy('email')
  answers.push(
    await browser.page('/login/code?method=email'),
    await browser.post('/api/login/code', { ticket, method: 'email', code }),
    await browser.get('/api/events'),
    await browser.page('/account'),
  )
  for (const { text, headers } of answers) {
    assert.equal(`${text}${JSON.stringify([...headers])}`.includes(code), false)
  }
  assert.equal(JSON.stringify(lines).includes(code), false)
})
