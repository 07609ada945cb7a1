/** Authenticators whose clock or count is off, over HTTP: two codes in a row, by the API and by the page. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualToken } from '@halfminute/engine/testing'
import {
  beginEnrolment,
  enrolledPerson,
  openApp,
  reauthenticate,
  ticketOf,
  wrongCode,
} from './support.ts'

const NO_WAIT = { codeFailuresBeforeWait: 100, codeFailuresPerDay: 100, codeFailuresPerMonth: 100 }
const REFUSED = {
  type: 'about:blank',
  title: 'That code was not accepted.',
  status: 401,
  code: 'CODE_REFUSED',
}

test('the API takes two codes, says how far the clock is off, and lists it [R35]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  const { phone, authenticatorId } = person
  clock.wait(3_000)
  await reauthenticate(someone, clock, person)
  clock.wait(240)
  const path = `/api/authenticators/${authenticatorId}/resynchronise`
  const codes = [phone.code(-5), phone.code(-4)]
  const answer = await someone.post(path, { codes })
  assert.deepEqual([answer.status, answer.json()], [200, { phoneBehindSeconds: 120 }])
  const again = await someone.post(path, { codes })
  assert.deepEqual(again.json(), REFUSED)
  const list = await someone.get('/api/authenticators')
  const [listed] = list.json<{ authenticators: object[] }>().authenticators
  assert.deepEqual(listed, { ...listed, kind: 'totp', phoneBehindSeconds: 120 })
  clock.wait(30)
  const ticket = await ticketOf(visitor(), person)
  const signIn = await visitor().post('/api/login/code', { ticket, code: phone.code(-4) })
  assert.equal(signIn.status, 200)
})

test('malformed pairs are 400 and cost no try, unknown authenticators 404 [R11]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const { phone, authenticatorId } = await enrolledPerson(someone, clock)
  clock.wait(200)
  const post = (id: string, body: object) =>
    someone.post(`/api/authenticators/${id}/resynchronise`, body)
  for (const codes of [undefined, null, [], [phone.code(-4)], ['123456', 123_456], '123456']) {
    const answer = await post(authenticatorId, { codes })
    assert.deepEqual([answer.status, answer.code], [400, 'CODE_MALFORMED'], JSON.stringify(codes))
  }
  const codes = [phone.code(-4), phone.code(-3)]
  assert.equal((await post('none', { codes })).code, 'AUTHENTICATOR_UNKNOWN')
  assert.equal((await post(authenticatorId, { codes })).status, 200)
})

test('the page asks who it is before two codes are typed, takes them, and says what it did [R35]', async (t) => {
  const { visitor, clock } = openApp(t, { limits: NO_WAIT })
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  const { phone, authenticatorId } = person
  clock.wait(3_000)
  const page = `/account/authenticators/${authenticatorId}`
  const path = `${page}/resynchronise`
  const stale = await someone.page(path)
  const next = `/reauthenticate?next=${encodeURIComponent(path)}`
  assert.equal(stale.headers.get('location'), next)
  await reauthenticate(someone, clock, person)
  clock.wait(240)
  assert.ok((await someone.page(page)).text.includes(`href="${path}"`))
  assert.equal((await someone.page(path)).status, 200)
  const give = (code: string, secondCode: string) => someone.submit(path, { code, secondCode })
  const wrong = await give(phone.code(-4), wrongCode(phone))
  assert.equal(wrong.status, 401)
  assert.match(wrong.text, /Those two codes do not fit/)
  assert.match((await give(phone.code(-4), '12')).text, /Type all digits of both codes/)
  const right = await give(phone.code(-4), phone.code(-3))
  assert.deepEqual([right.status, right.headers.get('location')], [303, page])
  const done = await someone.page(page)
  assert.match(done.text, /Both codes fit/)
  assert.match(done.text, /about 2 minutes behind/)
})

test('there is no such page for one that is pending, unknown or somebody else’s', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await enrolledPerson(someone, clock)
  const pending = await beginEnrolment(someone)
  const other = await enrolledPerson(visitor(), clock, 'grace@example.com')
  for (const id of [pending.id, 'none', other.authenticatorId]) {
    const path = `/account/authenticators/${id}/resynchronise`
    assert.equal((await someone.page(path)).status, 404)
    const form = { code: '123456', secondCode: '654321' }
    assert.equal((await someone.submit(path, form)).status, 404)
  }
})

test('a token that counts is chosen on the page, confirmed, signed in with and set right', async (t) => {
  const { visitor, clock } = openApp(t, { limits: NO_WAIT })
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  const form = { name: 'token', kind: 'hotp', periodSeconds: '60', digits: '6', algorithm: 'SHA1' }
  const begun = await someone.submit('/account/authenticators/new', form)
  const page = begun.headers.get('location') ?? ''
  const scan = (await someone.page(page)).text
  const uri = /href="(otpauth:[^"]*)"/.exec(scan)?.[1]?.replaceAll('&amp;', '&') ?? ''
  assert.match(uri, /^otpauth:\/\/hotp\/.*counter=0/)
  const token = virtualToken(uri)
  const early = await someone.submit(`${page}/confirm`, { code: token.codeAt(30) })
  assert.match(early.text, /That code was not accepted\. Each works once/)
  const confirmed = await someone.submit(`${page}/confirm`, { code: token.press() })
  assert.equal(confirmed.headers.get('location'), '/account')
  const signIn = async (code: string) => {
    const ticket = await ticketOf(visitor(), person)
    return (await visitor().post('/api/login/code', { ticket, code })).status
  }
  assert.equal(await signIn(token.press()), 200)
  for (let idle = 0; idle < 50; idle++) token.press()
  assert.equal(await signIn(token.press()), 401)
  const codes = [token.press(), token.press()]
  const path = `/api${page.replace('/account', '')}/resynchronise`
  const answer = await someone.post(path, { codes })
  assert.deepEqual([answer.status, answer.json()], [200, {}])
  assert.equal(await signIn(token.press()), 200)
  const authenticators = (await someone.get('/api/authenticators')).text
  assert.match(authenticators, /"kind":"hotp"/)
})

test('the API begins with a token that counts, and refuses a period for it', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await enrolledPerson(someone, clock)
  const wish = { kind: 'hotp', name: 'token', digits: 8 }
  const begun = await someone.post('/api/authenticators', wish)
  assert.equal(begun.status, 201)
  assert.match(begun.json<{ uri: string }>().uri, /^otpauth:\/\/hotp\/.*digits=8/)
  const refused = await someone.post('/api/authenticators', { ...wish, periodSeconds: 30 })
  assert.equal(refused.code, 'AUTHENTICATOR_INVALID')
  const unknown = await someone.post('/api/authenticators', { kind: 'steam', name: 'x' })
  assert.equal(unknown.code, 'REQUEST_INVALID')
})
