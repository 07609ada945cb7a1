/**
 * Nothing that is secret is where it should not be. A whole life is lived against a real server, errors
 * included; then the database files, every log line, and every answer but the one whose business it is to
 * show it are searched for all that was secret in it.
 *
 * The authenticators have eight digits: six would turn up by chance in times and ids.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, test } from 'node:test'
import { Secret } from '@halfminute/otp'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { runCommand } from './support/command.ts'
import { openMailbox } from './support/mailbox.ts'
import type { Mailbox } from './support/mailbox.ts'
import { HttpClient, ticketOf } from './support/person.ts'
import type { Answer } from './support/person.ts'
import { startServer, wholeFile } from './support/server.ts'
import type { RunningServer } from './support/server.ts'

/** Something secret, and the requests whose answer may show it. */
interface Canary {
  readonly what: string
  readonly forms: readonly (string | Buffer)[]
  readonly shownBy: readonly string[]
}

interface Spoken {
  readonly request: string
  readonly answer: Answer
}

const LOGIN = 'ada@example.com'
const PASSWORD = 'canary-Pässword-4711'
const NEW_PASSWORD = 'canary-Pässword-4712'
const WRONG_PASSWORD = 'canary-wrong-Pässword'

const file = wholeFile()
const canaries: Canary[] = []
const spoken: Spoken[] = []
const databaseWhileRunning: Record<string, Buffer> = {}
const databaseAfterwards: Record<string, Buffer> = {}
let server: RunningServer
let mailbox: Mailbox

