/** Passkeys over HTTP: the API and the pages are two faces of one answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualPasskey } from '@halfminute/engine/testing'
import { addPasskey, answerOf, newAnswer, ORIGIN } from './passkeys.ts'
import { enrolledPerson, openApp, PASSWORD, register, ticketOf } from './support.ts'
import type { Answer, Visitor } from './support.ts'

const login = 'ada@example.com'

const amrOf = async (visitor: Visitor) =>
  (await visitor.get('/api/session')).json<{ amr: string[] }>().amr

const hrefs = (page: Answer) =>
  [...page.text.matchAll(/href="(\/login[^"]*)"/g)].map(([, to]) => to)

test('the API adds a passkey, signs in with it, lists, renames and removes it [R51] [R52]', async (t) => {
  const { visitor } = openApp(t)
  const [someone, elsewhere] = [visitor(), visitor()]
  await register(someone, login)
  const { passkey, id, answer } = await addPasskey(someone)
  assert.equal(answer.json<{ recoveryCodes: string[] }>().recoveryCodes.length, 10)
  const first = await elsewhere.post('/api/login', { login, password: PASSWORD })
  const { ticket, methods } = first.json<{ ticket: string; methods: string[] }>()
  assert.deepEqual(methods, ['passkey', 'recovery'])
  const response = await answerOf(elsewhere, passkey, ticket)
  const signedIn = await elsewhere.post('/api/login/passkey', { ticket, response })
  assert.deepEqual([signedIn.status, signedIn.json()], [200, { status: 'signed_in' }])
  assert.deepEqual(await amrOf(elsewhere), ['pwd', 'hwk', 'mfa'])

  const path = `/api/authenticators/${id}`
  const renamed = await elsewhere.send('PATCH', path, { json: { name: 'Desk' } })
  const listed = await elsewhere.get('/api/authenticators')
  const { authenticators } = listed.json<{ authenticators: object[] }>()
  assert.deepEqual(authenticators, [renamed.json()])
  const { kind, name, state, lastUsedAt } = renamed.json()
  assert.deepEqual([kind, name, state], ['passkey', 'Desk', 'active'])
  assert.notEqual(lastUsedAt, null)
  assert.equal((await elsewhere.send('DELETE', path)).status, 204)
  assert.equal(await someone.isSignedIn(), false)
})

test('each refusal of a passkey has its own status and code', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await register(someone, login)
  const { passkey } = await addPasskey(someone)
  const stranger = visitor()
  const ticket = await ticketOf(stranger, { login })
  const response = await answerOf(stranger, virtualPasskey(ORIGIN), ticket)
  const refusals: [Answer, number, string][] = [
    [await stranger.post('/api/passkeys/options'), 401, 'SESSION_REQUIRED'],
    [await stranger.post('/api/login/passkey', { ticket, response }), 401, 'PASSKEY_REFUSED'],
    [await stranger.post('/api/login/passkey', { ticket }), 400, 'CODE_MALFORMED'],
    [await stranger.post('/api/login/passkey', { response }), 401, 'TICKET_REFUSED'],
    [await stranger.post('/api/login/passkey/options', {}), 401, 'TICKET_REFUSED'],
    [await someone.post('/api/passkeys', { name: '', response }), 400, 'NAME_INVALID'],
    [await someone.post('/api/passkeys', { name: 'key', response }), 401, 'PASSKEY_REFUSED'],
    [await someone.post('/api/passkeys', { name: 'key' }), 400, 'CODE_MALFORMED'],
  ]
  for (const [answer, status, code] of refusals) {
    assert.deepEqual([answer.status, answer.code], [status, code])
  }
  clock.wait(301)
  const late = await someone.post('/api/passkeys/options')
  assert.equal(late.code, 'REAUTHENTICATION_REQUIRED')
  const again = { password: PASSWORD, method: 'passkey' }
  assert.equal((await someone.post('/api/reauthenticate', again)).code, 'CODE_REQUIRED')
  const proof = await answerOf(someone, passkey)
  const fresh = await someone.post('/api/reauthenticate', { ...again, response: proof })
  assert.equal(fresh.status, 200)
  assert.equal((await someone.post('/api/passkeys/options')).status, 200)
})

test('an account without a passkey is not asked for one', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await enrolledPerson(someone, clock, login)
  const ask = '/api/reauthenticate/passkey/options'
  assert.equal((await someone.post(ask)).code, 'PASSKEY_REFUSED')
  const stranger = visitor()
  const ticket = await ticketOf(stranger, { login })
  const options = await stranger.post('/api/login/passkey/options', { ticket })
  assert.equal(options.code, 'PASSKEY_REFUSED')
  await stranger.submit('/login', { login, password: PASSWORD })
  const page = await stranger.page('/login/code?method=passkey')
  assert.match(page.text, /<h1>Enter the code<\/h1>/)
  assert.doesNotMatch(page.text, /[Pp]asskey/)
})

/** Where the address is a number, browsers make no passkeys: nothing offers what cannot work. */
test('an address in numbers offers no passkeys', async (t) => {
  const { visitor } = openApp(t, { baseUrl: 'http://127.0.0.1:8080' })
  const someone = visitor()
  await register(someone, login)
  assert.equal((await someone.post('/api/passkeys/options')).code, 'PASSKEYS_OFF')
  assert.equal((await someone.page('/account/passkeys/new')).status, 404)
  assert.doesNotMatch((await someone.page('/account/authenticators/new')).text, /passkey/)
})

