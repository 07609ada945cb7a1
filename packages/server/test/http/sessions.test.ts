/** How sessions begin and end: fixation, idleness, logout, and what ends the others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import {
  beginEnrolment,
  enrolledPerson,
  openApp,
  PASSWORD,
  reauthenticate,
  register,
  signIn,
} from './support.ts'
import type { Harness, Person, Visitor } from './support.ts'

/* The attacker plants a cookie of their choice and waits until the victim has signed in with it. */
test('a planted session cookie is never taken over [R32]', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  const attacker = visitor()
  await register(attacker, 'mallory@example.com')
  for (const planted of [attacker.session ?? '', `${'A'.repeat(43)}.${person.accountId}`, 'x']) {
    const victim = visitor()
    victim.cookies.set('halfminute-session', planted)
    await signIn(victim, clock, person)
    assert.notEqual(victim.session, planted)
    const thief = visitor()
    thief.cookies.set('halfminute-session', planted)
    const seen = await thief.get('/api/session')
    assert.doesNotMatch(seen.text, /ada@example/)
  }
})

test('every step up makes a new token and ends the old one [R32]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const tokens: (string | undefined)[] = []
  await register(someone)
  tokens.push(someone.session)
  const { id, uri } = await beginEnrolment(someone)
  const phone = virtualAuthenticator(uri, clock)
  await someone.post(`/api/authenticators/${id}/confirm`, { code: phone.code() })
  tokens.push(someone.session)
  clock.wait(30)
  await someone.post('/api/reauthenticate', { password: PASSWORD, code: phone.code() })
  tokens.push(someone.session)
  await someone.post('/api/password', { newPassword: `${PASSWORD}!` })
  tokens.push(someone.session)
  assert.equal(new Set(tokens).size, 4)
  for (const token of tokens) {
    const bearer = visitor()
    bearer.cookies.set('halfminute-session', token ?? '')
    assert.equal(await bearer.isSignedIn(), token === someone.session)
  }
})

/** Two browsers of one person, both at aal 2. */
async function twoBrowsers(
  harness: Harness,
): Promise<{ here: Visitor; there: Visitor; person: Person }> {
  const { visitor, clock } = harness
  const here = visitor()
  const person = await enrolledPerson(here, clock)
  const there = visitor()
  await signIn(there, clock, person)
  await reauthenticate(here, clock, person)
  assert.equal(await here.isSignedIn(), true)
  assert.equal(await there.isSignedIn(), true)
  return { here, there, person }
}

/* Whoever suspects that a session was stolen changes the password, and must then be alone. */
for (const [change, act] of [
  [
    'a new password',
    async ({ here }: { here: Visitor }) =>
      here.post('/api/password', { newPassword: `${PASSWORD}!` }),
  ],
  [
    'a new authenticator',
    async ({ here, clock }: { here: Visitor; clock: Harness['clock'] }) => {
      const { id, uri } = await beginEnrolment(here)
      const code = virtualAuthenticator(uri, clock).code()
      return here.post(`/api/authenticators/${id}/confirm`, { code })
    },
  ],
  [
    'a removed authenticator',
    async ({ here, person }: { here: Visitor; person: Person }) =>
      here.send('DELETE', `/api/authenticators/${person.authenticatorId}`),
  ],
] as const) {
  test(`${change} ends every other session and keeps this one [R34]`, async (t) => {
    const harness = openApp(t)
    const browsers = await twoBrowsers(harness)
    const answer = await act({ ...browsers, clock: harness.clock })
    assert.ok(answer.status < 300, answer.text)
    assert.equal(await browsers.there.isSignedIn(), false)
    assert.equal(await browsers.here.isSignedIn(), true)
  })
}

test('logout ends this session on the server, not only the cookie, and no other [R34]', async (t) => {
  const { here, there } = await twoBrowsers(openApp(t))
  const kept = here.session ?? ''
  assert.equal((await here.post('/api/logout')).status, 204)
  assert.equal(here.session, undefined)
  here.cookies.set('halfminute-session', kept)
  assert.equal(await here.isSignedIn(), false)
  assert.equal(await there.isSignedIn(), true)
})

