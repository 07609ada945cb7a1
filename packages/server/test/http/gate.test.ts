/**
 * The route matrix: which address gives out a session, to whom. A new route fails here until it has been
 * thought about.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOf, newAnswer } from './passkeys.ts'
import { PASSWORD, openApp, routesOf } from './support.ts'
import type { Answer, Visitor } from './support.ts'
import { scenes, SIGNED_IN, STATES } from './states.ts'
import type { Scene, State } from './states.ts'

const scene = scenes()
/** Where the password alone is enough: there is no second factor, or none is asked for here. */
const WITHOUT_A_CODE: readonly State[] = [
  'enrolling',
  'in a trusted browser',
  'signed in without a code',
]

/** Every route that can give out a session, and the states of a person in which it does. */
const MINTS: Readonly<Record<string, readonly State[]>> = {
  'POST /api/register': STATES,
  'POST /register': STATES,
  'POST /api/login': WITHOUT_A_CODE,
  'POST /login': WITHOUT_A_CODE,
  'POST /api/login/code': ['after the password'],
  'POST /login/code': ['after the password'],
  'POST /api/login/passkey': ['after the password'],
  'POST /login/passkey': ['after the password'],
  'POST /api/authenticators/:id/confirm': ['enrolling', 'signed in'],
  'POST /account/authenticators/:id/confirm': ['enrolling', 'signed in'],
  'POST /api/passkeys': ['enrolling', 'signed in'],
  'POST /account/passkeys/new': ['enrolling', 'signed in'],
  'POST /api/reauthenticate': SIGNED_IN,
  'POST /reauthenticate': SIGNED_IN,
  'POST /api/password': ['signed in'],
  'POST /account/password': ['signed in'],
}

/** Every other route: none of them gives out a session, whoever asks. */
const NEVER = [
  'DELETE /api/admin/accounts/:id/authenticators/:authenticatorId',
  'DELETE /api/admin/accounts/:id/sessions',
  'DELETE /api/admin/accounts/:id/sessions/:sessionId',
  'DELETE /api/contacts/:channel',
  'GET /account/contacts/:channel{(?:email|sms)}',
  'GET /account/contacts/:channel{(?:email|sms)}/:action{confirm|remove}',
  'GET /api/contacts',
  'GET /login/send',
  'POST /account/contacts/:channel{(?:email|sms)}',
  'POST /account/contacts/:channel{(?:email|sms)}/confirm',
  'POST /account/contacts/:channel{(?:email|sms)}/remove',
  'POST /api/contacts/:channel/confirm',
  'POST /api/login/send',
  'POST /login/send',
  'PUT /api/contacts/:channel',
  'DELETE /api/authenticators/:id',
  'DELETE /api/sessions/:id',
  'DELETE /api/trusted-browsers/:id',
  'GET /',
  'GET /account',
  'GET /account/authenticators/:id',
  'GET /account/authenticators/:id/:action{confirm|rename|remove}',
  'GET /account/authenticators/:id/resynchronise',
  'GET /account/authenticators/new',
  'GET /account/passkeys/new',
  'GET /account/password',
  'GET /account/recovery-codes',
  'GET /account/recovery-codes/file',
  'GET /account/sessions/:id/end',
  'GET /account/trusted-browsers/:id/forget',
  'GET /admin',
  'GET /admin/accounts',
  'GET /admin/accounts/:id',
  'GET /admin/accounts/:id/:below{(authenticators|sessions)/.+}',
  'GET /admin/accounts/:id/reset-second-factor',
  'GET /admin/claim',
  'GET /admin/invitations',
  'GET /api/admin/accounts',
  'GET /api/admin/accounts/:id',
  'GET /api/admin/accounts/:id/events',
  'GET /api/authenticators',
  'GET /api/authenticators/:id/qr.png',
  'GET /api/events',
  'GET /api/recovery-codes',
  'GET /api/session',
  'GET /api/sessions',
  'GET /api/trusted-browsers',
  'GET /healthz',
  'GET /login',
  'GET /login/code',
  'GET /login/passkey',
  'GET /logout',
  'GET /openapi.json',
  'GET /password/forgot',
  'GET /password/reset',
  'GET /readyz',
  'GET /reauthenticate',
  'GET /register',
  'PATCH /api/authenticators/:id',
  'POST /account/authenticators/:id/remove',
  'POST /account/authenticators/:id/rename',
  'POST /account/authenticators/:id/resynchronise',
  'POST /account/authenticators/new',
  'POST /account/recovery-codes',
  'POST /account/recovery-codes/file',
  'POST /account/sessions/:id/end',
  'POST /account/trusted-browsers/:id/forget',
  'POST /admin/accounts',
  'POST /admin/accounts/:id/authenticators/:authenticatorId/remove',
  'POST /admin/accounts/:id/reset-second-factor',
  'POST /admin/accounts/:id/sessions/:sessionId/end',
  'POST /admin/accounts/:id/sessions/end',
  'POST /admin/claim',
  'POST /admin/invitations',
  'POST /api/admin/accounts/:id/reset-second-factor',
  'POST /api/admin/accounts/search',
  'POST /api/admin/claim',
  'POST /api/admin/invitations',
  'POST /api/authenticators',
  'POST /api/authenticators/:id/resynchronise',
  'POST /api/login/passkey/options',
  'POST /api/logout',
  'POST /api/passkeys/options',
  'POST /api/password/forgot',
  'POST /api/password/reset',
  'POST /api/reauthenticate/passkey/options',
  'POST /api/recovery-codes',
  'POST /logout',
  'POST /password/forgot',
  'POST /password/reset',
]

