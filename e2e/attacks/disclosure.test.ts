/**
 * Secrets where they do not belong: typed into the wrong field and shown again, kept in a log, told by a
 * page, or read from a stolen file and used as they stand there.
 */
import assert from 'node:assert/strict'
import { PASSWORD } from '../support/person.ts'
import type { Answer, HttpClient } from '../support/person.ts'
import { attack, ownAttack } from './support/attack.ts'
import { canary, found, keeper, keyOf, wholeOf, WRONG_PASSWORD } from './support/canaries.ts'
import { inDatabase } from './support/database.ts'
import { misplaceAll, PAGE } from './support/misplaced.ts'
import { beginEnrolment, givePassword, newLogin, owner, signIn } from './support/people.ts'
import type { OwnTarget } from './support/target.ts'

/* Answers are kept by proxies, scripts that report errors, and screenshots that go to the support. */
attack(
  'a secret in the wrong place comes back in the answer [R44] [R42]',
  { defence: 'a refusal says nothing of the request' },
  async (target) => {
    const person = await keeper(target)
    const answers = await misplaceAll(target, person)
    assert.ok(await person.browser.isSignedIn())
    return answers.flatMap(({ request, answer }) =>
      found(person.canaries, wholeOf(answer)).map((what) => `${what} came back: ${request}`),
    )
  },
)

/** The log once it tells of these answers: a line is written after its answer was sent. */
async function logAfter(target: OwnTarget, answers: readonly Answer[]): Promise<string> {
  const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? '')
  const browser = target.browser()
  for (let asked = 0; !ids.every((id) => target.output().includes(id)); asked++) {
    assert.ok(asked < 5_000, 'a request is not in the log')
    await browser.get('/healthz')
  }
  return target.output()
}

/* Logs are read by more people than the database, and kept for longer. */
ownAttack(
  'a secret in the wrong place is kept in the log [R44]',
  { defence: 'a log line says nothing of the request but its route', needs: 'the log' },
  async (target) => {
    const person = await keeper(target)
    const key = keyOf(target)
    const answers = await misplaceAll(target, person, [key])
    const log = await logAfter(
      target,
      answers.map(({ answer }) => answer),
    )
    return found([...person.canaries, key], log)
  },
)

/* A form that was refused is filled in again, for the next one at that screen or in its cache. */
attack(
  'a form that was refused comes back with what was typed into it [R44]',
  { defence: 'a form comes back without what was secret in it' },
  async (target) => {
    const { login, browser, phone, recoveryCodes } = await keeper(target)
    const { id } = await beginEnrolment(target, browser, { digits: 8 })
    const stranger = target.browser()
    await stranger.send('POST', '/login', { form: { login, password: PASSWORD } })
    const [, unused = ''] = recoveryCodes
    const weak = 'password1'
    const invented = `${'A'.repeat(43)}.${'0'.repeat(32)}`
    const forms: readonly (readonly [HttpClient, string, Record<string, string>, string])[] = [
      [target.browser(), '/login', { login, password: WRONG_PASSWORD }, WRONG_PASSWORD],
      [target.browser(), '/register', { login: newLogin(), password: weak }, weak],
      [target.browser(), '/register', { login, password: WRONG_PASSWORD }, WRONG_PASSWORD],
      [browser, '/account/password', { newPassword: weak }, weak],
      [target.browser(), '/password/reset', { token: invented, newPassword: weak }, weak],
      [target.browser(), '/password/reset', { token: invented, newPassword: weak }, invented],
      [browser, '/reauthenticate', { password: WRONG_PASSWORD, code: '' }, WRONG_PASSWORD],
      [stranger, '/login/code', { method: 'totp', code: phone.code(500) }, phone.code(500)],
      [stranger, '/login/code', { method: 'recovery', code: `${unused}0` }, unused],
      [browser, `/account/authenticators/${id}/confirm`, { code: '73550608' }, '73550608'],
    ]
    const gains: string[] = []
    for (const [who, path, form, secret] of forms) {
      const answer = await who.send('POST', path, { form })
      assert.ok(answer.status >= 400, `${path}: ${answer.status}`)
      if (wholeOf(answer).includes(secret)) gains.push(`${secret} at ${path}`)
    }
    return gains
  },
)

