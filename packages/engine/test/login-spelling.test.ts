/** One person, one login, however it is spelled; and no login that looks like another or like a command. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client, failsWith, openEngine, PASSWORD } from './support.ts'

const spellings = [
  'Ada@Example.com',
  'ada@example.com',
  'ADA@EXAMPLE.COM',
  '  ada@example.com ',
  '\tada@example.com\n',
  '\uFF41\uFF44\uFF41\uFF20example.com',
]

/** Limits and accounts hang on the login; a second spelling would be a second budget, or a second Ada. */
test('every spelling of a login signs in to one account [R17]', async (t) => {
  const { engine } = openEngine(t)
  const account = { login: 'Ada@Example.com', password: PASSWORD, ...client }
  const { session } = await engine.login.register(account)
  assert.equal(session.account.login, 'Ada@Example.com')
  for (const login of spellings) {
    const outcome = await engine.login.password({ ...account, login })
    assert.ok(outcome.status === 'signed_in', JSON.stringify(login))
    assert.equal(outcome.session.account.id, session.account.id)
  }
})

test('a login is taken in every spelling', async (t) => {
  const { engine } = openEngine(t)
  await engine.login.register({ login: 'ada@example.com', password: PASSWORD, ...client })
  for (const login of spellings) {
    const attempt = engine.login.register({ login, password: PASSWORD, ...client })
    await assert.rejects(attempt, failsWith('LOGIN_TAKEN'), JSON.stringify(login))
  }
})

test('é is one login in both of its forms, and another one than e', async (t) => {
  const { engine } = openEngine(t)
  const register = (login: string) =>
    engine.accounts.register({ login, password: PASSWORD, ...client })
  await register('ren\u00E9')
  await assert.rejects(register('rene\u0301'), failsWith('LOGIN_TAKEN'))
  await register('rene')
})

test('one of many who register a login at once gets it', async (t) => {
  const { engine } = openEngine(t)
  const outcomes = await Promise.allSettled(
    spellings.map((login) => engine.accounts.register({ login, password: PASSWORD, ...client })),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

/** A zero-width letter makes a second "ada" that nobody can tell from the first. */
test('logins that are empty, too long, invisible or unfit for a URI are refused', async (t) => {
  const { engine } = openEngine(t)
  const refused = [
    '',
    '   ',
    'a:b',
    'a\uFF1Ab',
    'ada\0',
    'ada\u200Bb',
    'ada\u202Eb',
    '\u00AD',
    'a\nb',
    '\uD800',
    'x'.repeat(255),
    '😀'.repeat(255),
  ]
  for (const login of refused) {
    const attempt = engine.accounts.register({ login, password: PASSWORD, ...client })
    await assert.rejects(attempt, failsWith('LOGIN_INVALID'), JSON.stringify(login))
  }
  for (const login of ['x', 'x'.repeat(254), '😀'.repeat(254), "o'brien", '-- drop', '中文']) {
    const { id } = await engine.accounts.register({ login, password: PASSWORD, ...client })
    assert.match(id, /^[0-9a-f]{32}$/)
  }
})