/** Open to everybody: the way in, the descriptions, and the addresses of forms, which lead back. */
const PUBLIC = new Set([
  'GET /account/contacts/:channel{(?:email|sms)}/:action{confirm|remove}',
  'GET /login/send',
  'POST /api/login/send',
  'POST /login/send',
  'GET /',
  'GET /account/authenticators/:id/:action{confirm|rename|remove}',
  'GET /account/recovery-codes/file',
  'GET /account/sessions/:id/end',
  'GET /account/trusted-browsers/:id/forget',
  'GET /admin/accounts/:id/:below{(authenticators|sessions)/.+}',
  'GET /admin/invitations',
  'GET /healthz',
  'GET /login',
  'GET /login/code',
  'GET /login/passkey',
  'GET /logout',
  'GET /openapi.json',
  'GET /password/forgot',
  'GET /password/reset',
  'GET /readyz',
  'GET /register',
  'POST /api/login',
  'POST /api/login/code',
  'POST /api/login/passkey',
  'POST /api/login/passkey/options',
  'POST /api/password/forgot',
  'POST /api/password/reset',
  'POST /api/register',
  'POST /login',
  'POST /login/code',
  'POST /login/passkey',
  'POST /password/forgot',
  'POST /password/reset',
  'POST /register',
])

const ROUTES = [...Object.keys(MINTS), ...NEVER].toSorted()

/** The right password, the right code, the ticket where there is one: all that could open the gate. */
async function knock(route: string, here: Scene): Promise<Answer> {
  const { someone, ticket, pending, ...rest } = here
  const { phone, pendingPhone, authenticatorId = 'none' } = rest
  const [method = '', pattern = ''] = route.split(' ')
  const confirming = pattern.endsWith('/confirm')
  const path = pattern
    .replace(/:action\{.*\}/, 'remove')
    .replace(/:below\{.*\}/, 'sessions/end')
    .replace(/:channel(\{.*\})?/, 'email')
    .replace(':id', (confirming ? pending?.id : authenticatorId) ?? 'none')
  const login = pattern.endsWith('/register') ? 'grace@example.com' : 'ada@example.com'
  const code = (confirming ? pendingPhone : phone)?.code()
  // Whoever has no ticket tries the session's token in its place.
  const input = {
    kind: 'totp',
    login,
    name: 'another',
    address: 'ada@new.example.com',
    password: PASSWORD,
    newPassword: `${PASSWORD} of another kind`,
    ticket: ticket ?? someone.session ?? 'none',
    ...(code !== undefined && { code, secondCode: phone?.code(1) ?? 'none' }),
  }
  if (method === 'GET') return someone.page(path)
  const response = await passkeyAnswer(pattern, here)
  if (pattern.startsWith('/api/')) {
    const json = { ...input, response, codes: [input.code, input.secondCode] }
    return someone.send(method, path, method === 'DELETE' ? {} : { json })
  }
  return someone.submit(path, { ...input, response: JSON.stringify(response ?? null) })
}