before(async () => {
  mailbox = await openMailbox(file)
  const env = {
    HALFMINUTE_LOG_LEVEL: 'debug',
    HALFMINUTE_SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`,
    HALFMINUTE_MAIL_FROM: 'login@example.com',
  }
  server = await startServer(file, { env })
  await live()
  Object.assign(databaseWhileRunning, readDatabase())
  await breakTheStore()
  await server.stop()
  Object.assign(databaseAfterwards, readDatabase())
})

function readDatabase(): Record<string, Buffer> {
  const folder = join(server.folder, 'data')
  const names = readdirSync(folder).filter((name) => name.startsWith('halfminute.db'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]))
}

function newClient(): HttpClient {
  return new HttpClient(server.url, ({ method, path }, answer) => {
    spoken.push({ request: `${method} ${path}`, answer })
    for (const header of answer.headers.getSetCookie()) {
      const [, name = '', token = ''] = /^([\w-]+)=([^;]+)/.exec(header) ?? []
      if (/-(session|ticket)$/.test(name)) addToken(`${name} cookie`, token, ['set-cookie'])
    }
  })
}

/** A token's secret half, as it is written and as the bytes that it stands for. */
function addToken(what: string, token: string, shownBy: readonly string[]): void {
  const [half = ''] = token.split('.')
  const bytes = Buffer.from(half, 'base64url')
  canaries.push({ what, forms: [half, bytes, bytes.toString('hex')], shownBy })
}

function addText(what: string, text: string, shownBy: readonly string[] = []): void {
  canaries.push({ what, forms: [text, encodeURIComponent(text)], shownBy })
}

function addSecret(base32: string, shownBy: readonly string[]): void {
  const secret = Secret.fromBase32(base32)
  const bytes = Buffer.from(secret.bytes)
  const texts = [base32, base32.toLowerCase(), secret.hex, secret.hex.toUpperCase()]
  const encoded = [bytes.toString('base64'), bytes.toString('base64url'), `secret=${base32}`]
  canaries.push({ what: 'a secret', forms: [...texts, ...encoded, bytes], shownBy })
}

function addRecoveryCodes(codes: readonly string[], shownBy: readonly string[]): void {
  for (const code of codes) {
    const plain = code.replaceAll('-', '')
    canaries.push({ what: 'a recovery code', forms: [code, plain, plain.toLowerCase()], shownBy })
  }
}

/** Everything that a person may do, and everything that may go wrong with it. */
async function live(): Promise<void> {
  for (const password of [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD]) addText('a password', password)
  const started = Math.floor(Date.now() / 1000)
  const ada = newClient()
  const registered = { login: LOGIN, password: PASSWORD }
  assert.equal((await ada.post('/api/register', registered)).status, 201)
  await ada.post('/api/register', registered)

  const enrolOne = async (name: string) => {
    const request = { kind: 'totp', name, digits: 8 }
    const begun = await ada.post('/api/authenticators', request)
    const { id, secret, uri } = begun.json<{ id: string; secret: string; uri: string }>()
    const page = `/account/authenticators/${id}`
    addSecret(secret, ['POST /api/authenticators', `GET ${page}`, `POST ${page}/confirm`])
    const phone = virtualAuthenticator(uri, { nowSeconds: () => started })
    await ada.get(`/api/authenticators/${id}/qr.png`)
    assert.equal((await ada.get(page, { headers: { accept: 'text/html' } })).status, 200)
    await ada.send('POST', `${page}/confirm`, { form: { code: phone.code(50) } })
    for (const steps of [0, 1, 2, 50, 51]) addText('a code', phone.code(steps))
    return { id, phone, secret, uri }
  }

  const first = await enrolOne('phone')
  const { id, phone, uri } = first
  addText('a URI', uri, ['POST /api/authenticators', `GET /account/authenticators/${id}`])
  const confirm = `/api/authenticators/${id}/confirm`
  await ada.post(confirm, { code: `${phone.code()}9` })
  const confirmed = await ada.post(confirm, { code: phone.code() })
  const { recoveryCodes } = confirmed.json<{ recoveryCodes: string[] }>()
  addRecoveryCodes(recoveryCodes, [`POST ${confirm}`])
  await ada.post(confirm, { code: phone.code() })

  const browser = newClient()
  const give = async (code: string, method = 'totp') => {
    const login = await browser.post('/api/login', registered)
    const { ticket } = login.json<{ ticket: string }>()
    addToken('a ticket', ticket, ['POST /api/login'])
    return browser.post('/api/login/code', { ticket, method, code })
  }
  await browser.post('/api/login', { login: LOGIN, password: WRONG_PASSWORD })
  await browser.send('POST', '/login', { form: { login: LOGIN, password: WRONG_PASSWORD } })
  assert.equal((await give(phone.code(50))).status, 401)
  assert.equal((await give(phone.code(1))).status, 200)
  assert.equal((await give(phone.code(1))).status, 401)
  assert.equal((await give(recoveryCodes[0] ?? '', 'recovery')).status, 200)
  assert.equal((await give(recoveryCodes[0] ?? '', 'recovery')).status, 401)
  for (let nth = 0; nth < 10; nth++) await give(phone.code(51))

  // By the pages too, whose ticket is a cookie.
  await browser.send('POST', '/login', { form: registered })
  await browser.send('POST', '/login/code', { form: { code: phone.code(50), method: 'totp' } })
  const used = { code: recoveryCodes[1] ?? '', method: 'recovery' }
  assert.equal((await browser.send('POST', '/login/code', { form: used })).status, 303)
  await browser.send('POST', '/reauthenticate', { form: { password: WRONG_PASSWORD, code: '' } })
  const codes = recoveryCodes.join(' ')
  await browser.send('POST', '/account/recovery-codes/file', { form: { codes: `${codes}!` } })

  // What people and programs put where it does not belong.
  const session = browser.session ?? ''
  const secrets = [PASSWORD, first.secret, session, phone.code(2), recoveryCodes[2] ?? '']
  for (const secret of secrets) {
    const typed = encodeURIComponent(secret)
    await browser.get(`/api/session?password=${typed}&token=${typed}`)
    await browser.get(`/login?code=${typed}`, { headers: { accept: 'text/html' } })
    await browser.get(`/nowhere/${typed}`, { headers: { accept: 'text/html' } })
    await browser.get(`/api/authenticators/${typed}/qr.png`)
    await browser.send('DELETE', `/api/sessions/${typed}`)
    await browser.post(`/api/authenticators/${typed}/confirm`, { code: secret })
    await browser.post('/api/login/code', { ticket: secret, code: secret, method: secret })
    await browser.post('/api/login/code', { ticket: { secret }, code: [secret] })
    await browser.post('/api/authenticators', { kind: secret, algorithm: secret, name: '' })
    await browser.send('POST', '/api/login', {
      json: undefined,
      headers: {
        'content-type': 'application/json',
        referer: `http://localhost/${typed}`,
        'x-a': typed,
      },
    })
    await browser.get('/api/session', {
      headers: { authorization: `Bearer ${typed}`, cookie: typed },
    })
  }

  const reauthenticated = { password: PASSWORD, method: 'recovery', code: recoveryCodes[3] }
  assert.equal((await ada.post('/api/reauthenticate', reauthenticated)).status, 200)
  const replaced = await ada.post('/api/recovery-codes')
  const fresh = replaced.json<{ recoveryCodes: string[] }>().recoveryCodes
  addRecoveryCodes(fresh, ['POST /api/recovery-codes'])
  assert.equal((await ada.post('/api/password', { newPassword: NEW_PASSWORD })).status, 204)
  const second = await enrolOne('tablet')
  await ada.get('/account', { headers: { accept: 'text/html' } })
  for (const path of ['/api/events', '/api/sessions', '/api/authenticators', '/openapi.json']) {
    assert.equal((await ada.get(path)).status, 200)
  }
  await ada.send('DELETE', `/api/authenticators/${second.id}`)
  await forgetPassword()
  await administer(started)
}

