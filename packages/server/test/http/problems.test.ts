/** Failures as they leave: one shape, nothing of the cause; and a part that fails means no. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '@halfminute/engine'
import { Problem, problemResponse, PROBLEMS } from '../../src/http/problems.ts'
import type { ProblemCode } from '../../src/http/problems.ts'
import { scenes } from './states.ts'
import type { Scene, State } from './states.ts'
import { enrolledPerson, openApp, PASSWORD, ticketOf, wrongCode } from './support.ts'
import type { Answer } from './support.ts'

const scene = scenes()

for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
  test(`${code} leaves as problem+json (RFC 9457)`, async () => {
    const response = problemResponse(new Problem(code))
    const { status, text } = PROBLEMS[code]
    assert.equal(response.status, status)
    assert.ok(status >= 400 && status < 600)
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    assert.deepEqual(await response.json(), { type: 'about:blank', title: text, status, code })
    assert.match(text, /^[A-Z].*\.$/)
  })
}

test('a refused body names the members that are wrong, and never their values', async (t) => {
  const { visitor } = openApp(t)
  const answer = await visitor().post('/api/login', { login: 4711, password: ['hush-hush'] })
  assert.equal(answer.status, 400)
  const { errors, code, status } = answer.json<{
    errors: { member: string; text: string }[]
    code: string
    status: number
  }>()
  assert.equal(code, 'REQUEST_INVALID')
  assert.equal(status, 400)
  assert.deepEqual(errors.map(({ member }) => member).toSorted(), ['login', 'password'])
  for (const { text } of errors) assert.ok(text.length > 0)
  assert.doesNotMatch(answer.text, /4711|hush/)
})

test('an unknown address is 404 and a wrong method 405 with Allow', async (t) => {
  const { visitor } = openApp(t)
  const nobody = visitor()
  for (const path of ['/nowhere', '/api', '/api/', '/api/nowhere', '/api/login/', '/v1/accounts']) {
    const answer = await nobody.get(path)
    assert.equal(answer.status, 404, path)
    assert.equal(answer.code, 'NOT_FOUND', path)
  }
  for (const [method, path, allow] of [
    ['GET', '/api/login', 'POST'],
    ['DELETE', '/api/session', 'GET'],
    ['OPTIONS', '/api/login/code', 'POST'],
    ['PUT', '/api/authenticators', 'GET, POST'],
    ['PUT', '/api/authenticators/x', 'DELETE, PATCH'],
    ['POST', '/api/authenticators/x/qr.png', 'GET'],
    ['PUT', '/account/password', 'GET, POST'],
    ['POST', '/healthz', 'GET'],
  ] as const) {
    const answer = await nobody.send(method, path)
    assert.equal(answer.status, 405, path)
    assert.equal(answer.code, 'METHOD_NOT_ALLOWED', path)
    const named = (answer.headers.get('allow') ?? '').split(', ').toSorted()
    assert.deepEqual(named.join(', '), allow, path)
  }
})

test('too many wrong codes: 429 with Retry-After, on the API and on the page', async (t) => {
  const { visitor, clock } = openApp(t, { limits: { codeFailuresBeforeWait: 100 } })
  const person = await enrolledPerson(visitor(), clock)
  const code = wrongCode(person.phone)
  for (let ticketNumber = 0; ticketNumber < 2; ticketNumber++) {
    const ticket = await ticketOf(visitor(), person)
    for (let nth = 0; nth < 5; nth++) {
      const answer = await visitor().post('/api/login/code', { ticket, code })
      assert.equal(answer.code, 'CODE_REFUSED')
    }
  }
  clock.wait(60)
  const ticket = await ticketOf(visitor(), person)
  const right = person.phone.code()
  const closed = await visitor().post('/api/login/code', { ticket, code: right })
  assert.equal(closed.status, 429)
  assert.equal(closed.code, 'TOO_MANY_ATTEMPTS')
  assert.equal(closed.headers.get('retry-after'), String(86_400 - 60))
  const browser = visitor()
  await browser.submit('/login', { login: person.login, password: PASSWORD })
  const page = await browser.submit('/login/code', { code: right, method: 'totp' })
  assert.equal(page.status, 429)
  assert.equal(page.headers.get('retry-after'), String(86_400 - 60))
  assert.match(page.text, /24 hours/)
  // Recovery codes have a budget of their own, so the person is not locked out.
  const recovery = { ticket, method: 'recovery', code: person.recoveryCodes[0] }
  assert.equal((await visitor().post('/api/login/code', recovery)).status, 200)
})

function tellsNothing(answer: Answer, what: string): void {
  assert.ok(answer.status >= 500, `${what}: ${answer.status} ${answer.text}`)
  assert.doesNotMatch(
    answer.text,
    /\n\s+at |\.ts\b|node_modules|sqlite|kysely|driver|Error:/i,
    what,
  )
  assert.deepEqual(answer.headers.getSetCookie(), [], what)
}

test('without its database the service refuses, and tells strangers nothing of why [R48]', async (t) => {
  const { visitor, clock, engine, lines } = openApp(t)
  const someone = visitor()
  const { login } = await enrolledPerson(someone, clock)
  await engine.close()
  for (const [method, path, json] of [
    ['GET', '/api/session'],
    ['GET', '/readyz'],
    ['POST', '/api/login', { login, password: PASSWORD }],
    ['POST', '/api/register', { login: 'grace@example.com', password: PASSWORD }],
    ['POST', '/api/recovery-codes'],
  ] as const) {
    const answer = await someone.send(method, path, { json })
    tellsNothing(answer, path)
    assert.equal(answer.code, 'STORE_UNAVAILABLE', path)
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, path)
    // The operator, on the other hand, can read the reason.
    assert.ok(lines.at(-1)?.cause instanceof Error)
  }
  tellsNothing(await someone.page('/account'), '/account')
  tellsNothing(await someone.submit('/login', { login, password: PASSWORD }), '/login')
  assert.equal((await someone.get('/healthz')).status, 200)
})

/** The store, watched; and one of its decisions failing from the call of `fail` on. */
function failing(store: Store) {
  let broken: string | undefined
  const asked = new Set<string>()
  const proxy = new Proxy(store, {
    get(target, key, receiver) {
      asked.add(String(key))
      if (key !== broken) return Reflect.get(target, key, receiver) as unknown
      return () => Promise.reject(new Error('the disk is gone'))
    },
  })
  return { store: proxy, asked, fail: (name: string) => void (broken = name) }
}

