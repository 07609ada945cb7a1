/** The headers of every kind of answer. The list is whole: one that is new or missing fails here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginEnrolment, enrolledPerson, openApp, register, routesOf } from './support.ts'
import type { Answer } from './support.ts'

const ALWAYS = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
}

/** Those that belong to one answer. */
const OWN = new Set([
  'content-type',
  'content-length',
  'content-disposition',
  'location',
  'set-cookie',
  'allow',
  'retry-after',
])

const POLICY =
  /^default-src 'none'; script-src 'nonce-([\w-]+)'; style-src 'nonce-\1'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'$/

function assertHeaders(answer: Answer, what: string, expected: object = ALWAYS): string {
  const { 'content-security-policy': policy = '', ...rest } = Object.fromEntries(
    [...answer.headers].filter(([name]) => !OWN.has(name)),
  )
  const { 'x-request-id': requestId, ...others } = rest
  assert.deepEqual(others, expected, what)
  assert.match(requestId ?? '', /^random-\d+$/, what)
  const nonce = POLICY.exec(policy)?.[1]
  assert.ok(nonce, `${what}: ${policy}`)
  return nonce
}

test('every kind of answer carries exactly the stated headers [R41]', async (t) => {
  const { app, visitor, clock, engine } = openApp(t)
  const someone = visitor()
  const person = await enrolledPerson(someone, clock)
  const { id } = await beginEnrolment(someone)
  const stranger = visitor()
  const large = { login: 'x'.repeat(20_000), password: 'x' }
  const kinds: Record<string, Answer> = {
    'JSON 200': await someone.get('/api/session'),
    'JSON 201': await visitor().post('/api/register', {
      login: 'grace@example.com',
      password: 'correct horse battery',
    }),
    'picture 200': await someone.get(`/api/authenticators/${id}/qr.png`),
    'file 200': await someone.submit('/account/recovery-codes/file', {
      codes: person.recoveryCodes.join(' '),
    }),
    'page 200': await someone.page('/account'),
    'page 303': await stranger.page('/account'),
    'page 400': await stranger.submit('/register', { login: '', password: '' }),
    'page 401': await stranger.submit('/login', { login: 'x', password: 'x' }),
    'page 404': await stranger.page('/nowhere'),
    'page 405': await stranger.send('PUT', '/login', { headers: { accept: 'text/html' } }),
    'description 200': await stranger.get('/openapi.json'),
    'health 200': await stranger.get('/healthz'),
    'readiness 200': await stranger.get('/readyz'),
    'problem 400': await stranger.post('/api/login', {}),
    'problem 401': await stranger.get('/api/session'),
    'problem 403': await stranger.post('/api/login', {}, { 'sec-fetch-site': 'cross-site' }),
    'problem 404': await stranger.get('/nowhere'),
    'problem 405': await stranger.get('/api/login'),
    'problem 413': await stranger.post('/api/login', large),
    'problem 415': await stranger.send('POST', '/api/login', {
      body: 'x',
      headers: { 'content-type': 'application/octet-stream' },
    }),
    'HEAD 200': await stranger.send('HEAD', '/login'),
    'JSON 204': await someone.post('/api/logout'),
  }
  await engine.close()
  kinds['problem 503'] = await stranger.get('/api/authenticators', {
    headers: { cookie: `halfminute-session=${'x'.repeat(43)}.${person.accountId}` },
  })
  for (const [kind, answer] of Object.entries(kinds)) {
    assert.equal(answer.status, Number(kind.slice(-3)), `${kind}: ${answer.text}`)
    assertHeaders(answer, kind)
  }
  const assets = routesOf(app).filter((route) => route.startsWith('GET /assets/'))
  assert.ok(assets.length >= 2)
  const forEver = { ...ALWAYS, 'cache-control': 'public, max-age=31536000, immutable' }
  for (const asset of assets) {
    const answer = await stranger.get(asset.slice(4))
    assert.equal(answer.status, 200)
    assertHeaders(answer, asset, forEver)
  }
})

/* A nonce that stays the same, or one on no script at all, is as good as 'unsafe-inline'. */
test('scripts and styles of a page bear the nonce of this very answer [R41]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await enrolledPerson(someone, clock)
  const nonces = new Set<string>()
  const paths = ['/account', '/login', '/register', '/account/authenticators/new', '/nowhere']
  for (const path of paths) {
    const answer = await (path.startsWith('/account') ? someone : visitor()).page(path)
    const nonce = assertHeaders(answer, path)
    nonces.add(nonce)
    const loading = answer.text.match(/<(script|style|link rel="stylesheet")\b[^>]*>/g) ?? []
    assert.ok(loading.length > 0, path)
    for (const tag of loading) assert.ok(tag.includes(`nonce="${nonce}"`), `${path}: ${tag}`)
    assert.doesNotMatch(answer.text, /\son\w+="|\sstyle="|javascript:/i, path)
  }
  assert.equal(nonces.size, paths.length)
})

/* The QR picture holds the secret: a picture service or a link would hand it to a third party. */
test('no page asks another site for anything, and no address holds a secret [R42]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await register(someone)
  clock.wait(1)
  const begun = await someone.submit('/account/authenticators/new', { name: 'phone' })
  const scan = begun.headers.get('location') ?? ''
  const page = await someone.page(scan)
  assert.equal(page.status, 200)
  const secret = /otpauth:\/\/totp\/[^"&]+\?secret=([A-Z2-7]{32})/.exec(page.text)?.[1]
  const shown = secret ?? /data-text="([A-Z2-7]{32})"/.exec(page.text)?.[1]
  assert.ok(shown)
  assert.equal(scan.includes(shown), false)
  const addresses = [...page.text.matchAll(/\s(?:src|action|srcset|data-src)="([^"]*)"/g)]
  assert.ok(addresses.length > 0)
  for (const [, address = ''] of addresses) {
    assert.match(address, /^\/(?!\/)/)
    assert.equal(address.includes(shown), false)
  }
})
