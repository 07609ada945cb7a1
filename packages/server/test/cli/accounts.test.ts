/** `accounts` and `admin`: what the operator sees and does on the machine, beside a running server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createEngine, generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import { COMMANDS } from '../../src/cli/commands.ts'
import { optionsOf } from '../../src/cli/command.ts'
import { halfminute } from './child.ts'
import { runWith } from './recorded-io.ts'
import type { Given } from './recorded-io.ts'

const PASSWORD = 'correct horse battery'
const client = { source: '192.0.2.7', userAgent: 'Test/1' }

/** A database that a server has open. */
async function served(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-accounts-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const database = join(folder, 'a.db')
  const store = sqliteStore(database)
  const clock = fixedClock()
  const keyring = generateKeyring(systemRandom)
  const engine = createEngine({ store, keyring, issuer: 'ACME', clock })
  await engine.ready()
  t.after(() => engine.close())
  const run = (argv: readonly string[], given: Given = {}) =>
    runWith([...argv, '--database', database], {
      nowSeconds: clock.nowSeconds(),
      ...given,
      // No message, as those of two commands would have one id: the bytes of these tests count up.
      env: { NODE_ENV: 'production', ...given.env },
    })
  const person = async (login: string) => {
    const { token, session } = await engine.login.register({ login, password: PASSWORD, ...client })
    const bearer = { token, client }
    const begun = await engine.self.enrol({ ...bearer, kind: 'totp', name: `phone of ${login}` })
    const code = virtualAuthenticator(begun.uri, clock).code()
    const confirming = { ...bearer, authenticatorId: begun.id, code }
    const { signedIn, recoveryCodes = [] } = await engine.self.confirmAuthenticator(confirming)
    const accountId = session.account.id
    return { accountId, token: signedIn?.token, authenticatorId: begun.id, recoveryCodes, ...begun }
  }
  const isSignedIn = (token: unknown) =>
    engine.self.session({ token, client }).then(
      () => true,
      () => false,
    )
  return { database, store, engine, run, person, isSignedIn }
}

test('accounts are listed with what they have, at risk and by login, page by page', async (t) => {
  const { run, person, engine } = await served(t)
  assert.deepEqual(await run(['accounts', 'list']), {
    status: 0,
    out: '',
    err: 'There are no such accounts.\n',
  })
  const ada = await person('ada@example.com')
  const grace = await person('grace@example.com')
  for (const code of grace.recoveryCodes) {
    await engine.verify({ accountId: grace.accountId, method: 'recovery', code })
  }
  const line = {
    ada: `${ada.accountId}  ada@example.com  1 authenticator  10 codes\n`,
    grace: `${grace.accountId}  grace@example.com  1 authenticator  0 codes  at risk\n`,
  }
  assert.equal((await run(['accounts', 'list', '--login', 'ADA'])).out, line.ada)
  assert.equal((await run(['accounts', 'list', '--at-risk'])).out, line.grace)
  const [first, second] = [ada.accountId, grace.accountId].toSorted()
  const page = await run(['accounts', 'list', '--count', '1'])
  assert.ok(page.out.startsWith(`${first} `))
  assert.equal(page.err, `There may be more: --after ${first}\n`)
  const next = await run(['accounts', 'list', '--after', first ?? '', '--json'])
  const found = JSON.parse(next.out) as Record<string, unknown>
  assert.equal(found['id'], second)
  assert.deepEqual(Object.keys(found), [
    'id',
    'login',
    'createdAt',
    'authenticators',
    'recoveryCodesLeft',
    'atRisk',
    'adminSince',
    'enrolUntil',
    'passwordSuspectSince',
  ])
})

test('an account is shown with everything but secrets, as text and as JSON [R46] [R44]', async (t) => {
  const { run, person, store } = await served(t)
  const ada = await person('ada@example.com')
  const text = await run(['accounts', 'show', 'Ada@example.com'])
  const json = await run(['accounts', 'show', ada.accountId, '--json'])
  assert.deepEqual([text.status, text.err, json.status, json.err], [0, '', 0, ''])
  for (const words of ['phone of ada@example.com', ada.authenticatorId, '192.0.2.7', 'sign-in']) {
    assert.ok(text.out.includes(words), words)
    assert.ok(json.out.includes(words), words)
  }
  const hash = (await store.account(ada.accountId))?.passwordHash ?? ''
  const secrets = [ada.secret, ada.uri, String(ada.token).slice(0, 43), hash, ...ada.recoveryCodes]
  for (const secret of secrets) {
    assert.ok(secret.length > 8 && !`${text.out}${json.out}`.includes(secret))
  }
  assert.doesNotMatch(text.out + json.out, /otpauth|argon2|hash/i)
})