/* A wrong password is a right one elsewhere, or the right one with a slip of the finger. */
attack(
  'what was typed stands in the record of events [R43] [R44]',
  { defence: 'an event says nothing of what was typed' },
  async (target) => {
    const { login, browser, phone, canaries } = await keeper(target)
    const wrongRecoveryCode = 'ZZZZ-ZZZZ-ZZZZ-ZZZZ'
    await givePassword(target.browser(), login, WRONG_PASSWORD)
    await signIn(target.browser(), login, phone.code(500))
    await signIn(target.browser(), login, wrongRecoveryCode, 'recovery')
    await browser.post('/api/reauthenticate', { password: WRONG_PASSWORD, code: phone.code(500) })
    const events = await browser.get('/api/events')
    assert.match(events.text, /refused/)
    const page = await browser.get('/account', { headers: PAGE })
    const typed = [...canaries, canary('a wrong recovery code', wrongRecoveryCode)]
    return found(typed, events.text + page.text)
  },
)

const ADDRESSES = [
  '/',
  '/login',
  '/login/code',
  '/register',
  '/reauthenticate',
  '/account',
  '/account/password',
  '/account/recovery-codes',
  '/account/authenticators/new',
  '/api/session',
  '/api/sessions',
  '/api/authenticators',
  '/api/recovery-codes',
  '/api/events',
  '/openapi.json',
  '/healthz',
  '/readyz',
]

/* A script in a page reads no cookie, but every answer that the browser gets. */
attack(
  'a script in the browser of somebody signed in reads on until it finds a secret [R44] [R2] [R20]',
  { defence: 'no answer repeats a token' },
  async (target) => {
    const { browser, authenticatorId, canaries } = await keeper(target)
    const own = `authenticators/${authenticatorId}`
    const paths = [...ADDRESSES, `/account/${own}`, `/api/${own}/qr.png`]
    const gains: string[] = []
    for (const path of paths) {
      for (const headers of [{}, PAGE]) {
        const answer = await browser.get(path, { headers })
        gains.push(...found(canaries, wholeOf(answer)).map((what) => `${what} at ${path}`))
      }
    }
    const again = await browser.post(`/api/authenticators/${authenticatorId}/confirm`, { code: '' })
    return [...gains, ...found(canaries, wholeOf(again))]
  },
)

/* An address ends up in histories, logs and `Referer` headers; what stands there must open nothing. */
attack(
  'a session is handed in by the address or a header [R42] [R44]',
  { defence: 'a session comes in its cookie alone' },
  async (target) => {
    const { browser } = await owner(target)
    const session = browser.session ?? ''
    const thief = target.browser()
    const names = ['token', 'access_token', 'session', 'halfminute-session']
    const query = names.map((name) => `${name}=${encodeURIComponent(session)}`).join('&')
    const headers = { authorization: `Bearer ${session}`, 'x-auth-token': session }
    const answers = [
      await thief.get(`/api/session?${query}`),
      await thief.get('/api/session', { headers }),
      await thief.get(`/account?${query}`, { headers: { ...PAGE, ...headers } }),
    ]
    return answers.some(({ status }) => status === 200)
  },
)

/** A stored text and what it is made of. */
function piecesOf(stored: unknown): string[] {
  const text = String(stored)
  return [text, ...text.split('$').filter((piece) => piece !== '')]
}