/** Whoever helps people sees much of them, and none of it is secret. */
async function administer(started: number): Promise<void> {
  const root = newClient()
  const registered = { login: 'root@example.com', password: PASSWORD }
  assert.equal((await root.post('/api/register', registered)).status, 201)
  const begun = await root.post('/api/authenticators', { kind: 'totp', name: 'phone', digits: 8 })
  const { id, secret, uri } = begun.json<{ id: string; secret: string; uri: string }>()
  addSecret(secret, ['POST /api/authenticators'])
  const code = virtualAuthenticator(uri, { nowSeconds: () => started }).code()
  addText('a code', code)
  const confirm = `/api/authenticators/${id}/confirm`
  const confirmed = await root.post(confirm, { code })
  addRecoveryCodes(confirmed.json<{ recoveryCodes: string[] }>().recoveryCodes, [`POST ${confirm}`])
  const bootstrap = await runCommand(server.folder, ['admin', 'bootstrap'])
  const invitation = bootstrap.stdout.trim()
  addToken('an invitation', invitation, [])
  await root.post('/api/admin/claim', { invitation: `${invitation}x` })
  await root.send('POST', '/admin/claim', { form: { invitation: `${invitation}x` } })
  await root.get(`/admin/claim?invitation=${encodeURIComponent(invitation)}`)
  assert.equal((await root.post('/api/admin/claim', { invitation })).status, 204)
  const next = (await root.post('/api/admin/invitations')).json<{ invitation: string }>()
  addToken('an invitation', next.invitation, ['POST /api/admin/invitations'])

  const search = await root.post('/api/admin/accounts/search', { login: LOGIN })
  const [ada] = search.json<{ accounts: { id: string }[] }>().accounts
  const page = { headers: { accept: 'text/html' } }
  for (const base of ['/api/admin/accounts', '/admin/accounts']) {
    assert.equal((await root.get(base, page)).status, 200)
    assert.equal((await root.get(`${base}/${ada?.id}`, page)).status, 200)
  }
  const looking = [
    await root.get('/admin', page),
    await root.get(`/api/admin/accounts/${ada?.id}/events`),
    await root.send('POST', '/admin/accounts', { form: { login: LOGIN } }),
    await root.get(`/admin/accounts/${ada?.id}/reset-second-factor`, page),
  ]
  assert.deepEqual(new Set(looking.map(({ status }) => status)), new Set([200]))
  for (const action of ['list', 'show']) {
    const account = action === 'show' ? [LOGIN] : []
    const shown = await runCommand(server.folder, ['accounts', action, ...account, '--json'])
    assert.equal(shown.code, 0, shown.stderr)
    assert.deepEqual(found(Buffer.from(shown.stdout + shown.stderr)), [], action)
  }
  assert.equal((await root.post(`/api/admin/accounts/${ada?.id}/reset-second-factor`)).status, 204)
}

