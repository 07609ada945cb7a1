/** Other sites cannot act in a person's name, and nothing changes on GET. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqliteStore } from '@halfminute/engine'
import { beginEnrolment, enrolledPerson, HTTPS, openApp, PASSWORD, routesOf } from './support.ts'

const LOCAL = 'http://localhost:8080'
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

type Row = readonly [
  allowed: boolean,
  why: string,
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
]

const BOTH: readonly Row[] = [
  [true, 'the site itself', HTTPS, { origin: HTTPS, 'sec-fetch-site': 'same-origin' }],
  [true, 'the site itself, an older browser', HTTPS, { origin: HTTPS }],
  [true, 'a browser that names no origin', HTTPS, { 'sec-fetch-site': 'same-origin' }],
  [true, 'on localhost', LOCAL, { origin: LOCAL, 'sec-fetch-site': 'same-origin' }],
  [
    true,
    'on this machine under another name',
    LOCAL,
    { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' },
  ],
  [
    false,
    'another site',
    HTTPS,
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  ],
  [false, 'another site, an older browser', HTTPS, { origin: 'https://evil.example' }],
  [false, 'another site that names no origin', HTTPS, { 'sec-fetch-site': 'cross-site' }],
  [false, 'a sister site', HTTPS, { origin: 'https://example.com', 'sec-fetch-site': 'same-site' }],
  [
    false,
    'a sister site by its mark alone',
    HTTPS,
    { origin: HTTPS, 'sec-fetch-site': 'same-site' },
  ],
  [false, 'a mark of no known kind', HTTPS, { 'sec-fetch-site': 'whatever' }],
  [false, 'origin null: a sandboxed frame', HTTPS, { origin: 'null' }],
  [
    false,
    'origin null, marked as same',
    HTTPS,
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
  ],
  [false, 'origin null on localhost', LOCAL, { origin: 'null', host: 'null' }],
  [false, 'an empty origin', HTTPS, { origin: '' }],
  [false, 'a look-alike ending', HTTPS, { origin: 'https://login.example.com.evil.example' }],
  [false, 'a look-alike beginning', HTTPS, { origin: 'https://evil-login.example.com' }],
  [false, 'a subdomain', HTTPS, { origin: 'https://a.login.example.com' }],
  [false, 'a name in the address', HTTPS, { origin: 'https://login.example.com@evil.example' }],
  [false, 'plain http', HTTPS, { origin: 'http://login.example.com' }],
  [false, 'another port', HTTPS, { origin: 'https://login.example.com:8443' }],
  [false, 'another port of localhost', LOCAL, { origin: 'http://localhost:3000' }],
  [
    false,
    'a Host header that agrees with a foreign origin, behind https',
    HTTPS,
    { origin: 'https://evil.example', host: 'evil.example' },
  ],
]

const TABLE: readonly (readonly [type: string | undefined, ...Row])[] = [
  ...BOTH.flatMap((row) => [[JSON_TYPE, ...row] as const, [FORM, ...row] as const]),
  [JSON_TYPE, true, 'no browser', HTTPS, {}],
  [FORM, false, 'neither header', HTTPS, {}],
  ['multipart/form-data; boundary=x', false, 'neither header', HTTPS, {}],
  ['text/plain', false, 'neither header', HTTPS, {}],
  ['TEXT/PLAIN; charset=utf-8', false, 'neither header', HTTPS, {}],
]

for (const [type = '', allowed, why, baseUrl, headers] of TABLE) {
  const verdict = allowed ? 'allowed' : 'refused'
  const place = baseUrl === HTTPS ? '' : ' (localhost)'
  test(`${type.split(';')[0]} from ${why}${place}: ${verdict} [R40]`, async (t) => {
    const { visitor } = openApp(t, { baseUrl })
    const body = type === JSON_TYPE ? '{}' : ''
    const answer = await visitor().send('POST', '/api/logout', {
      body,
      headers: { 'content-type': type, ...headers },
    })
    // Past the check nobody is signed in; a form then is no JSON either, if it has a body.
    assert.equal(answer.code, allowed ? 'SESSION_REQUIRED' : 'CROSS_ORIGIN')
    assert.equal(answer.status, allowed ? 401 : 403)
  })
}

/* A hostile page posts to any address it likes, the sign-in included (login CSRF). */
test('every route that is no GET refuses other sites before anything else [R40]', async (t) => {
  const { app, visitor, clock } = openApp(t)
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  const changing = routesOf(app).filter((route) => !route.startsWith('GET '))
  assert.ok(changing.length > 20)
  for (const route of changing) {
    const [method = '', pattern = ''] = route.split(' ')
    const answer = await someone.send(method, pattern.replace(':id', person.authenticatorId), {
      json: { login: person.login, password: PASSWORD, newPassword: PASSWORD, name: 'x' },
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    })
    assert.equal(answer.status, 403, route)
    assert.equal(answer.code, 'CROSS_ORIGIN', route)
    assert.deepEqual(answer.headers.getSetCookie(), [], route)
  }
  assert.equal(await someone.isSignedIn(), true)
})

test('a form from another site signs nobody in or out on the pages [R40]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  const { login } = await enrolledPerson(someone, clock)
  for (const [path, form] of [
    ['/login', { login, password: PASSWORD }],
    ['/logout', {}],
  ] as const) {
    const answer = await someone.send('POST', path, {
      form,
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    })
    assert.equal(answer.status, 403)
  }
  assert.equal(await someone.isSignedIn(), true)
})

/* An image tag is enough to send a GET in somebody's name. */
test('no GET and no HEAD changes anything in the database [R40]', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-get-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const path = join(folder, 'a.db')
  const { app, visitor, clock } = openApp(t, { store: sqliteStore(path) })
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  const { id } = await beginEnrolment(someone)
  await someone.get('/readyz')
  const before = contentsOf(path)
  assert.ok(Object.keys(before).length > 5)
  const safe = routesOf(app).filter((route) => route.startsWith('GET '))
  assert.ok(safe.length > 15)
  for (const route of safe) {
    for (const authenticatorId of [person.authenticatorId, id]) {
      const target = route.slice(4).replace(':id', authenticatorId)
      for (const method of ['GET', 'HEAD']) {
        const query = `?method=recovery&login=x&password=${PASSWORD}&confirm=1`
        await someone.send(method, target + query, { headers: { accept: 'text/html' } })
      }
    }
  }
  assert.deepEqual(contentsOf(path), before)
  // The proof that this looks at the right place.
  await someone.post('/api/logout')
  assert.notDeepEqual(contentsOf(path), before)
})

function contentsOf(path: string): Record<string, unknown[]> {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = db.prepare("select name from sqlite_master where type = 'table'").all()
    const names = tables.map(({ name }) => String(name))
    return Object.fromEntries(
      names.map((name) => [name, db.prepare(`select * from "${name}"`).all()]),
    )
  } finally {
    db.close()
  }
}