test('the pages do the same: the script only carries the answer [R52]', async (t) => {
  const { visitor } = openApp(t)
  const someone = visitor()
  await register(someone, login)
  const link = (await someone.page('/account/authenticators/new')).text
  assert.match(link, /href="\/account\/passkeys\/new"/)
  const passkey = virtualPasskey(ORIGIN, { synced: true })
  const response = JSON.stringify(await newAnswer(someone, passkey))
  const added = await someone.submit('/account/passkeys/new', { name: 'Mine', response })
  assert.equal(added.status, 200)
  assert.match(added.text, /Keep these recovery codes/)
  assert.match((await someone.page('/account')).text, /Mine/)

  const other = visitor()
  const first = await other.submit('/login', { login, password: PASSWORD })
  assert.equal(first.headers.get('location'), '/login/code')
  const page = await other.page('/login/code')
  assert.match(page.text, /<h1>Use a passkey<\/h1>/)
  // There is no authenticator, so no field for its codes.
  assert.deepEqual(hrefs(page), ['/login/code?method=recovery', '/login'])
  // Its ticket is a cookie.
  const asked = await other.post('/api/login/passkey/options', {})
  const { options } = asked.json<{ options: Parameters<typeof passkey.get>[0] }>()
  const answer = JSON.stringify(passkey.get(options))
  const signedIn = await other.submit('/login/passkey', { response: answer })
  assert.equal(signedIn.headers.get('location'), '/account')
  assert.deepEqual(await amrOf(other), ['pwd', 'swk', 'mfa'])
})

test('a page says what is wrong with a passkey, and offers the other ways', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await enrolledPerson(someone, clock, login)
  await addPasskey(someone)
  const other = visitor()
  await other.submit('/login', { login, password: PASSWORD })
  const nothing = await other.submit('/login/passkey', { response: '' })
  assert.equal(nothing.status, 400)
  assert.match(nothing.text, /role="alert"[^>]*><p>Your browser sent no passkey/)
  const ways = ['/login/code?method=totp', '/login/code?method=recovery', '/login']
  assert.deepEqual(hrefs(nothing), ways)
  const ticket = other.cookies.get('halfminute-ticket')
  const foreign = await answerOf(other, virtualPasskey(ORIGIN), ticket)
  const wrong = await other.submit('/login/passkey', { response: JSON.stringify(foreign) })
  assert.equal(wrong.status, 401)
  assert.match(wrong.text, /That passkey was not accepted/)
  const byCode = await other.page('/login/code?method=totp')
  assert.deepEqual(hrefs(byCode)[0], '/login/code?method=passkey')
  other.cookies.delete('halfminute-ticket')
  const over = await other.submit('/login/passkey', { response: '' })
  assert.match(over.text, /<h1>Sign in<\/h1>/)
  const add = await someone.submit('/account/passkeys/new', { name: '', response: '' })
  assert.equal(add.status, 400)
  assert.match(add.text, /A name has 1 to 64 characters/)
})