/** Whoever registers chooses what a terminal reads. */
test('a login does not command the terminal', async (t) => {
  const { run, store } = await served(t)
  const row = { id: 'eve', login: 'e\u001B[2Jve\u202E', loginKey: 'eve', passwordHash: 'none' }
  const event = { at: 1, kind: 'x\u0007', result: 'accepted', factor: '\u001B[1m' } as const
  await store.createAccount(row, { ...event, accountId: 'eve', source: null })
  for (const argv of [
    ['accounts', 'list'],
    ['accounts', 'show', 'eve'],
    ['accounts', 'end-sessions', 'eve', '--yes'],
  ]) {
    const { out } = await run(argv)
    assert.doesNotMatch(out.replaceAll('\n', ''), /\p{C}/u, argv[1])
  }
  const asked = await run(['accounts', 'end-sessions', 'eve'], { typed: 'no' })
  assert.doesNotMatch(asked.err.replaceAll('\n', ''), /\p{C}/u)
})

test('a reset asks first, or is told --yes, and ends what there was [R46]', async (t) => {
  const { run, person, store, isSignedIn } = await served(t)
  const ada = await person('ada@example.com')
  const reset = ['accounts', 'reset-second-factor', 'ada@example.com']
  const piped = await run(reset)
  assert.deepEqual([piped.status, piped.out], [2, ''])
  assert.equal(piped.err, 'halfminute: error: --yes: required where nobody can be asked\n')
  for (const typed of ['', 'y', 'no']) {
    const { status, out, err } = await run(reset, { typed })
    assert.deepEqual([status, out], [1, ''], typed)
    assert.match(err, /removes the second factor of ada@example\.com: 1 authenticator and 10 rec/)
    assert.match(err, /error: nothing was changed\n$/)
  }
  assert.equal(await isSignedIn(ada.token), true)
  const done = await run(reset, { typed: ' Yes ' })
  assert.deepEqual(
    [done.status, done.out],
    [0, 'ada@example.com: second factor reset, sessions ended\n'],
  )
  assert.match(done.err, /To be enrolled until 2026-/)
  assert.equal(await isSignedIn(ada.token), false)
  assert.deepEqual(await store.authenticators(ada.accountId, 1), [])
  const again = await run([...reset, '--yes'])
  assert.deepEqual([again.status, again.out], [1, ''])
  assert.match(again.err, /error: this account has no second factor to reset/)
  const { out } = await run(['accounts', 'list', '--login', 'ada'])
  assert.match(out, /0 authenticators {2}0 codes {2}to be enrolled until 2026-/)
})

/** The servers send it; the command only puts it where they look. */
test('the person is told of what the operator does, where the servers send mail [R46] [R36]', async (t) => {
  const { run, person, store } = await served(t)
  await person('ada@example.com')
  await person('grace@example.com')
  const reset = (login: string, env = {}) =>
    run(['accounts', 'reset-second-factor', login, '--yes'], { env })
  await reset('ada@example.com')
  assert.equal((await store.messagesWaiting()).count, 0)
  await reset('grace@example.com', { HALFMINUTE_SMTP_URL: 'smtps://user:word@mail.example.com' })
  assert.equal((await store.messagesWaiting()).count, 1)
})

test('the time for enrolling anew is the server’s setting', async (t) => {
  const { run, person, store } = await served(t)
  const { accountId } = await person('ada@example.com')
  const env = { HALFMINUTE_ENROL_AFTER_RESET_SECONDS: '300' }
  await run(['accounts', 'reset-second-factor', accountId, '--yes'], { env })
  const [event] = await store.events(accountId, 1)
  assert.equal((await store.account(accountId))?.enrolUntil, (event?.at ?? 0) + 300)
})

