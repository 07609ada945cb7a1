/** Recovery codes over HTTP: what a sign-in says of those that are left, on the API and on the pages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enrolledPerson, openApp, PASSWORD, signIn, ticketOf } from './support.ts'
import type { Visitor } from './support.ts'

async function recover(visitor: Visitor, login: string, code: string | undefined) {
  const ticket = await ticketOf(visitor, { login })
  return visitor.post('/api/login/code', { ticket, method: 'recovery', code })
}

test('the API’s sign-in says how many codes are left when one was used, or few are [R20]', async (t) => {
  const { visitor, clock } = openApp(t)
  const { login, recoveryCodes, phone } = await enrolledPerson(visitor(), clock)
  const answers: unknown[] = []
  for (const code of recoveryCodes) {
    const answer = await recover(visitor(), login, code)
    answers.push(answer.json()['recoveryCodesLeft'])
    const someone = visitor()
    clock.wait(30)
    const ticket = await ticketOf(someone, { login })
    const byPhone = await someone.post('/api/login/code', { ticket, code: phone.code() })
    answers.push(byPhone.json()['recoveryCodesLeft'])
    const left = await someone.get('/api/recovery-codes')
    assert.equal(left.json()['remaining'], answer.json()['recoveryCodesLeft'])
  }
  const none = [9, 8, 7, 6, 5, 4].flatMap((left) => [left, undefined])
  assert.deepEqual(answers, [...none, 3, 3, 2, 2, 1, 1, 0, 0])
})

test('the page after a sign-in says the same in words, and after re-authentication too [R20]', async (t) => {
  const { visitor, clock } = openApp(t)
  const person = await enrolledPerson(visitor(), clock)
  const notices: (string | undefined)[] = []
  const noticeOn = async (someone: Visitor) => {
    const { text } = await someone.page('/account')
    return /role="status"><p>([^<]*)/.exec(text)?.[1]
  }
  for (const code of person.recoveryCodes) {
    const someone = visitor()
    await someone.submit('/login', { login: person.login, password: PASSWORD })
    await someone.submit('/login/code', { method: 'recovery', code })
    notices.push((await noticeOn(someone))?.replace(/ If your.*/, ''))
  }
  const used = 'You used up a recovery code. '
  assert.equal(notices[0], `${used}9 recovery codes are left.`)
  assert.equal(notices[8], `${used}One recovery code is left.`)
  assert.equal(notices[9], `${used}No recovery codes are left.`)

  const someone = visitor()
  await signIn(someone, clock, person)
  const fresh = (await someone.post('/api/recovery-codes')).json<{ recoveryCodes: string[] }>()
  const [code = ''] = fresh.recoveryCodes
  const proof = { password: PASSWORD, method: 'recovery', code, next: '/account' }
  assert.equal((await someone.submit('/reauthenticate', proof)).status, 303)
  assert.match((await noticeOn(someone)) ?? '', /^You used up a recovery code\. 9 recovery codes/)
})

/* A cookie can be planted; it must not make a page say what was never meant. */
test('a notice that is none of ours is not shown', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await enrolledPerson(someone, clock)
  for (const planted of [
    'constructor',
    'recovery-used',
    'recovery-used.',
    'removed.9x',
    'x'.repeat(300),
    '.1',
  ]) {
    someone.cookies.set('halfminute-notice', planted)
    assert.doesNotMatch((await someone.page('/account')).text, /role="status"/, planted)
  }
})