/* A copy of the database file must be worth nothing at the door. */
ownAttack(
  'the stored hash of a password is sent as the password [R27] [R44]',
  { defence: 'passwords and recovery codes are kept as hashes', needs: 'the database file' },
  async (target) => {
    const { login, accountId } = await owner(target)
    const row = inDatabase(target, (db) =>
      db.prepare('select password_hash from accounts where id = ?').get(accountId),
    )
    const gains: string[] = []
    for (const piece of piecesOf(row?.['password_hash'])) {
      const { status } = await givePassword(target.browser(), login, piece)
      if (status === 200) gains.push(`the password step, with ${piece}`)
    }
    return gains
  },
)

ownAttack(
  'the stored hash of a recovery code is sent as the code [R19]',
  { defence: 'passwords and recovery codes are kept as hashes', needs: 'the database file' },
  async (target) => {
    const { login, accountId } = await owner(target)
    const row = inDatabase(target, (db) =>
      db
        .prepare('select lookup, hash from recovery_codes where account_id = ? limit 1')
        .get(accountId),
    )
    const lookup = String(row?.['lookup'])
    const pieces = piecesOf(row?.['hash'])
    const thief = target.browser()
    for (const code of [...pieces, ...pieces.map((piece) => lookup + piece.slice(-12))]) {
      await signIn(thief, login, code, 'recovery')
      if (await thief.isSignedIn()) return `a session, with ${code}`
    }
    return undefined
  },
)

ownAttack(
  'the stored hash of a session is sent as the session [R30]',
  { defence: 'tokens are kept as hashes', needs: 'the database file' },
  async (target) => {
    const { accountId, browser } = await owner(target)
    const rows = inDatabase(target, (db) =>
      db.prepare('select id, token_hash from sessions where account_id = ?').all(accountId),
    )
    assert.ok(rows.length > 0)
    const thief = target.browser()
    const name = [...browser.cookies.keys()].find((one) => one.endsWith('-session')) ?? ''
    for (const { id, token_hash: hash } of rows) {
      const bytes = Buffer.from(hash as Uint8Array)
      const forms = [
        ...(['base64url', 'base64', 'hex'] as const).map((encoding) => bytes.toString(encoding)),
        String(id),
      ]
      for (const value of forms.flatMap((form) => [form, `${form}.${accountId}`])) {
        thief.cookies.set(name, encodeURIComponent(value))
        if (await thief.isSignedIn()) return `a session, with ${value}`
      }
    }
    return undefined
  },
)

/* What goes wrong with a secret is told by those who hold the secret and the key. */
ownAttack(
  'a damaged box makes the server tell of its key and its secrets [R44] [R5]',
  { defence: 'a failure of the vault names no key', needs: 'the log' },
  async (target) => {
    const { login, authenticatorId, phone, browser, canaries } = await keeper(target)
    const boxes = inDatabase(target, (db) => {
      const sealed = 'select sealed_secret from authenticators where id = ?'
      const before = db.prepare(sealed).get(authenticatorId)?.['sealed_secret'] as Uint8Array
      const damaged = Uint8Array.from(before, (byte, at) => (at === 20 ? byte ^ 1 : byte))
      db.prepare('update authenticators set sealed_secret = ? where id = ?').run(
        damaged,
        authenticatorId,
      )
      return [before, damaged].map((bytes) => {
        const [hex, base64] = (['hex', 'base64'] as const).map((encoding) =>
          Buffer.from(bytes).toString(encoding),
        )
        return canary('a sealed secret', hex ?? '', base64 ?? '')
      })
    })
    const code = phone.code(1)
    const stranger = target.browser()
    await stranger.send('POST', '/login', { form: { login, password: PASSWORD } })
    const answers = [
      await signIn(target.browser(), login, code),
      await stranger.send('POST', '/login/code', { form: { method: 'totp', code } }),
      await browser.post('/api/reauthenticate', { password: PASSWORD, code }),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 503, 503],
    )
    const told = answers.map(wholeOf).join('\n') + (await logAfter(target, answers))
    return found([...canaries, ...boxes, keyOf(target)], told)
  },
)
