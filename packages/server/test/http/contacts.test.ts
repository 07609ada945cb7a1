/** Where people are reached, over HTTP: by API and page, beside the present address until it is confirmed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Message } from '@halfminute/engine'
import { enrolledPerson, openApp, PASSWORD } from './support.ts'
import type { HarnessOptions } from './support.ts'

const NEW = 'ada@new.example.com'
const NUMBER = '+4915112345678'

async function scene(t: TestContext, options: HarnessOptions = {}) {
  const messages: Message[] = []
  const keep = (message: Message) => {
    messages.push(message)
    return Promise.resolve('sent' as const)
  }
  const harness = openApp(t, { notify: { email: keep, sms: keep }, ...options })
  const browser = harness.visitor()
  const person = await enrolledPerson(browser, harness.clock)
  const code = async () => {
    await harness.engine.outbox.deliver()
    return messages.findLast(({ secret }) => secret !== undefined)?.secret ?? assert.fail('no code')
  }
  return { ...harness, browser, person, messages, code }
}

test('by the API an address is changed, confirmed and removed', async (t) => {
  const { browser, code, messages } = await scene(t)
  const put = await browser.send('PUT', '/api/contacts/email', { json: { address: NEW } })
  assert.equal(put.status, 202)
  const before = (await browser.get('/api/contacts')).json<{ contacts: object[] }>()
  const { expiresAt } = put.json<{ expiresAt: string }>()
  const pending = { address: NEW, expiresAt }
  assert.deepEqual(before.contacts[0], {
    channel: 'email',
    address: 'ada@example.com',
    confirmedAt: null,
    pending,
  })
  const wrong = await browser.post('/api/contacts/email/confirm', { code: 'x' })
  assert.deepEqual([wrong.status, wrong.code], [400, 'CODE_MALFORMED'])
  const confirmed = await browser.post('/api/contacts/email/confirm', { code: await code() })
  assert.equal(confirmed.status, 204)
  const after = (await browser.get('/api/contacts')).json<{ contacts: { address: string }[] }>()
  assert.equal(after.contacts[0]?.address, NEW)
  await code()
  assert.deepEqual(messages.map(({ kind, recipient }) => [kind, recipient]).at(-1), [
    'contact-changed',
    'ada@example.com',
  ])
  const removed = await browser.send('DELETE', '/api/contacts/email')
  assert.equal(removed.status, 204)
  const again = await browser.send('DELETE', '/api/contacts/email')
  assert.deepEqual([again.status, again.code], [404, 'CONTACT_UNKNOWN'])
})

test('by the pages each step leads to the next', async (t) => {
  const { browser, code } = await scene(t)
  const card = await browser.page('/account')
  assert.match(card.text, /How you are reached/)
  assert.match(card.text, /not confirmed/)
  const asked = await browser.submit('/account/contacts/sms', { address: '+49 1511 234 5678' })
  assert.equal(asked.headers.get('location'), '/account/contacts/sms')
  const page = await browser.page('/account/contacts/sms')
  assert.match(page.text, new RegExp(`A code went to\\s+<strong>\\${NUMBER}`))
  const refused = await browser.submit('/account/contacts/sms/confirm', { code: '12' })
  assert.equal(refused.status, 400)
  assert.match(refused.text, /Type all six digits/)
  const given = await browser.submit('/account/contacts/sms/confirm', { code: await code() })
  assert.equal(given.headers.get('location'), '/account')
  assert.match((await browser.page('/account')).text, /\+4915112345678/)
  const removed = await browser.submit('/account/contacts/sms/remove')
  assert.equal(removed.headers.get('location'), '/account')
  assert.match((await browser.page('/account')).text, /It is removed/)
})

test('the address of the confirmation leads to the confirmation, on both ways', async (t) => {
  const { browser, code } = await scene(t)
  for (const [channel, address] of [
    ['email', NEW],
    ['sms', NUMBER],
  ] as const) {
    await browser.submit(`/account/contacts/${channel}`, { address })
    const path = `/account/contacts/${channel}/confirm`
    const given = await browser.submit(path, { code: await code() })
    assert.equal(given.headers.get('location'), '/account', channel)
    const back = await browser.page(path)
    assert.equal(back.headers.get('location'), `/account/contacts/${channel}`)
  }
})

test('whoever adds a number is told what SMS is worth [R22]', async (t) => {
  const { browser } = await scene(t)
  const page = await browser.page('/account/contacts/sms')
  assert.match(page.text, /An SMS can be read by others on its way, and a number can be taken over/)
})

test('whoever confirms an address that signs in is told so', async (t) => {
  const { browser } = await scene(t, { sentCodes: { email: true } })
  const page = await browser.page('/account/contacts/email')
  assert.match(page.text, /a code that is sent there signs you in after your password/)
  const off = await scene(t)
  assert.doesNotMatch((await off.browser.page('/account/contacts/email')).text, /signs you in/)
})

test('what is no address comes back to be mended, on its own field', async (t) => {
  const { browser } = await scene(t)
  const refused = await browser.submit('/account/contacts/email', { address: 'ada at home' })
  assert.equal(refused.status, 400)
  assert.match(refused.text, /value="ada at home"/)
  assert.match(refused.text, /id="address"[^>]*aria-invalid="true"/)
  const byApi = await browser.send('PUT', '/api/contacts/email', { json: { address: 'ada' } })
  assert.deepEqual([byApi.status, byApi.code], [400, 'CONTACT_INVALID'])
  const nowhere = await browser.send('PUT', '/api/contacts/post', { json: { address: 'Home' } })
  assert.deepEqual([nowhere.status, nowhere.code], [400, 'REQUEST_INVALID'])
})

test('where nothing sends SMS there is no place for a number', async (t) => {
  const { browser } = await scene(t, { notify: { email: () => Promise.resolve('sent') } })
  const { contacts } = (await browser.get('/api/contacts')).json<{ contacts: object[] }>()
  assert.equal(contacts.length, 1)
  assert.equal((await browser.page('/account/contacts/sms')).status, 404)
  const put = await browser.send('PUT', '/api/contacts/sms', { json: { address: NUMBER } })
  assert.deepEqual([put.status, put.code], [403, 'METHOD_UNAVAILABLE'])
})

/* A code to confirm with must not be worth more than the session that asked for it. */
test('a code to confirm an address signs nobody in, and the other way round [R21]', async (t) => {
  const here = await scene(t, { sentCodes: { email: true } })
  const { browser, visitor, person, code } = here
  await browser.send('PUT', '/api/contacts/email', { json: { address: 'ada@example.com' } })
  const confirming = await code()
  assert.equal(
    (await browser.post('/api/contacts/email/confirm', { code: confirming })).status,
    204,
  )
  await browser.send('PUT', '/api/contacts/email', { json: { address: NEW } })
  const another = await code()
  const stranger = visitor()
  const { ticket } = (
    await stranger.post('/api/login', { login: person.login, password: PASSWORD })
  ).json<{ ticket: string }>()
  const given = await stranger.post('/api/login/code', { ticket, method: 'email', code: another })
  assert.deepEqual([given.status, given.code], [401, 'CODE_REFUSED'])
  await stranger.post('/api/login/send', { ticket, method: 'email' })
  const signingIn = await code()
  const confirmed = await browser.post('/api/contacts/email/confirm', { code: signingIn })
  assert.deepEqual([confirmed.status, confirmed.code], [401, 'CODE_REFUSED'])
})

test('a confirmation asks for a fresh sign-in, and the page leads there and back [R35]', async (t) => {
  const { browser, code, clock } = await scene(t)
  await browser.send('PUT', '/api/contacts/email', { json: { address: NEW } })
  const sent = await code()
  clock.wait(301)
  const stale = await browser.post('/api/contacts/email/confirm', { code: sent })
  assert.deepEqual([stale.status, stale.code], [403, 'REAUTHENTICATION_REQUIRED'])
  const page = await browser.submit('/account/contacts/email/confirm', { code: sent })
  const next = encodeURIComponent('/account/contacts/email')
  assert.equal(page.headers.get('location'), `/reauthenticate?next=${next}`)
})
