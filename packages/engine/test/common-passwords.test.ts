/** Passwords that are refused because they are guessed first, and where they are refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { acceptablePassword } from '../src/passwords.ts'
import { client, failsWith, openEngine } from './support.ts'

const COMMON = failsWith('PASSWORD_COMMON')

const accept = (password: string, login: string | null = 'ada.lovelace@example.com') =>
  acceptablePassword(password, { secondFactor: 'always', issuer: 'Acme Works' }, login)

test('listed passwords are refused in any case and any width [R26]', () => {
  for (const password of [
    'password',
    'PASSWORD',
    'pAssWord',
    'ｐａｓｓｗｏｒｄ',
    'P@ssw0rd',
    '12345678',
    '１２３４５６７８',
    'QwertyUiop',
    'trustno1',
  ]) {
    assert.throws(() => accept(password), COMMON, password)
  }
})

test('the words that tell the reason never repeat the password [R26 R44]', () => {
  assert.throws(
    () => accept('trustno1'),
    (error: Error) => /easily guessed/.test(error.message) && !/trustno1/i.test(error.message),
  )
})

test('what only holds a listed password is accepted [R26]', () => {
  for (const password of [
    'xpasswordx',
    'password12345678qwertyuiop',
    'password\npassword1',
    '\npassword\n',
    'mpaxhtrwkvbqzjdo',
    'seven blue kettles argue quietly',
  ]) {
    assert.equal(accept(password), password)
  }
})

test('the login, its part before the @ and the issuer are refused, with a short tail too [R26]', () => {
  for (const password of [
    'ada.lovelace@example.com',
    'Ada.Lovelace@Example.com!',
    'ada.lovelace',
    'ADA.LOVELACE',
    'ada.lovelace1815!',
    'acmeworks',
    'Acme Works',
    'acme works 2026!',
    'ACMEWORKS20261231',
  ]) {
    assert.throws(() => accept(password), COMMON, password)
  }
  assert.throws(() => accept('ada12345', 'ada'), COMMON)
})

test('more than a short tail, or a tail of letters, makes another password [R26]', () => {
  for (const password of [
    'ada.lovelace123456789',
    'ada.lovelace and more',
    'my acme works 2026',
    'acmeworksmen',
    'lovelace1815',
  ]) {
    assert.equal(accept(password), password)
  }
})

test('a login without a part before the @, and no login at all, refuse nothing of their own', () => {
  assert.equal(accept('40404040', '@example.com'), '40404040')
  assert.equal(accept('40404040', null), '40404040')
  assert.throws(() => accept('acmeworks1', null), COMMON)
})

test('registering and changing refuse, and leave everything as it was [R26]', async (t) => {
  const { engine, store } = openEngine(t, {
    secondFactor: 'optional',
    issuer: 'Our Very Own Service',
  })
  const login = 'ada.king.lovelace@example.com'
  const refused = ['PasswordPassword', 'Ada.King.Lovelace1', 'ourveryownservice']
  for (const password of refused) {
    await assert.rejects(engine.login.register({ login, password, ...client }), COMMON, password)
    await assert.rejects(engine.accounts.register({ login, password }), COMMON, password)
  }
  assert.equal(await store.accountByLogin(login), undefined)

  const { token } = await engine.login.register({ login, password: 'x'.repeat(15), ...client })
  for (const newPassword of refused) {
    const change = engine.self.changePassword({ token, client, newPassword })
    await assert.rejects(change, COMMON, newPassword)
  }
  assert.equal((await engine.self.session({ token, client })).account.login, login)
  const still = await engine.login.password({ login, password: 'x'.repeat(15), ...client })
  assert.equal(still.status, 'signed_in')
})

/** The list grows with every version; nobody may be locked out by an update. */
test('an account whose password is on the list keeps signing in [R26]', async (t) => {
  const { engine, store } = openEngine(t)
  const passwordHash = await hash('trustno1', { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  await store.createAccount(
    { id: 'ada', login: 'ada', loginKey: 'ada', passwordHash },
    {
      accountId: 'ada',
      at: 0,
      kind: 'account.registered',
      result: 'accepted',
      factor: null,
      source: null,
    },
  )
  const outcome = await engine.login.password({ login: 'ada', password: 'trustno1', ...client })
  assert.equal(outcome.status, 'signed_in')
})