/** The token is shown by the mail alone; a form that has to be filled in again has it in a cookie. */
async function forgetPassword(): Promise<void> {
  const browser = newClient()
  const tokenFrom = async () => {
    const { text } = await mailbox.next(LOGIN, 'Set a new password')
    const token = /#(\S+)/.exec(text)?.[1] ?? ''
    addToken('a reset token', token, ['set-cookie'])
    return token
  }
  await browser.post('/api/password/forgot', { login: LOGIN })
  const first = await tokenFrom()
  await browser.send('POST', '/password/forgot', { form: { login: LOGIN } })
  const token = await tokenFrom()
  const html = { headers: { accept: 'text/html' } }
  for (const form of [
    { token: first, newPassword: PASSWORD },
    { token, newPassword: 'short' },
  ]) {
    await browser.send('POST', '/password/reset', { form })
    await browser.get('/password/reset', html)
    await browser.post('/api/password/reset', form)
  }
  const typed = encodeURIComponent(token)
  await browser.get(`/password/reset?token=${typed}`, html)
  await browser.get(`/password/reset/${typed}`, html)
  await browser.get(`/api/password/reset/${typed}`)
  await browser.post('/api/password/reset', { token: [token], newPassword: { token } })
  await browser.post('/api/password/forgot', { login: token })
  const set = await browser.post('/api/password/reset', { token, newPassword: NEW_PASSWORD })
  assert.equal(set.status, 204)
  await mailbox.next(LOGIN, 'A new password was set by mail')
}

/** Statements that fail bring stacks into the log, and refusals to people. */
async function breakTheStore(): Promise<void> {
  const db = new DatabaseSync(join(server.folder, 'data/halfminute.db'), { timeout: 5_000 })
  for (const table of ['sessions', 'pools', 'tickets']) {
    db.exec(`alter table ${table} rename to broken_${table}`)
  }
  const client = newClient()
  const answers = [
    await client.post('/api/login', { login: LOGIN, password: NEW_PASSWORD }),
    await client.send('POST', '/login', { form: { login: LOGIN, password: NEW_PASSWORD } }),
    await client.post('/api/register', { login: 'grace@example.com', password: PASSWORD }),
  ]
  for (const { status } of answers) assert.ok(status >= 500)
  for (const table of ['sessions', 'pools', 'tickets']) {
    db.exec(`alter table broken_${table} rename to ${table}`)
  }
  db.close()
  await ticketOf(client, LOGIN).catch(() => undefined)
}

/** Where in a text or in bytes one of the forms stands; digits count only as a whole token. */
function holds(where: Buffer, form: string | Buffer): boolean {
  if (typeof form === 'string' && /^\d+$/.test(form)) {
    return new RegExp(`(?<![\\d.])${form}(?!\\d)`).test(where.toString('latin1'))
  }
  return where.includes(form)
}

function found(where: Buffer, but: (canary: Canary) => boolean = () => false): string[] {
  const leaked = canaries.filter(
    (canary) => !but(canary) && canary.forms.some((form) => holds(where, form)),
  )
  return [...new Set(leaked.map(({ what }) => what))]
}

