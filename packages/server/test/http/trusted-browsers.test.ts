/** Trusted browsers over HTTP: switched off, switched on, on the API and on the pages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKeyring, systemRandom } from '@halfminute/engine'
import { enrolledPerson, HTTPS, openApp, PASSWORD, ticketOf, trustBrowser } from './support.ts'
import type { Visitor } from './support.ts'

const TRUST = 'halfminute-trust'
const DAY = 86_400
const ON = { trustedBrowserDays: 30 }

const login = (visitor: Visitor) =>
  visitor.post('/api/login', { login: 'ada@example.com', password: PASSWORD })

/* The wish travels with the request, so whoever sends it must not be who decides. */
test('off by default: no choice is shown, and neither wish nor cookie counts [R49]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const person = await enrolledPerson(visitor(), clock)
  assert.deepEqual(Object.keys((await login(someone)).json()), ['status', 'ticket', 'methods'])
  await someone.submit('/login', { login: person.login, password: PASSWORD })
  assert.doesNotMatch((await someone.page('/login/code')).text, /checkbox|trust/i)
  const answer = await trustBrowser(someone, { clock }, person)
  assert.deepEqual(answer.json(), { status: 'signed_in' })
  assert.equal(someone.cookies.has(TRUST), false)
  const byForm = visitor()
  await byForm.submit('/login', { login: person.login, password: PASSWORD })
  clock.wait(30)
  await byForm.submit('/login/code', { method: 'totp', code: person.phone.code(), trust: 'yes' })
  assert.equal(await byForm.isSignedIn(), true)
  assert.equal(byForm.cookies.has(TRUST), false)
  assert.deepEqual((await byForm.get('/api/trusted-browsers')).json(), { trustedBrowsers: [] })
})

test('a cookie from before it was switched off asks for the code again [R49]', async (t) => {
  const keyring = generateKeyring(systemRandom)
  const { visitor, clock, store } = openApp(t, { ...ON, keyring })
  const someone = visitor()
  const person = await enrolledPerson(visitor(), clock)
  await trustBrowser(someone, { clock }, person)
  await login(someone)
  assert.equal((await someone.get('/api/session')).json()['aal'], 1)
  const off = openApp(t, { keyring, store: { ...store, close: () => Promise.resolve() } }).visitor()
  for (const [name, value] of someone.cookies) off.cookies.set(name, value)
  assert.equal((await off.get('/api/session')).code, 'SESSION_REQUIRED')
  assert.equal((await login(off)).json()['status'], 'second_factor')
})

test('on: asked for with the code, the next sign-in takes the password alone and says so [R49 R51]', async (t) => {
  const { visitor, clock } = openApp(t, ON)
  const someone = visitor()
  const person = await enrolledPerson(visitor(), clock)
  assert.equal((await login(someone)).json()['trustBrowserDays'], 30)
  const given = await trustBrowser(someone, { clock }, person)
  assert.deepEqual(given.json(), { status: 'signed_in', browserTrusted: true })
  const full = (await someone.get('/api/session')).json()
  assert.deepEqual([full['aal'], full['trustedBrowser']], [2, undefined])
  await someone.post('/api/logout')
  clock.wait(DAY)
  const before = someone.cookies.get(TRUST)
  assert.deepEqual((await login(someone)).json(), { status: 'signed_in', trustedBrowser: true })
  assert.notEqual(someone.cookies.get(TRUST), before)
  const session = (await someone.get('/api/session')).json()
  assert.deepEqual([session['aal'], session['amr'], session['trustedBrowser']], [1, ['pwd'], true])
  assert.equal((await someone.post('/api/recovery-codes')).code, 'REAUTHENTICATION_REQUIRED')
  clock.wait(30)
  const proofs = { password: PASSWORD, code: person.phone.code() }
  assert.equal((await someone.post('/api/reauthenticate', proofs)).status, 200)
  assert.equal((await someone.post('/api/recovery-codes')).status, 200)
  // That was a new set, and trust is of the old one.
  await someone.post('/api/logout')
  assert.equal((await login(someone)).json()['status'], 'second_factor')
})

for (const [where, baseUrl, prefix] of [
  ['over https', HTTPS, '__Host-'],
  ['on plain localhost', 'http://localhost:8080', ''],
] as const) {
  test(`${where} the cookie of trust is one of its own, HttpOnly, Lax [R31]`, async (t) => {
    const { visitor, clock } = openApp(t, { ...ON, baseUrl })
    const someone = visitor()
    const person = await enrolledPerson(visitor(), clock)
    const wanted = {
      httponly: '',
      samesite: 'Lax',
      path: '/',
      'max-age': String(30 * DAY),
      ...(prefix !== '' && { secure: '' }),
    }
    const answers = [await trustBrowser(someone, { clock }, person), await login(someone)]
    const device = someone.cookies.get(`${prefix}halfminute-device`)
    for (const { setCookies } of answers) {
      const cookie = setCookies.get(`${prefix}${TRUST}`)
      assert.deepEqual(Object.fromEntries(cookie?.attributes ?? []), wanted)
      assert.notEqual(cookie?.value, device)
    }
    // By itself neither of them is anything.
    const bare = visitor()
    for (const name of [TRUST, 'halfminute-device']) {
      const value = someone.cookies.get(prefix + name) ?? assert.fail(name)
      bare.cookies.set(`${prefix}halfminute-session`, value)
      assert.equal(await bare.isSignedIn(), false)
      bare.cookies.set(`${prefix}${TRUST}`, device ?? '')
      assert.equal((await login(bare)).json()['status'], 'second_factor')
    }
  })
}

