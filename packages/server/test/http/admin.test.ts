/** Administration over HTTP: who is let in, what is answered, what comes of it, on the API and the pages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createOperator } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import {
  beginEnrolment,
  enrolledPerson,
  openApp,
  PASSWORD,
  register,
  routesOf,
  signIn,
} from './support.ts'
import type { Answer, Harness, Person, Visitor } from './support.ts'

interface Administration extends Harness {
  readonly root: Visitor
  readonly rootPerson: Person
  readonly ada: Visitor
  readonly adaPerson: Person
}

/** An administrator who has claimed the invitation, and somebody to help. */
async function administration(t: TestContext): Promise<Administration> {
  const harness = openApp(t)
  const root = harness.visitor()
  const rootPerson = await enrolledPerson(root, harness.clock, 'root@example.com')
  const { invitation } = await createOperator(harness).inviteFirstAdmin()
  assert.equal((await root.post('/api/admin/claim', { invitation })).status, 204)
  const ada = harness.visitor()
  const adaPerson = await enrolledPerson(ada, harness.clock)
  return { ...harness, root, rootPerson, ada, adaPerson }
}

const isAdminRoute = (route: string) => / (\/api)?\/admin/.test(route)

/** With right ids wherever there is one to give. */
async function knock(route: string, { store, clock, adaPerson }: Administration, who: Visitor) {
  const [method = '', pattern = ''] = route.split(' ')
  const { accountId, authenticatorId, login } = adaPerson
  const [session] = await store.sessions(accountId, clock.nowSeconds(), 3_600)
  const path = pattern
    .replace(/:below\{.*\}/, 'sessions/end')
    .replace(':authenticatorId', authenticatorId)
    .replace(':sessionId', session?.id ?? 'none')
    .replace(':id', accountId)
  const input = { login, invitation: 'none' }
  if (method === 'GET') return who.page(path)
  if (!pattern.startsWith('/api/')) return who.submit(path, input)
  return who.send(method, path, method === 'DELETE' ? {} : { json: input })
}

/* Whoever may reset the factors of others is one step from being them: so not one route may forget to ask. */
test('who is no administrator is refused by every route, before anything is looked at [R46]', async (t) => {
  const here = await administration(t)
  const eve = here.visitor()
  await enrolledPerson(eve, here.clock, 'eve@example.com')
  const before = await here.engine.events(here.adaPerson)
  const routes = routesOf(here.app).filter(isAdminRoute)
  assert.equal(routes.length, 24)
  const open = ['GET /admin/claim', 'GET /admin/invitations', 'POST /admin/claim']
  for (const route of routes) {
    const answer = await knock(route, here, eve)
    if (route.includes(':below')) assert.equal(answer.status, 303, route)
    else if (open.includes(route)) assert.notEqual(answer.status, 500, route)
    else if (route === 'POST /api/admin/claim') assert.equal(answer.code, 'INVITATION_REFUSED')
    else {
      assert.equal(answer.status, 403, route)
      if (route.includes(' /api/')) assert.equal(answer.code, 'ADMIN_REQUIRED', route)
      else assert.match(answer.text, /for administrators/, route)
    }
    assert.doesNotMatch(answer.text, /ada@example/, route)
  }
  assert.deepEqual(await here.engine.events(here.adaPerson), before)
})

test('no route gives an administrator a session, their own or another one’s [R46] [R39]', async (t) => {
  const here = await administration(t)
  for (const route of routesOf(here.app).filter(isAdminRoute)) {
    const own = here.root.session
    const answer = await knock(route, here, here.root)
    assert.ok(answer.status < 500, route)
    const cookies = [...answer.setCookies.keys()].filter((name) => name !== 'halfminute-notice')
    assert.deepEqual(cookies, [], route)
    assert.equal(here.root.session, own)
  }
})

/* What an administrator is not asked for they cannot set. */
test('no route of administration takes a password or a secret [R46]', async (t) => {
  const { visitor } = openApp(t)
  const { paths, components } = (await visitor().get('/openapi.json')).json<{
    paths: Record<string, Record<string, { requestBody?: object }>>
    components: { schemas: Record<string, { properties?: object }> }
  }>()
  const taken = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/admin/'))
    .flatMap(([, methods]) => Object.values(methods).map(({ requestBody }) => requestBody ?? {}))
    .flatMap((body) => JSON.stringify(body).match(/"#\/components\/schemas\/\w+"/g) ?? [])
    .flatMap((name) => {
      const schema = components.schemas[name.slice(1, -1).split('/').at(-1) ?? '']
      return Object.keys(schema?.properties ?? {})
    })
  assert.deepEqual(taken.toSorted(), ['invitation', 'login'])
})