test('a person lists the sessions and ends one of them at once [R34]', async (t) => {
  const { here, there } = await twoBrowsers(openApp(t))
  const list = async () =>
    (await here.get('/api/sessions')).json<{ sessions: { id: string; current: boolean }[] }>()
      .sessions
  const other = (await list()).find(({ current }) => !current)
  assert.ok(other)
  assert.equal((await list()).length, 2)
  assert.equal((await here.send('DELETE', `/api/sessions/${other.id}`)).status, 204)
  assert.equal(await there.isSignedIn(), false)
  assert.equal((await list()).length, 1)
  const again = await here.send('DELETE', `/api/sessions/${other.id}`)
  assert.equal(again.code, 'SESSION_UNKNOWN')
})

/* Ids of sessions and authenticators are no secrets, so knowing one must not be enough. */
test("nobody can end, rename, remove, see or confirm what is another person's", async (t) => {
  const { visitor, clock } = openApp(t)
  const ada = visitor()
  const person = await enrolledPerson(ada, clock)
  const pending = await beginEnrolment(ada)
  const { sessions } = (await ada.get('/api/sessions')).json<{ sessions: { id: string }[] }>()
  const mallory = visitor()
  await enrolledPerson(mallory, clock, 'mallory@example.com')
  const active = `/api/authenticators/${person.authenticatorId}`
  const code = virtualAuthenticator(pending.uri, clock).code()
  const attempts = [
    await mallory.send('DELETE', `/api/sessions/${sessions[0]?.id}`),
    await mallory.send('PATCH', active, { json: { name: 'mine' } }),
    await mallory.send('DELETE', active),
    await mallory.get(`/api/authenticators/${pending.id}/qr.png`),
    await mallory.post(`/api/authenticators/${pending.id}/confirm`, { code }),
    await mallory.page(`/account/authenticators/${pending.id}`),
    await mallory.submit(`/account/authenticators/${person.authenticatorId}/remove`),
  ]
  assert.deepEqual(
    attempts.map(({ status }) => status),
    attempts.map(() => 404),
  )
  assert.equal(await ada.isSignedIn(), true)
})

test('a session ends after an idle hour, and after a day however busy [R33]', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  const [almost, idle, busy] = [visitor(), visitor(), visitor()]
  for (const one of [almost, idle, busy]) await signIn(one, clock, person)
  clock.wait(1_800)
  assert.equal(await busy.isSignedIn(), true)
  clock.wait(1_739)
  assert.equal(await almost.isSignedIn(), true, 'after 3,599 s')
  clock.wait(31)
  assert.equal(await idle.isSignedIn(), false, 'after 3,600 s')
  const halfHours = (86_400 - 3_570) / 1_800
  for (let nth = 1; nth < halfHours; nth++) {
    assert.equal(await busy.isSignedIn(), true, `${nth} half hours later`)
    clock.wait(1_800)
  }
  assert.equal(await busy.isSignedIn(), true, 'in its last hour')
  clock.wait(1_800)
  assert.equal(await busy.isSignedIn(), false, 'after a day')
})

test('a session says how it was made [R51]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await register(someone)
  const first = (await someone.get('/api/session')).json()
  assert.deepEqual([first['aal'], first['amr'], first['enrolmentRequired']], [1, ['pwd'], true])
  const { id, uri } = await beginEnrolment(someone)
  const phone = virtualAuthenticator(uri, clock)
  await someone.post(`/api/authenticators/${id}/confirm`, { code: phone.code() })
  clock.wait(30)
  await someone.post('/api/reauthenticate', { password: PASSWORD, code: phone.code() })
  const { aal, amr, authTime, expiresAt, enrolmentRequired } = (
    await someone.get('/api/session')
  ).json()
  assert.deepEqual([aal, amr, enrolmentRequired], [2, ['pwd', 'otp', 'mfa'], undefined])
  const now = clock.nowSeconds() * 1_000
  assert.equal(Date.parse(String(authTime)), now)
  assert.equal(Date.parse(String(expiresAt)), now + 86_400_000)
})

/* The confirming code proves the phone; the password was given minutes before. */
test('confirming an authenticator does not make the password newer than it is [R35]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await register(someone)
  const { id, uri } = await beginEnrolment(someone)
  clock.wait(290)
  const code = virtualAuthenticator(uri, clock).code()
  assert.equal((await someone.post(`/api/authenticators/${id}/confirm`, { code })).status, 200)
  clock.wait(11)
  assert.equal((await someone.post('/api/recovery-codes')).code, 'REAUTHENTICATION_REQUIRED')
})