const password = PASSWORD
const login = 'ada@example.com'

/** Each way to a session, with everything right. */
const WAYS_IN: readonly [State, path: string, (here: Scene) => object][] = [
  ['signed out', '/api/register', () => ({ login: 'grace@example.com', password })],
  ['signed out', '/api/login', () => ({ login, password })],
  ['enrolling', '/api/login', () => ({ login, password })],
  [
    'after the password',
    '/api/login/code',
    ({ ticket, phone }) => ({ ticket, code: phone?.code() }),
  ],
  [
    'after the password',
    '/api/login/code',
    ({ ticket, recoveryCodes }) => ({ ticket, method: 'recovery', code: recoveryCodes[0] }),
  ],
  ['signed in', '/api/reauthenticate', ({ phone }) => ({ password, code: phone?.code() })],
  [
    'enrolling',
    '/api/authenticators/:id/confirm',
    ({ pendingPhone }) => ({ code: pendingPhone?.code() }),
  ],
  ['signed in', '/api/password', () => ({ newPassword: `${password}!` })],
]

/*
 * When the write that makes a code single-use fails, letting the person in would let everybody in for
 * as long as the disk is full.
 */
for (const [state, path, input] of WAYS_IN) {
  test(`${state}, ${path}: whichever decision of the store fails, nobody is let in [R48]`, async (t) => {
    const knock = async (broken?: string) => {
      const watched: ReturnType<typeof failing>[] = []
      const here = await scene(t, state, (store) => {
        watched.push(failing(store))
        return watched[0]?.store ?? store
      })
      const { asked, fail } = watched[0] ?? failing(here.store)
      asked.clear()
      if (broken !== undefined) fail(broken)
      const target = path.replace(':id', here.pending?.id ?? '')
      return { answer: await here.someone.post(target, input(here)), asked }
    }
    const { answer, asked } = await knock()
    assert.ok(answer.status < 300, answer.text)
    assert.ok(asked.size >= 2)
    for (const name of asked) {
      const { answer: refusal } = await knock(name)
      tellsNothing(refusal, `without ${name}`)
    }
  })
}