test('the API shows what helps, and nothing secret [R46] [R44]', async (t) => {
  const { root, ada, adaPerson, store, clock } = await administration(t)
  const waiting = await beginEnrolment(ada, { name: 'waiting' })
  const path = `/api/admin/accounts/${adaPerson.accountId}`
  const answers = [
    await root.get('/api/admin/accounts'),
    await root.get('/api/admin/accounts?atRisk=true'),
    await root.post('/api/admin/accounts/search', { login: 'ADA@' }),
    await root.get(path),
    await root.get(`${path}/events`),
    await root.page('/admin'),
    await root.page('/admin/accounts'),
    await root.submit('/admin/accounts', { login: 'ada' }),
    await root.page(`/admin/accounts/${adaPerson.accountId}`),
    await root.page(`/admin/accounts/${adaPerson.accountId}/reset-second-factor`),
  ]
  const hash = (await store.account(adaPerson.accountId))?.passwordHash
  const [sealed] = await store.authenticators(adaPerson.accountId, clock.nowSeconds())
  assert.ok(hash && sealed)
  const secrets = [
    hash,
    Buffer.from(sealed.sealedSecret).toString('base64').slice(0, 12),
    adaPerson.secret,
    waiting.secret,
    ...adaPerson.recoveryCodes,
    ada.session?.slice(0, 43) ?? '',
    root.session?.slice(0, 43) ?? '',
  ]
  for (const { status, text } of answers) {
    assert.equal(status, 200, text)
    for (const secret of secrets) assert.ok(secret.length > 8 && !text.includes(secret))
    assert.doesNotMatch(text, /otpauth:|argon2|sealed|tokenHash/)
  }
  const [, , found, details] = answers as [Answer, Answer, Answer, Answer]
  const [first] = found.json<{ accounts: object[] }>().accounts
  assert.deepEqual(first, {
    id: adaPerson.accountId,
    login: 'ada@example.com',
    createdAt: '2026-09-21T14:16:00Z',
    authenticators: 1,
    recoveryCodesLeft: 10,
    atRisk: false,
    adminSince: null,
    enrolUntil: null,
    passwordSuspectSince: null,
  })
  const { authenticators, sessions } = details.json<Record<string, { name?: string }[]>>()
  assert.deepEqual(authenticators?.map(({ name }) => name).toSorted(), ['phone', 'waiting'])
  assert.equal(sessions?.length, 1)
})

test('a long list says where it goes on', async (t) => {
  const { root, store } = await administration(t)
  for (let nth = 0; nth < 100; nth++) await store.ensureAccount(`app/${1_000 + nth}`, 0)
  interface List {
    accounts: { id: string }[]
    next?: string
  }
  const first = (await root.get('/api/admin/accounts')).json<List>()
  assert.equal(first.accounts.length, 100)
  assert.equal(first.next, first.accounts.at(-1)?.id)
  const after = encodeURIComponent(first.next ?? '')
  const rest = (await root.get(`/api/admin/accounts?after=${after}`)).json<List>()
  assert.deepEqual([rest.accounts.length, rest.next], [2, undefined])
  const page = await root.page('/admin/accounts')
  assert.match(page.text, new RegExp(`href="/admin/accounts\\?after=${after}"`))
  // An app's own id may hold anything.
  assert.equal((await root.get('/api/admin/accounts/app%2F1000')).status, 200)
  assert.match(page.text, /href="\/admin\/accounts\/app%2F1000"/)
  assert.equal((await root.get('/api/admin/accounts?atRisk=perhaps')).code, 'REQUEST_INVALID')
})

test('a reset by the API: everything ends, the person enrols anew and is in [R46] [R50]', async (t) => {
  const { root, ada, adaPerson, visitor, clock } = await administration(t)
  const { accountId, login } = adaPerson
  const reset = `/api/admin/accounts/${accountId}/reset-second-factor`
  assert.equal((await root.post(reset)).status, 204)
  assert.equal(await ada.isSignedIn(), false)
  assert.equal((await root.post(reset)).code, 'RESET_NEEDLESS')
  const browser = visitor()
  const signedIn = await browser.post('/api/login', { login, password: PASSWORD })
  assert.deepEqual(signedIn.json(), { status: 'signed_in', enrolmentRequired: true })
  assert.equal((await browser.get('/api/events')).code, 'ENROLMENT_REQUIRED')
  const { id, uri } = await beginEnrolment(browser)
  const code = virtualAuthenticator(uri, clock).code()
  assert.equal((await browser.post(`/api/authenticators/${id}/confirm`, { code })).status, 200)
  const { events } = (await browser.get('/api/events')).json<{ events: { kind: string }[] }>()
  assert.ok(events.some(({ kind }) => kind === 'admin.second-factor-reset'))
  assert.match((await browser.page('/account')).text, /Second factor reset by an administrator/)
})