test('the pages: the choice is never made beforehand, survives a wrong code, and is kept [R49]', async (t) => {
  const { visitor, clock } = openApp(t, ON)
  const someone = visitor()
  const person = await enrolledPerson(visitor(), clock)
  await someone.submit('/login', { login: person.login, password: PASSWORD })
  const checkbox = (text: string) => /<input\s+type="checkbox"[^>]*>/.exec(text)?.[0]
  const { text } = await someone.page('/login/code')
  assert.match(text, /Do not ask for a code in this browser for 30 days/)
  assert.doesNotMatch(checkbox(text) ?? 'checked', /checked/)
  assert.equal(checkbox((await someone.page('/login/code?method=recovery')).text), undefined)
  const wrong = { method: 'totp', code: person.phone.code(-5), trust: 'yes' }
  assert.match(checkbox((await someone.submit('/login/code', wrong)).text) ?? '', /checked/)
  clock.wait(30)
  const right = { ...wrong, code: person.phone.code() }
  await someone.submit('/login/code', right)
  assert.ok(someone.cookies.has(TRUST))
  await someone.submit('/logout')
  const answer = await someone.submit('/login', { login: person.login, password: PASSWORD })
  assert.equal(answer.headers.get('location'), '/account')
  const account = (await someone.page('/account')).text
  assert.match(account, /Trusted browsers/)
  assert.match(account, /without a code/)
  assert.match(account, /Signed in in a trusted browser, without a code/)
})

test('a recovery code gives no trust on either face [R49]', async (t) => {
  const { visitor, clock } = openApp(t, ON)
  const person = await enrolledPerson(visitor(), clock)
  const [first, second] = person.recoveryCodes
  const someone = visitor()
  const ticket = await ticketOf(someone, person)
  const give = { ticket, method: 'recovery', code: first, trustBrowser: true }
  const answer = await someone.post('/api/login/code', give)
  assert.deepEqual(answer.json(), { status: 'signed_in', recoveryCodesLeft: 9 })
  const byForm = visitor()
  await byForm.submit('/login', { login: person.login, password: PASSWORD })
  await byForm.submit('/login/code', { method: 'recovery', code: second ?? '', trust: 'yes' })
  for (const one of [someone, byForm]) {
    assert.equal(await one.isSignedIn(), true)
    assert.equal(one.cookies.has(TRUST), false)
  }
})

test('trusted browsers are listed and forgotten, on the API and on the page [R34]', async (t) => {
  const { visitor, clock } = openApp(t, ON)
  const person = await enrolledPerson(visitor(), clock)
  const [here, there] = [visitor(), visitor()]
  await trustBrowser(there, { clock }, person)
  await trustBrowser(here, { clock }, person)
  await login(there)
  interface Listed {
    trustedBrowsers: { id: string; current: boolean; lastUsedAt: string }[]
  }
  const list = async (someone: Visitor) =>
    (await someone.get('/api/trusted-browsers')).json<Listed>().trustedBrowsers
  const listed = await list(here)
  assert.equal(listed.length, 2)
  assert.match(listed[0]?.lastUsedAt ?? '', /^\d{4}-.*Z$/)
  assert.deepEqual(listed.filter(({ current }) => current).length, 1)
  const other = listed.find(({ current }) => !current)
  const path = `/api/trusted-browsers/${other?.id}`
  assert.equal((await here.send('DELETE', path)).status, 204)
  assert.equal((await here.send('DELETE', path)).code, 'TRUSTED_BROWSER_UNKNOWN')
  assert.equal(await there.isSignedIn(), false)
  assert.equal((await login(there)).json()['status'], 'second_factor')

  const [own] = await list(here)
  const forgotten = await here.submit(`/account/trusted-browsers/${own?.id}/forget`)
  assert.equal(forgotten.headers.get('location'), '/account')
  // A code was given for this session, so it stays.
  assert.match((await here.page('/account')).text, /That browser is asked for a code again/)
  assert.equal((await login(here)).json()['status'], 'second_factor')
})

/* The thief copied the cookie and uses it first; the owner comes later with the older one. */
test('of two copies of a cookie the slower one ends the trust, and the owner is told [R49]', async (t) => {
  const { visitor, clock } = openApp(t, ON)
  const owner = visitor()
  const person = await enrolledPerson(visitor(), clock)
  await trustBrowser(owner, { clock }, person)
  await owner.post('/api/logout')
  const thief = visitor()
  thief.cookies.set(TRUST, owner.cookies.get(TRUST) ?? '')
  for (let nth = 0; nth < 2; nth++) await login(thief)
  assert.equal(await thief.isSignedIn(), true)
  assert.equal((await login(owner)).json()['status'], 'second_factor')
  assert.equal(await thief.isSignedIn(), false)
  assert.equal((await login(thief)).json()['status'], 'second_factor')
  clock.wait(30)
  await owner.submit('/login', { login: person.login, password: PASSWORD })
  await owner.submit('/login/code', { method: 'totp', code: person.phone.code() })
  assert.match((await owner.page('/account')).text, /an older copy of its cookie was used/)
})
