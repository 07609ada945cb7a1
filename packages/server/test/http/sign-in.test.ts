/** The password step: who is told what, how a login may be spelled, whose clock counts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enrolledPerson, openApp, PASSWORD, register, ticketOf } from './support.ts'
import type { Answer } from './support.ts'

/** All that somebody outside can compare; the ids and nonces that differ each time apart. */
function visible({ status, headers, text }: Answer): object {
  const kept = [...headers].filter(
    ([name]) => !['x-request-id', 'content-security-policy'].includes(name),
  )
  return { status, headers: kept, text: text.replaceAll(/random-\d+/g, '') }
}

/* Whoever can tell the two apart can collect the logins of everybody before guessing a password. */
test('an unknown login and a wrong password get the same answer [R29]', async (t) => {
  const { visitor, clock } = openApp(t)
  await enrolledPerson(visitor(), clock)
  await register(visitor(), 'grace@example.com')
  const wrong = { password: 'not that password' }
  const logins = ['ada@example.com', 'grace@example.com', 'nobody@example.com', '', 'a:b', '\0']
  const byApi = await Promise.all(
    logins.map(async (login) => visible(await visitor().post('/api/login', { login, ...wrong }))),
  )
  for (const answer of byApi) assert.deepEqual(answer, byApi[0])
  // The page shows the login as it was typed, and differs in nothing else.
  const typed = ['ada@example.com', 'bob@example.com']
  const byPage = await Promise.all(
    typed.map(async (login) => {
      const answer = await visitor().submit('/login', { login, ...wrong })
      return {
        ...visible(answer),
        text: answer.text.replaceAll(login, 'LOGIN').replaceAll(/random-\d+/g, ''),
      }
    }),
  )
  assert.deepEqual(byPage[0], byPage[1])
})

/* A second spelling must neither open a second account nor a second budget of guesses. */
test('a login in other case, with spaces or in other Unicode form is the same login', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock, 'Ada.José@example.com')
  const spellings = [
    'ada.josé@example.com',
    ' ADA.JOSÉ@EXAMPLE.COM\t',
    'ada.jose\u0301@example.com',
    'ａｄａ.josé@example.com',
  ]
  for (const login of spellings) {
    assert.ok(await ticketOf(visitor(), { login }), login)
    const taken = await visitor().post('/api/register', { login, password: PASSWORD })
    assert.equal(taken.code, 'LOGIN_TAKEN', login)
  }
  const wrong = { login: person.login, password: PASSWORD.toUpperCase() }
  assert.equal((await visitor().post('/api/login', wrong)).code, 'LOGIN_REFUSED')
})

/*
 * An attacker who may name the time chooses a code that was read long ago, or waits for none at all.
 */
test("a client's own idea of the time is ignored [R8]", async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  const ticket = await ticketOf(visitor(), person)
  const then = clock.nowSeconds() - 3_600
  const old = person.phone.code(-120)
  const answer = await visitor().send('POST', `/api/login/code?now=${then}&nowSeconds=${then}`, {
    json: {
      ticket,
      code: old,
      now: then,
      nowSeconds: then,
      time: then,
      timestamp: then,
      driftSteps: 200,
    },
    headers: { date: new Date(then * 1_000).toUTCString(), 'x-time': String(then) },
  })
  assert.equal(answer.status, 401)
  assert.equal(answer.code, 'CODE_REFUSED')
})

test("a ticket is bound to its account: another account's code does not redeem it", async (t) => {
  const { visitor, clock } = openApp(t)
  const ada = await enrolledPerson(visitor(), clock)
  const grace = await enrolledPerson(visitor(), clock, 'grace@example.com')
  clock.wait(30)
  const ticket = await ticketOf(visitor(), ada)
  const [secretPart = ''] = ticket.split('.')
  for (const [given, code] of [
    [ticket, grace.phone.code()],
    [`${secretPart}.${grace.accountId}`, grace.phone.code()],
  ] as const) {
    const answer = await visitor().post('/api/login/code', { ticket: given, code })
    assert.equal(answer.status, 401)
  }
  const own = await visitor().post('/api/login/code', { ticket, code: ada.phone.code() })
  assert.equal(own.status, 200)
})

test('a malformed code costs no try, five wrong ones end the ticket', async (t) => {
  const { visitor, clock } = openApp(t, { limits: { codeFailuresBeforeWait: 100 } })
  const person = await enrolledPerson(visitor(), clock)
  clock.wait(30)
  const ticket = await ticketOf(visitor(), person)
  const give = (code: unknown) => visitor().post('/api/login/code', { ticket, code })
  for (const code of ['', '12345', '1234567', '１２３４５６', '+12345', '12_345', null, 492039]) {
    assert.equal((await give(code)).code, 'CODE_MALFORMED', String(code))
  }
  for (let nth = 0; nth < 5; nth++)
    assert.equal((await give(person.phone.code(40))).code, 'CODE_REFUSED')
  const over = await give(person.phone.code())
  assert.equal(over.code, 'TICKET_REFUSED')
  assert.equal(over.status, 401)
})

test('a ticket lives five minutes', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  const [inTime, late] = [await ticketOf(visitor(), person), await ticketOf(visitor(), person)]
  clock.wait(299)
  const give = (ticket: string) =>
    visitor().post('/api/login/code', { ticket, code: person.phone.code() })
  assert.equal((await give(inTime)).status, 200)
  clock.wait(1)
  assert.equal((await give(late)).code, 'TICKET_REFUSED')
})

test('spaces and hyphens of a typed code are stripped, on the API and the page [R11]', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  for (const [before, after] of [
    [' ', ''],
    ['', '-'],
  ] as const) {
    clock.wait(30)
    const code = before + person.phone.code().replace(/(...)/, `$1${after || ' '}`)
    const ticket = await ticketOf(visitor(), person)
    assert.equal((await visitor().post('/api/login/code', { ticket, code })).status, 200)
    clock.wait(30)
    const browser = visitor()
    await browser.submit('/login', { login: person.login, password: PASSWORD })
    const typed = before + person.phone.code().replace(/(...)/, `$1${after || ' '}`)
    const done = await browser.submit('/login/code', { code: typed, method: 'totp' })
    assert.equal(done.headers.get('location'), '/account')
  }
})