test('authenticators and sessions of others end by the API; one’s own do not [R34] [R46]', async (t) => {
  const { root, rootPerson, ada, adaPerson, visitor, clock } = await administration(t)
  const path = `/api/admin/accounts/${adaPerson.accountId}`
  const { sessions } = (await root.get(path)).json<{ sessions: { id: string }[] }>()
  assert.equal((await root.send('DELETE', `${path}/sessions/${sessions[0]?.id}`)).status, 204)
  assert.equal(await ada.isSignedIn(), false)
  const again = await root.send('DELETE', `${path}/sessions/${sessions[0]?.id}`)
  assert.equal(again.code, 'SESSION_UNKNOWN')
  const browser = visitor()
  await signIn(browser, clock, adaPerson)
  assert.equal((await root.send('DELETE', `${path}/sessions`)).status, 204)
  assert.equal(await browser.isSignedIn(), false)
  const phone = `${path}/authenticators/${adaPerson.authenticatorId}`
  assert.equal((await root.send('DELETE', phone)).status, 204)
  assert.equal((await root.send('DELETE', phone)).code, 'AUTHENTICATOR_UNKNOWN')
  const own = `/api/admin/accounts/${rootPerson.accountId}`
  assert.equal((await root.send('DELETE', `${own}/sessions`)).code, 'ADMIN_SELF')
  assert.equal((await root.post(`${own}/reset-second-factor`)).code, 'ADMIN_SELF')
  assert.equal((await root.get('/api/admin/accounts/none')).code, 'ACCOUNT_UNKNOWN')
})