test('the life was a full one, and its secrets are known', () => {
  const kinds = new Set(canaries.map(({ what }) => what))
  assert.deepEqual([...kinds].toSorted(), [
    'a URI',
    'a code',
    'a password',
    'a recovery code',
    'a reset token',
    'a secret',
    'a ticket',
    'an invitation',
    'halfminute-session cookie',
    'halfminute-ticket cookie',
  ])
  assert.ok(canaries.length > 50)
  const statuses = new Set(spoken.map(({ answer }) => answer.status))
  for (const status of [200, 201, 204, 303, 400, 401, 404, 409, 429, 503]) {
    assert.ok(statuses.has(status), `no answer was ${status}`)
  }
  for (const { what, forms } of canaries)
    assert.ok(
      forms.every((form) => form.length >= 8),
      what,
    )
})

/* A copy of the database is what thieves get most often: a backup, a stolen disk, an injection. */
test('the database holds no password, secret, code or token in any form [R3] [R19] [R30]', () => {
  const names = Object.keys(databaseWhileRunning)
  assert.ok(names.includes('halfminute.db-wal'), names.join())
  for (const [name, bytes] of Object.entries({ ...databaseWhileRunning })) {
    assert.deepEqual(found(bytes), [], `${name}, while running`)
  }
  for (const [name, bytes] of Object.entries(databaseAfterwards)) {
    assert.deepEqual(found(bytes), [], `${name}, afterwards`)
  }
  // The proof that it is this database that was searched.
  assert.ok(databaseAfterwards['halfminute.db']?.includes(LOGIN))
})

/* The key beside the database would make its encryption worthless. */
test('the key is not in the database [R5]', () => {
  const text = readFileSync(join(server.folder, 'data/halfminute.key'), 'utf8')
  const [key = ''] = /^[A-Za-z0-9+/]{43}=$/m.exec(text) ?? []
  assert.equal(key.length, 44)
  const bytes = Buffer.from(key, 'base64')
  for (const where of [
    ...Object.values(databaseWhileRunning),
    ...Object.values(databaseAfterwards),
  ]) {
    for (const form of [key, bytes, bytes.toString('hex')])
      assert.equal(where.includes(form), false)
  }
})

/* Logs are read by more people, and kept longer, than anything else. */
test('no log line and nothing on the terminal holds anything secret [R44]', () => {
  const lines = server.stdout().trimEnd().split('\n')
  assert.ok(lines.length >= spoken.length)
  const parsed = lines.map((line) => JSON.parse(line) as { status: number; stack?: string })
  assert.ok(parsed.some(({ status, stack }) => status >= 500 && stack !== undefined))
  for (const line of [...lines, server.stderr()]) assert.deepEqual(found(Buffer.from(line)), [])
  for (const line of lines) assert.doesNotMatch(line, /otpauth:|Bearer|\?password|canary/i)
})

test('no answer shows a secret but the one that is there to show it [R2] [R44]', () => {
  for (const { request, answer } of spoken) {
    const [path = ''] = request.split('?')
    const headers = [...answer.headers]
      .filter(([name]) => name !== 'set-cookie')
      .map(String)
      .join('\n')
    const shows = ({ shownBy }: Canary) => shownBy.includes(path)
    assert.deepEqual(found(answer.bytes, shows), [], `${answer.status} of ${path}`)
    assert.deepEqual(found(Buffer.from(headers)), [], `headers of ${path}`)
    const others = ({ shownBy }: Canary) => shownBy.includes('set-cookie')
    const cookies = Buffer.from(answer.headers.getSetCookie().join('\n'))
    assert.deepEqual(found(cookies, others), [], `cookies of ${path}`)
  }
})

test('what is shown once is shown once [R2] [R20]', () => {
  const recoveryCodes = canaries.filter(({ what }) => what === 'a recovery code')
  assert.equal(recoveryCodes.length, 30)
  for (const { forms } of recoveryCodes) {
    const showing = spoken.filter(({ answer }) => forms.some((form) => holds(answer.bytes, form)))
    assert.equal(showing.length, 1)
  }
})
