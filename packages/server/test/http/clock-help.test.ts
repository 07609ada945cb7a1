/** What a phone's wrong clock gets told over HTTP, and what a guesser does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  beginEnrolment,
  enrolledPerson,
  openApp,
  PASSWORD,
  register,
  ticketOf,
  wrongCode,
} from './support.ts'
import type { Answer } from './support.ts'
import { virtualAuthenticator } from '@halfminute/engine/testing'

const NO_WAIT = { codeFailuresBeforeWait: 100, codeFailuresPerDay: 100, codeFailuresPerMonth: 100 }
const PLAIN = {
  type: 'about:blank',
  title: 'That code was not accepted.',
  status: 401,
  code: 'CODE_REFUSED',
}

/** Byte for byte but for what differs with every request. */
function visible({ status, headers, text }: Answer) {
  const kept = [...headers].filter(
    ([name]) => !['x-request-id', 'content-security-policy'].includes(name),
  )
  return { status, headers: kept, text: text.replaceAll(/random-\d+/g, '') }
}

test('the API tells how far the phone is behind, and signs in after that [R10]', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  clock.wait(3_000)
  const ticket = await ticketOf(visitor(), person)
  const give = (code: string) => visitor().post('/api/login/code', { ticket, code })
  const late = await give(person.phone.code(-4))
  assert.deepEqual(late.json(), { ...PLAIN, phoneBehindSeconds: 120 })
  assert.equal((await give(person.phone.code())).status, 200)
})

test('re-authentication tells it too [R10]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const { phone } = await enrolledPerson(someone, clock)
  clock.wait(3_000)
  const proofs = { password: PASSWORD, code: phone.code(-4) }
  const late = await someone.post('/api/reauthenticate', proofs)
  assert.deepEqual(late.json(), { ...PLAIN, phoneBehindSeconds: 120 })
})

test('the pages say it in words, and what to do [R10]', async (t) => {
  const { visitor, clock } = openApp(t, { limits: NO_WAIT })
  const someone = visitor()
  const { login, phone } = await enrolledPerson(someone, clock)
  clock.wait(3_000)
  const browser = visitor()
  await browser.submit('/login', { login, password: PASSWORD })
  for (const [steps, words] of [
    [-20, '10 minutes'],
    [-5, '3 minutes'],
    [-4, '2 minutes'],
    [-2, 'a minute'],
  ] as const) {
    const page = await browser.submit('/login/code', { method: 'totp', code: phone.code(steps) })
    assert.equal(page.status, 401)
    const advice = `<p>Your phone’s clock is about ${words} behind. Let it set the time by itself, then type the new code.</p>`
    assert.ok(page.text.includes(advice), page.text)
  }
  clock.wait(300)
  const form = { password: PASSWORD, method: 'totp', code: phone.code(-6) }
  const again = await someone.submit('/reauthenticate', form)
  assert.match(again.text, /about 3 minutes behind/)
})

test('while enrolling the answer and the page tell it both ways [R10]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await register(someone)
  const { id, uri } = await beginEnrolment(someone)
  const phone = virtualAuthenticator(uri, clock)
  const confirm = (code: string) => someone.post(`/api/authenticators/${id}/confirm`, { code })
  const ahead = await confirm(phone.code(10))
  assert.deepEqual(ahead.json(), { ...PLAIN, phoneAheadSeconds: 300 })
  const behind = await confirm(phone.code(-10))
  assert.deepEqual(behind.json(), { ...PLAIN, phoneBehindSeconds: 300 })
  const path = `/account/authenticators/${id}/confirm`
  for (const [steps, words] of [
    [10, 'about 5 minutes ahead'],
    [-10, 'about 5 minutes behind'],
    [90, 'That code does not fit'],
  ] as const) {
    const page = await someone.submit(path, { code: phone.code(steps) })
    assert.equal(page.status, 401)
    assert.ok(page.text.includes(words), page.text)
  }
})

/* A guesser who learns that his digits are a code of the next minutes waits for it, and is in. */
test('a future step is answered byte for byte like a random code, on the API and the page [R10]', async (t) => {
  const { visitor, clock } = openApp(t, { limits: { ...NO_WAIT, triesPerTicket: 100 } })
  const person = await enrolledPerson(visitor(), clock)
  const { login, phone } = person
  clock.wait(3_000)
  const ticket = await ticketOf(visitor(), person)
  const byApi = async (code: string) =>
    visible(await visitor().post('/api/login/code', { ticket, code }))
  const browser = visitor()
  await browser.submit('/login', { login, password: PASSWORD })
  const byPage = async (code: string) =>
    visible(await browser.submit('/login/code', { method: 'totp', code }))
  for (const give of [byApi, byPage]) {
    const random = await give(wrongCode(phone))
    assert.equal(random.status, 401)
    for (let steps = 2; steps <= 21; steps++) {
      assert.deepEqual(await give(phone.code(steps)), random, `${steps} steps ahead`)
    }
  }
})
