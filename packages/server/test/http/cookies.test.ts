/** What the two cookies look like, over https and on localhost, on the API and on the pages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  beginEnrolment,
  enrolledPerson,
  HTTPS,
  openApp,
  PASSWORD,
  register,
  signIn,
  ticketOf,
} from './support.ts'
import type { Answer } from './support.ts'
import { virtualAuthenticator } from '@halfminute/engine/testing'

const SECURE = { secure: '', httponly: '', samesite: 'Lax', path: '/' }
const PLAIN = { httponly: '', samesite: 'Lax', path: '/' }

function attributesOf(answer: Answer, name: string): Record<string, string> {
  const cookie = answer.setCookies.get(name)
  assert.ok(cookie, `no ${name} among ${[...answer.setCookies.keys()].join()}`)
  return Object.fromEntries(cookie.attributes)
}

for (const [where, baseUrl, prefix, wanted] of [
  ['over https', HTTPS, '__Host-', SECURE],
  ['on plain localhost', 'http://localhost:8080', '', PLAIN],
] as const) {
  const session = `${prefix}halfminute-session`
  const ticketCookie = `${prefix}halfminute-ticket`

  test(`${where} every session cookie is ${prefix || 'without prefix'}, HttpOnly, Lax [R31]`, async (t) => {
    const { visitor, clock } = openApp(t, { baseUrl })
    const someone = visitor()
    const lasting = { ...wanted, 'max-age': '86400' }
    const login = 'ada@example.com'

    const registered = await someone.post('/api/register', { login, password: PASSWORD })
    assert.deepEqual(attributesOf(registered, session), lasting)
    const { id, uri } = await beginEnrolment(someone)
    const phone = virtualAuthenticator(uri, clock)
    const confirmed = await someone.post(`/api/authenticators/${id}/confirm`, {
      code: phone.code(),
    })
    assert.deepEqual(attributesOf(confirmed, session), lasting)

    const byForm = visitor()
    const password = await byForm.submit('/login', { login, password: PASSWORD })
    assert.equal(password.headers.get('location'), '/login/code')
    assert.deepEqual(attributesOf(password, ticketCookie), { ...wanted, 'max-age': '300' })
    assert.equal(password.setCookies.has(session), false)
    clock.wait(30)
    const done = await byForm.submit('/login/code', { code: phone.code(), method: 'totp' })
    assert.deepEqual(attributesOf(done, session), lasting)
    assert.deepEqual(attributesOf(done, ticketCookie), { ...wanted, 'max-age': '0' })

    clock.wait(30)
    const proofs = { password: PASSWORD, code: phone.code() }
    const again = await byForm.post('/api/reauthenticate', proofs)
    assert.deepEqual(attributesOf(again, session), lasting)
    const changed = await byForm.post('/api/password', { newPassword: `${PASSWORD}!` })
    assert.deepEqual(attributesOf(changed, session), lasting)
    const out = await byForm.post('/api/logout')
    assert.deepEqual(attributesOf(out, session), { ...wanted, 'max-age': '0' })
    assert.equal(byForm.session, undefined)
  })
}

/*
 * A sister site, or a page over plain http, can plant a cookie of the short name. With the prefix the
 * browser lets only this very site set it, so the short name must mean nothing.
 */
test('over https a cookie without the prefix is not read [R31]', async (t) => {
  const { visitor } = openApp(t, { baseUrl: HTTPS })
  const someone = visitor()
  await register(someone)
  const planted = visitor()
  planted.cookies.set('halfminute-session', someone.session ?? '')
  assert.equal((await planted.get('/api/session')).code, 'SESSION_REQUIRED')
  planted.cookies.set('__Host-halfminute-session', someone.session ?? '')
  assert.equal((await planted.get('/api/session')).status, 200)
})

test('the API gives the ticket in the body and never as a cookie', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  const someone = visitor()
  await ticketOf(someone, person)
  assert.equal(someone.cookies.size, 0)
})

test('a refusal sets no cookie', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  const ticket = await ticketOf(visitor(), person)
  const wrong = { login: person.login, password: 'not that password' }
  const refusals = [
    await visitor().post('/api/login', wrong),
    await visitor().submit('/login', wrong),
    await visitor().post('/api/register', { login: person.login, password: PASSWORD }),
    await visitor().post('/api/login/code', { ticket, code: person.phone.code(-5) }),
    await visitor().post('/api/login/code', { ticket, code: 'x' }),
    await visitor().post('/api/logout'),
  ]
  for (const answer of refusals) {
    assert.ok(answer.status >= 400)
    assert.deepEqual(answer.headers.getSetCookie(), [])
  }
})

test('the cookie of an older sign-in is of no use for another account', async (t) => {
  const { visitor, clock } = openApp(t)
  const ada = await enrolledPerson(visitor(), clock)
  const someone = visitor()
  await enrolledPerson(someone, clock, 'grace@example.com')
  const [token = ''] = (someone.session ?? '').split('.')
  const forged = visitor()
  forged.cookies.set('halfminute-session', `${token}.${ada.accountId}`)
  assert.equal((await forged.get('/api/session')).code, 'SESSION_REQUIRED')
  await signIn(forged, clock, ada)
  assert.equal(
    (await forged.get('/api/session')).json<{ account: { id: string } }>().account.id,
    ada.accountId,
  )
})
