/** Several authenticators on the pages: which advice is given, and what happens when one goes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import type { FixedClock } from '@halfminute/engine/testing'
import { beginEnrolment, enrolledPerson, openApp, PASSWORD, signIn, wrongCode } from './support.ts'
import type { Visitor } from './support.ts'

const SECOND = /Add a second one on another device/
const NONE_WORKS = /None of these works any more/
const UNPROTECTED = /Only your password protects this account/

async function addSecond(someone: Visitor, clock: FixedClock) {
  const { id, uri } = await beginEnrolment(someone, { name: 'tablet' })
  const phone = virtualAuthenticator(uri, clock)
  const confirmed = await someone.post(`/api/authenticators/${id}/confirm`, { code: phone.code() })
  assert.equal(confirmed.status, 200)
  return { id, phone }
}

test('with one authenticator a second one is advised, with two nothing, and removing the first keeps the other', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  assert.match((await someone.page('/account')).text, SECOND)
  const first = `/account/authenticators/${person.authenticatorId}`
  assert.match((await someone.page(first)).text, /It is your only one[\s\S]*Add another</)
  await beginEnrolment(someone, { name: 'not confirmed' })
  assert.match((await someone.page('/account')).text, SECOND, 'a pending one does not count')

  const { phone } = await addSecond(someone, clock)
  const account = (await someone.page('/account')).text
  for (const advice of [SECOND, NONE_WORKS, UNPROTECTED]) assert.doesNotMatch(account, advice)
  assert.doesNotMatch((await someone.page(first)).text, /Add another</)
  const removed = await someone.submit(`${first}/remove`)
  assert.equal(removed.headers.get('location'), '/account')
  await signIn(visitor(), clock, { ...person, phone })
  assert.match((await someone.page('/account')).text, SECOND)
})

test('the account says when each was used last', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  const { phone } = await addSecond(someone, clock)
  clock.wait(3_000)
  await signIn(someone, clock, { ...person, phone })
  const used = new Date(clock.nowSeconds() * 1_000).toISOString()
  const [, list = ''] = (await someone.page('/account')).text.split('id="authenticators"')
  const tablet = list.slice(list.indexOf('tablet'))
  assert.match(tablet, new RegExp(`^[\\s\\S]{0,200}Last used\\s+<time datetime="${used}"`))
})

test('where all are switched off, or only switched off ones would be left, it is said', async (t) => {
  const limits = { consecutiveFailures: 2, codeFailuresBeforeWait: 100 }
  const { visitor, clock, engine } = openApp(t, { limits })
  const someone = visitor()
  const { accountId, phone, authenticatorId } = await enrolledPerson(someone, clock)
  for (let nth = 0; nth < 2; nth++) await engine.verify({ accountId, code: wrongCode(phone) })
  const account = (await someone.page('/account')).text
  assert.match(account, NONE_WORKS)
  assert.doesNotMatch(account, SECOND)

  const tablet = await addSecond(someone, clock)
  assert.match((await someone.page('/account')).text, SECOND)
  const page = (await someone.page(`/account/authenticators/${tablet.id}`)).text
  assert.match(page, /No other one works: better add another one first/)
  assert.doesNotMatch(page, /It is your only one/)
  const off = (await someone.page(`/account/authenticators/${authenticatorId}`)).text
  assert.doesNotMatch(off, /Resynchronise/)
})

test('what is switched off is not asked for at sign-in', async (t) => {
  const limits = { consecutiveFailures: 2, codeFailuresBeforeWait: 100 }
  const { visitor, clock, engine } = openApp(t, { limits })
  const { login, accountId, phone } = await enrolledPerson(visitor(), clock)
  for (let nth = 0; nth < 2; nth++) await engine.verify({ accountId, code: wrongCode(phone) })
  const api = await visitor().post('/api/login', { login, password: PASSWORD })
  assert.deepEqual(api.json()['methods'], ['recovery'])
  const browser = visitor()
  const first = await browser.submit('/login', { login, password: PASSWORD })
  const code = (await browser.page(first.headers.get('location') ?? '')).text
  assert.match(code, /Use a recovery code/)
  assert.doesNotMatch(code, /Enter the code|Use your authenticator app/)
})