test('on the pages a reset asks first, and says what was done [R46]', async (t) => {
  const { root, ada, adaPerson, clock } = await administration(t)
  const path = `/admin/accounts/${adaPerson.accountId}`
  assert.match((await root.page('/account')).text, /<a href="\/admin">Administration<\/a>/)
  assert.doesNotMatch((await ada.page('/account')).text, /\/admin/)
  assert.match((await root.page(path)).text, /reset-second-factor">Reset</)
  const question = await root.page(`${path}/reset-second-factor`)
  assert.match(question.text, /Reset the second factor of ada@example\.com\?/)
  assert.equal(await ada.isSignedIn(), true)
  // Not fresh any more: prove it, and come back to the question.
  clock.wait(301)
  const stale = await root.submit(`${path}/reset-second-factor`)
  const next = encodeURIComponent(`${path}/reset-second-factor`)
  assert.equal(stale.headers.get('location'), `/reauthenticate?next=${next}`)
  assert.match((await root.page(`/reauthenticate?next=${next}`)).text, new RegExp(path))
})

test('a reset of the pages leads back to the account, which says so', async (t) => {
  const { root, ada, adaPerson } = await administration(t)
  const path = `/admin/accounts/${adaPerson.accountId}`
  const done = await root.submit(`${path}/reset-second-factor`)
  assert.deepEqual([done.status, done.headers.get('location')], [303, path])
  const page = await root.page(path)
  assert.match(page.text, /The second factor is reset/)
  assert.match(page.text, /signs in to enrol anew, until/)
  assert.doesNotMatch(page.text, /reset-second-factor">Reset</)
  assert.equal(await ada.isSignedIn(), false)
})

test('a reset that nobody took up can be begun anew on the pages', async (t) => {
  const { root, rootPerson, adaPerson, clock } = await administration(t)
  const path = `/admin/accounts/${adaPerson.accountId}`
  await root.submit(`${path}/reset-second-factor`)
  clock.wait(86_400)
  await signIn(root, clock, rootPerson)
  const page = await root.page(path)
  assert.match(page.text, /nobody enrolled in time/)
  assert.match(page.text, /reset-second-factor">Reset</)
})

test('the last factor has no button of its own, and one’s own account has none at all', async (t) => {
  const { root, rootPerson, ada, adaPerson, clock } = await administration(t)
  const path = `/admin/accounts/${adaPerson.accountId}`
  assert.doesNotMatch((await root.page(path)).text, /\/remove"/)
  const { id, uri } = await beginEnrolment(ada)
  clock.wait(30)
  const code = virtualAuthenticator(uri, clock).code()
  await ada.post(`/api/authenticators/${id}/confirm`, { code })
  assert.match((await root.page(path)).text, new RegExp(`${id}/remove"`))
  const own = await root.page(`/admin/accounts/${rootPerson.accountId}`)
  assert.match(own.text, /This is your own account/)
  assert.doesNotMatch(own.text, /<form method="post" action="\/admin/)
})

test('an invitation is shown once, claimed in a form, and stands in no address [R47]', async (t) => {
  const { root, visitor, clock, lines } = await administration(t)
  const eve = visitor()
  await enrolledPerson(eve, clock, 'eve@example.com')
  const made = await root.submit('/admin/invitations')
  const invitation = /data-text="([\w-]{43}\.[0-9a-f]{32})"/.exec(made.text)?.[1] ?? ''
  assert.ok(invitation)
  assert.doesNotMatch((await root.page('/admin')).text, new RegExp(invitation.slice(0, 43)))
  assert.equal((await eve.page('/admin/claim')).status, 200)
  const wrong = await eve.submit('/admin/claim', { invitation: `${invitation}x` })
  assert.equal(wrong.status, 403)
  assert.match(wrong.text, /That invitation is not valid/)
  assert.doesNotMatch(wrong.text, new RegExp(invitation.slice(0, 43)))
  const claimed = await eve.submit('/admin/claim', { invitation })
  assert.equal(claimed.headers.get('location'), '/admin')
  assert.match((await eve.page('/admin')).text, /You are an administrator now/)
  assert.equal((await eve.get('/api/session')).json()['admin'], true)
  assert.equal((await eve.page('/admin/claim')).headers.get('location'), '/admin')
  assert.doesNotMatch(JSON.stringify(lines), new RegExp(invitation.slice(0, 43)))
})

test('wrong invitations are turned away after ten, with a time to come back [R47]', async (t) => {
  const here = await administration(t)
  const { ada } = here
  for (let nth = 0; nth < 10; nth++) {
    const answer = await ada.post('/api/admin/claim', { invitation: `wrong ${nth}` })
    assert.deepEqual([answer.status, answer.code], [403, 'INVITATION_REFUSED'])
  }
  const closed = await ada.post('/api/admin/claim', { invitation: 'right or wrong' })
  assert.deepEqual([closed.status, closed.code], [429, 'TOO_MANY_ATTEMPTS'])
  assert.equal(closed.headers.get('retry-after'), '3600')
  assert.equal((await ada.submit('/admin/claim', { invitation: 'x' })).status, 429)
})

test('an administrator has a second factor before and after, on the API and on the pages [R46]', async (t) => {
  const harness = openApp(t, { secondFactor: 'optional' })
  const { clock, visitor } = harness
  const registered = { login: 'root@example.com', password: `${PASSWORD} indeed` }
  const root = visitor()
  await root.post('/api/register', registered)
  const { invitation } = await createOperator(harness).inviteFirstAdmin()
  assert.equal((await root.post('/api/admin/claim', { invitation })).code, 'ENROLMENT_REQUIRED')
  const { id, uri } = await beginEnrolment(root)
  const code = virtualAuthenticator(uri, clock).code()
  assert.equal((await root.post(`/api/authenticators/${id}/confirm`, { code })).status, 200)
  assert.equal((await root.post('/api/admin/claim', { invitation })).status, 204)
  assert.equal((await root.get('/api/admin/accounts')).status, 200)
  const removal = await root.send('DELETE', `/api/authenticators/${id}`)
  assert.deepEqual([removal.status, removal.code], [409, 'ADMIN_LAST_FACTOR'])
  assert.equal((await root.submit(`/account/authenticators/${id}/remove`)).status, 409)
  const again = visitor()
  const password = await again.post('/api/login', registered)
  assert.equal(password.json()['status'], 'second_factor')
  assert.equal((await again.get('/api/admin/accounts')).code, 'SESSION_REQUIRED')
})

test('what people call themselves is text on these pages too', async (t) => {
  const { root, visitor } = await administration(t)
  const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
  const accountId = await register(visitor(), hostile)
  for (const answer of [
    await root.submit('/admin/accounts', { login: hostile }),
    await root.page('/admin/accounts'),
    await root.page(`/admin/accounts/${accountId}`),
    await root.page(`/admin/accounts/${accountId}/reset-second-factor`),
  ]) {
    assert.equal(answer.status, 200)
    assert.match(answer.text, /&lt;script&gt;/)
    assert.doesNotMatch(answer.text, /<script>alert|<img src=x/)
  }
})