test('one authenticator is revoked, and sessions end, by hand [R50] [R34]', async (t) => {
  const { run, person, store, isSignedIn } = await served(t)
  const ada = await person('ada@example.com')
  const { accountId, authenticatorId } = ada
  const ended = await run(['accounts', 'end-sessions', accountId, '--yes'])
  assert.deepEqual(ended, { status: 0, out: 'ada@example.com: sessions ended\n', err: '' })
  assert.equal(await isSignedIn(ada.token), false)
  const revoke = ['accounts', 'revoke', accountId, '--yes', '--authenticator']
  const unknown = await run([...revoke, 'none'])
  assert.deepEqual([unknown.status, unknown.out], [1, ''])
  assert.match(unknown.err, /no such authenticator\n.*accounts show lists them/)
  const done = await run([...revoke, authenticatorId])
  assert.deepEqual([done.status, done.err], [0, ''])
  assert.deepEqual(await store.authenticators(accountId, 1), [])
  const kinds = (await store.events(accountId, 2)).map(({ kind, factor }) => [kind, factor])
  assert.deepEqual(kinds, [
    ['admin.authenticator-removed', `command/${authenticatorId}`],
    ['admin.sessions-ended', 'command'],
  ])
})

test('an account that is not there is told, and nothing typed is repeated', async (t) => {
  const { run } = await served(t)
  for (const action of ['show', 'end-sessions', 'reset-second-factor']) {
    const yes = action === 'show' ? [] : ['--yes']
    const { status, out, err } = await run(['accounts', action, 'canary', ...yes])
    assert.deepEqual([status, out], [1, ''])
    assert.match(err, /error: there is no such account\n/)
    assert.doesNotMatch(err, /canary/)
  }
})

test('the invitation is all that stands on standard output, and the claim needs no address with it [R47]', async (t) => {
  const { run, person, engine } = await served(t)
  assert.deepEqual(await run(['admin', 'list']), {
    status: 0,
    out: '',
    err: 'There is no administrator.\n',
  })
  const env = { HALFMINUTE_BASE_URL: 'https://login.example.com/' }
  const { status, out, err } = await run(['admin', 'bootstrap'], { env })
  assert.equal(status, 0)
  assert.match(out, /^[\w-]{43}\.command\n$/)
  assert.match(err, /^Open https:\/\/login\.example\.com\/admin\/claim, /)
  assert.ok(!err.includes(out.slice(0, 43)))
  const { err: local } = await run(['admin', 'bootstrap'], { env: { HALFMINUTE_PORT: '3000' } })
  assert.match(local, /^Open http:\/\/localhost:3000\/admin\/claim, /)

  const ada = await person('ada@example.com')
  const claim = await engine.admin.claim({ token: ada.token, client, invitation: out })
  // The bytes of these tests count up, so the second invitation is the first one again.
  assert.equal(claim.status, 'claimed')
  const second = await run(['admin', 'bootstrap'])
  assert.deepEqual([second.status, second.out], [1, ''])
  assert.match(second.err, /there is an administrator already\n.*invites another one/)
  assert.match((await run(['admin', 'list'])).out, /^[0-9a-f]{32} {2}ada@example\.com {2}since 20/)
  const json = await run(['admin', 'list', '--json'])
  assert.equal((JSON.parse(json.out) as { login: string }).login, 'ada@example.com')
})

test('an administrator is revoked, once', async (t) => {
  const { run, person, engine } = await served(t)
  const ada = await person('ada@example.com')
  const { out: invitation } = await run(['admin', 'bootstrap'])
  await engine.admin.claim({ token: ada.token, client, invitation })
  const revoke = ['admin', 'revoke', 'ada@example.com']
  assert.equal((await run(revoke)).status, 2)
  assert.equal((await run(revoke, { typed: 'no' })).status, 1)
  const done = await run(revoke, { typed: 'yes' })
  assert.equal(done.out, 'ada@example.com: no administrator any more\n')
  assert.equal((await run([...revoke, '--yes'])).status, 1)
  assert.equal((await engine.self.session({ token: ada.token, client })).admin, false)
})

test('no command sets a password or takes a secret [R46]', async () => {
  const names: string[] = []
  for (const command of COMMANDS) {
    const options = Object.keys(await optionsOf(command))
    names.push(...options.filter((name) => /^(new-)?(password|secret|token|code)$/.test(name)))
    if (command.name === 'accounts') assert.deepEqual(command.operands.length, 2)
  }
  assert.deepEqual(names, [])
})

test('the real program does the same', async (t) => {
  const { database, person } = await served(t)
  await person('ada@example.com')
  const list = halfminute(['accounts', 'list', '--database', database])
  assert.deepEqual([list.status, list.err], [0, ''])
  assert.match(list.out.toString(), /^[0-9a-f]{32} {2}ada@example\.com {2}1 auth.* {2}10 codes\n$/)
  const made = halfminute(['admin', 'bootstrap', '--database', database])
  assert.match(made.out.toString(), /^[\w-]{43}\.command\n$/)
})
