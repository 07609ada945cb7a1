/** A password that is guessed first is refused on both faces, and the reason is told in words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApp, register } from './support.ts'

const REASON = /easily guessed: it is on lists of common and leaked passwords/

test('the API answers 400 PASSWORD_COMMON with the reason [R26]', async (t) => {
  const { visitor } = openApp(t)
  const body = { login: 'ada@example.com', password: 'Password1' }
  const answer = await visitor().post('/api/register', body)
  assert.equal(answer.status, 400)
  assert.match(answer.text, REASON)
  assert.equal(answer.code, 'PASSWORD_COMMON')
})

test('both forms show the reason beside the field and change nothing [R26]', async (t) => {
  const { visitor, engine } = openApp(t, { secondFactor: 'optional' })
  const login = 'ada.king.lovelace@example.com'
  const someone = visitor()
  const refused = await someone.submit('/register', { login, password: 'ada.king.lovelace1' })
  assert.equal(refused.status, 400)
  assert.match(refused.text, REASON)
  assert.match(refused.text, /aria-invalid="true"/)
  assert.match(refused.text, /value="ada\.king\.lovelace@example\.com"/)

  await register(someone, login)
  const changed = await someone.submit('/account/password', { newPassword: 'PasswordPassword' })
  assert.equal(changed.status, 400)
  assert.match(changed.text, REASON)
  const password = 'PasswordPassword'
  assert.equal((await engine.login.password({ login, password })).status, 'refused')
})