/** The right answer of the right passkey, where the server asks whoever is here for one. */
function passkeyAnswer(pattern: string, { someone, ticket, passkey }: Scene) {
  if (/\/passkeys(\/new)?$/.test(pattern)) return newAnswer(someone)
  if (!pattern.endsWith('/login/passkey') || passkey === undefined) return undefined
  return answerOf(someone, passkey, ticket ?? someone.session ?? 'none')
}

/** Did this answer bring a session that was not there before, and that works? */
async function mintedBy(answer: Answer, { visitor, someone }: Scene): Promise<boolean> {
  for (const [name, { value }] of answer.setCookies) {
    const bearer = visitor()
    bearer.cookies.set('halfminute-session', value)
    const works = await bearer.isSignedIn()
    if (works) {
      assert.equal(name, 'halfminute-session')
      assert.equal(someone.session, value)
      return true
    }
  }
  return false
}

test('every route is stated, with who gets a session from it [R39]', (t) => {
  const inApp = routesOf(openApp(t).app).filter((route) => !route.includes('/assets/'))
  assert.deepEqual(inApp, ROUTES)
})

for (const state of STATES) {
  /* Whoever finds one address that forgets to ask for the second factor has bypassed all the others. */
  test(`${state}: exactly the stated routes give out a session [R32] [R39]`, async (t) => {
    const minting: string[] = []
    for (const route of ROUTES) {
      const here = await scene(t, state)
      const answer = await knock(route, here)
      assert.ok(answer.status < 500, `${route}: ${answer.status}`)
      if (await mintedBy(answer, here)) minting.push(route)
    }
    const stated = Object.keys(MINTS).filter((route) => MINTS[route]?.includes(state))
    assert.deepEqual(minting, stated.toSorted())
  })
}

function isTurnedAway(route: string, answer: Answer): boolean {
  if (route.includes(' /api/')) return answer.status === 401 && answer.code === 'SESSION_REQUIRED'
  return answer.status === 303 && answer.headers.get('location') === '/login'
}

/**
 * The classic bypass: give the right password, ignore the page that asks for the code, and open the
 * account's address by hand.
 */
test('after the password alone no address of the account opens [R32]', async (t) => {
  const here = await scene(t, 'after the password')
  for (const route of ROUTES.filter((one) => !PUBLIC.has(one))) {
    const answer = await knock(route, here)
    assert.ok(isTurnedAway(route, answer), `${route}: ${answer.status}`)
  }
})

test('the ticket in the place of a session opens nothing [R32]', async (t) => {
  const here = await scene(t, 'after the password')
  assert.ok(here.ticket)
  here.someone.cookies.set('halfminute-session', here.ticket)
  for (const route of ROUTES.filter((one) => !PUBLIC.has(one))) {
    const answer = await knock(route, here)
    assert.ok(isTurnedAway(route, answer), `${route}: ${answer.status}`)
  }
  assert.equal((await here.someone.get('/')).headers.get('location'), '/login')
})

const CHANGES: Readonly<Record<string, number>> = {
  'POST /api/authenticators': 201,
  'POST /account/authenticators/new': 303,
  'POST /api/authenticators/:id/confirm': 200,
  'POST /account/authenticators/:id/confirm': 303,
  'POST /api/passkeys/options': 200,
  'POST /api/passkeys': 201,
  'POST /account/passkeys/new': 303,
  'POST /api/authenticators/:id/resynchronise': 200,
  'POST /account/authenticators/:id/resynchronise': 303,
  'POST /api/recovery-codes': 200,
  'POST /account/recovery-codes': 200,
  'POST /api/password': 204,
  'POST /account/password': 303,
  'PUT /api/contacts/:channel': 202,
  'POST /account/contacts/:channel{(?:email|sms)}': 303,
  'DELETE /api/contacts/:channel': 204,
  'POST /account/contacts/:channel{(?:email|sms)}/remove': 303,
  'DELETE /api/authenticators/:id': 204,
  'POST /account/authenticators/:id/remove': 303,
}

