/** Help by commands, beside a running server: the first administrator, and a lost phone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { runCommand } from './support/command.ts'
import { enrol, HttpClient, PASSWORD, register } from './support/person.ts'
import type { Authenticator } from './support/person.ts'
import { startServer, temporaryFolder } from './support/server.ts'

const nowSeconds = () => Math.floor(Date.now() / 1000)
const authenticator = (uri: string): Authenticator => ({
  code: (now) => virtualAuthenticator(uri, { nowSeconds: () => now }).code(),
})

test('the first administrator is whoever claims the invitation, and then there is one [R47]', async (t) => {
  const { url, folder } = await startServer(t)
  const bootstrap = () => runCommand(folder, ['admin', 'bootstrap'])
  const earlier = (await bootstrap()).stdout.trim()
  const made = await bootstrap()
  assert.match(made.stderr, /\/admin\/claim/)
  const root = new HttpClient(url)
  await register(root, 'root@example.com')
  const claim = (invitation: string) => root.post('/api/admin/claim', { invitation })
  assert.equal((await claim(made.stdout.trim())).code, 'ENROLMENT_REQUIRED')
  await enrol(root, authenticator, nowSeconds())
  assert.equal((await claim(earlier)).code, 'INVITATION_REFUSED')
  assert.equal((await claim(made.stdout.trim())).status, 204)
  assert.equal((await claim(made.stdout.trim())).code, 'INVITATION_REFUSED')
  const again = await bootstrap()
  assert.deepEqual([again.code, again.stdout], [1, ''])
  assert.match(again.stderr, /there is an administrator already/)
  assert.match((await runCommand(folder, ['admin', 'list'])).stdout, /root@example\.com/)
})

test('a lost phone: reset by the command, enrolled anew by its person, all of it on record [R46]', async (t) => {
  const { url, folder } = await startServer(t)
  const ada = new HttpClient(url)
  await register(ada, 'ada@example.com')
  const old = await enrol(ada, authenticator, nowSeconds())
  const reset = ['accounts', 'reset-second-factor', 'ada@example.com']
  assert.equal((await runCommand(folder, reset)).code, 2)
  assert.equal(await ada.isSignedIn(), true)
  const done = await runCommand(folder, [...reset, '--yes'])
  assert.equal(done.code, 0, done.stderr)
  assert.equal(await ada.isSignedIn(), false)
  const credentials = { login: 'ada@example.com', password: PASSWORD }
  const signedIn = await ada.post('/api/login', credentials)
  assert.deepEqual(signedIn.json(), { status: 'signed_in', enrolmentRequired: true })
  const fresh = await enrol(ada, authenticator, nowSeconds(), { name: 'new phone' })
  assert.notEqual(fresh.secret, old.secret)
  assert.equal(fresh.recoveryCodes.length, 10)
  const shown = await runCommand(folder, ['accounts', 'show', 'ada@example.com'])
  assert.match(shown.stdout, /new phone/)
  assert.match(shown.stdout, /admin\.second-factor-reset +accepted +command/)
  assert.equal((await runCommand(folder, ['events', 'verify'])).code, 0)
})

test('where nothing was ever started there is nobody to help, and nothing is made', async (t) => {
  const folder = temporaryFolder(t)
  for (const args of [
    ['admin', 'bootstrap'],
    ['admin', 'list'],
    ['accounts', 'list'],
  ]) {
    const { code, stdout, stderr } = await runCommand(folder, args)
    assert.deepEqual([code, stdout], [1, ''], args.join(' '))
    assert.match(stderr, /there is no database there/)
  }
})