/* A stolen cookie, or a browser left open, must not be enough to take the account over. */
test('after five minutes every change asks for both factors again, and only then happens [R35]', async (t) => {
  for (const [route, status] of Object.entries(CHANGES)) {
    await asksForBothFirst(await scene(t, 'signed in long ago'), route, status)
  }
})

/* A stolen cookie of a trusted browser, and the password: enough to read, not to take the account over. */
test('without a code given every change asks for both factors first, however young the session [R35 R49]', async (t) => {
  for (const [route, status] of Object.entries(CHANGES)) {
    await asksForBothFirst(await scene(t, 'signed in without a code'), route, status)
  }
})

async function asksForBothFirst(here: Scene, route: string, status: number): Promise<void> {
  const { clock, phone, someone } = here
  const stale = await knock(route, here)
  if (route.includes(' /api/')) {
    assert.equal(stale.status, 403, route)
    assert.equal(stale.code, 'REAUTHENTICATION_REQUIRED', route)
  } else {
    assert.equal(stale.status, 303, route)
    assert.match(stale.headers.get('location') ?? '', /^\/reauthenticate\?next=/, route)
  }
  assert.equal(stale.headers.getSetCookie().length, 0, route)
  const proofs = { password: PASSWORD, code: phone?.code() }
  assert.equal((await someone.post('/api/reauthenticate', proofs)).status, 200, route)
  clock.wait(30)
  const changed = await knock(route, here)
  assert.equal(changed.status, status, `${route}: ${changed.text}`)
  assert.doesNotMatch(changed.headers.get('location') ?? '', /reauthenticate/, route)
}

/* Whoever sees the picture of a waiting authenticator can confirm it with a phone of their own. */
test('after five minutes the secret of a waiting authenticator is not shown either [R35]', async (t) => {
  const { someone, pending } = await scene(t, 'signed in long ago')
  assert.ok(pending)
  const picture = await someone.get(`/api/authenticators/${pending.id}/qr.png`)
  assert.equal(picture.code, 'REAUTHENTICATION_REQUIRED')
  const page = await someone.page(`/account/authenticators/${pending.id}`)
  assert.match(page.headers.get('location') ?? '', /^\/reauthenticate\?next=/)
  assert.equal(page.text.includes(pending.secret), false)
})

test('exactly five minutes are still fresh, a second more is not [R35]', async (t) => {
  const { clock, someone } = await scene(t, 'signed in')
  clock.wait(270)
  assert.equal((await someone.post('/api/recovery-codes')).status, 200)
  clock.wait(1)
  assert.equal((await someone.post('/api/recovery-codes')).code, 'REAUTHENTICATION_REQUIRED')
})

test('neither the password alone nor the code alone makes a session fresh [R35]', async (t) => {
  const { phone, someone } = await scene(t, 'signed in long ago')
  const code = phone?.code()
  const password = PASSWORD
  assert.equal((await someone.post('/api/reauthenticate', { password })).code, 'CODE_REQUIRED')
  const wrong = { password: 'not that password', code }
  assert.equal((await someone.post('/api/reauthenticate', wrong)).code, 'LOGIN_REFUSED')
  assert.equal((await someone.post('/api/recovery-codes')).code, 'REAUTHENTICATION_REQUIRED')
})

test('before enrolment everything but enrolling answers ENROLMENT_REQUIRED', async (t) => {
  const open = new Set([
    'GET /account/authenticators/new',
    'GET /account/authenticators/:id',
    'GET /account/passkeys/new',
    'GET /account/password',
    'GET /api/authenticators',
    'GET /api/authenticators/:id/qr.png',
    'GET /api/session',
    'GET /reauthenticate',
    'DELETE /api/authenticators/:id',
    'POST /account/authenticators/:id/confirm',
    'POST /account/authenticators/:id/remove',
    'POST /account/authenticators/:id/rename',
    'POST /account/authenticators/new',
    'POST /account/passkeys/new',
    'POST /account/recovery-codes/file',
    'POST /api/authenticators',
    'POST /api/authenticators/:id/confirm',
    'POST /api/logout',
    'POST /api/passkeys',
    'POST /api/passkeys/options',
    'POST /api/reauthenticate',
    'POST /api/reauthenticate/passkey/options',
    'POST /logout',
    'POST /reauthenticate',
  ])
  const closed = ROUTES.filter((route) => !PUBLIC.has(route) && !open.has(route))
  assert.ok(closed.length > 8)
  const here = await scene(t, 'enrolling')
  for (const route of closed) {
    const answer = await knock(route, here)
    if (route.includes(' /api/')) {
      assert.equal(answer.status, 403, route)
      assert.equal(answer.code, 'ENROLMENT_REQUIRED', route)
    } else {
      assert.equal(answer.status, 303, route)
      assert.equal(answer.headers.get('location'), '/account/authenticators/new', route)
    }
  }
})

/* Whoever else has the password must not have the time that its owner takes for other things. */
test('before a new password that is asked for everything else answers PASSWORD_CHANGE_REQUIRED', async (t) => {
  const open = new Set([
    'GET /account/password',
    'GET /api/session',
    'GET /reauthenticate',
    'POST /account/password',
    'POST /account/recovery-codes/file',
    'POST /api/logout',
    'POST /api/password',
    'POST /api/reauthenticate',
    'POST /api/reauthenticate/passkey/options',
    'POST /logout',
    'POST /reauthenticate',
  ])
  const closed = ROUTES.filter((route) => !PUBLIC.has(route) && !open.has(route))
  assert.ok(closed.length > 20)
  const here = await scene(t, 'signed in')
  const session = (await here.someone.get('/api/session')).json<{ account: { id: string } }>()
  const suspicion = { now: 0, events: [], rates: [], suspectPasswordOf: session.account.id }
  await here.store.recordFailure(suspicion)
  for (const route of closed) {
    const answer = await knock(route, here)
    if (route.includes(' /api/')) {
      assert.equal(answer.status, 403, route)
      assert.equal(answer.code, 'PASSWORD_CHANGE_REQUIRED', route)
    } else {
      assert.equal(answer.status, 303, route)
      assert.equal(answer.headers.get('location'), '/account/password', route)
    }
  }
  const { someone, clock, phone } = here
  for (const path of ['/reauthenticate', '/account/password']) {
    assert.equal((await someone.page(path)).status, 200, path)
  }
  // The pages' own way, when the sign-in is not fresh any more.
  clock.wait(301)
  const late = await someone.submit('/account/password', { newPassword: 'quite another' })
  assert.match(late.headers.get('location') ?? '', /^\/reauthenticate\?next=/)
  const proofs = { password: PASSWORD, code: phone?.code() ?? '', next: '/account/password' }
  const proven = await someone.submit('/reauthenticate', proofs)
  assert.equal(proven.headers.get('location'), '/account/password')
  assert.equal((await someone.get('/api/session')).json()['passwordChangeRequired'], true)
  const same = await someone.post('/api/password', { newPassword: PASSWORD })
  assert.deepEqual([same.status, same.code], [400, 'PASSWORD_UNCHANGED'])
  assert.equal((await someone.post('/api/password', { newPassword: 'quite another' })).status, 204)
  assert.equal((await someone.get('/api/session')).json()['passwordChangeRequired'], undefined)
  assert.equal((await someone.get('/api/events')).status, 200)
})

/* The session of the password step must not live on once the account has a second factor. */
test('the session from before the enrolment dies with it [R32]', async (t) => {
  const { someone, visitor, pending, pendingPhone } = await scene(t, 'enrolling')
  const before = someone.session
  assert.ok(before && pending && pendingPhone)
  const confirm = `/api/authenticators/${pending.id}/confirm`
  assert.equal((await someone.post(confirm, { code: pendingPhone.code() })).status, 200)
  assert.notEqual(someone.session, before)
  assert.equal(await isAlive(visitor(), before), false)
  assert.equal(await someone.isSignedIn(), true)
})

async function isAlive(visitor: Visitor, token: string): Promise<boolean> {
  visitor.cookies.set('halfminute-session', token)
  return visitor.isSignedIn()
}
