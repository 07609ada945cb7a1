/**
 * What nobody should send: every route of the API's own description, with every kind of wrong body, by
 * somebody without a session, before enrolment and after it. The answer is a refusal in our words; never
 * a 500, and never what was sent.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROBLEMS } from '../../src/http/problems.ts'
import { openApp, PASSWORD } from './support.ts'
import type { Answer, Sending } from './support.ts'
import { scenes } from './states.ts'
import type { State } from './states.ts'

const scene = scenes()
/** Stands in every body that can hold a text: no answer may repeat it. */
const CANARY = 'canary-7f3a'

/** Not even an object with the right members in it. */
const BODIES: readonly (readonly [what: string, sending: Sending])[] = [
  ['nothing', {}],
  ['nothing, called JSON', raw('')],
  ['half an object', raw(`{"code": "${CANARY}`)],
  ['no JSON', raw(CANARY)],
  ['NaN', raw('NaN')],
  ['a trailing comma', raw('{"code": "492039",}')],
  ['null', raw('null')],
  ['true', raw('true')],
  ['a number', raw('492039')],
  ['a text', raw(JSON.stringify(CANARY))],
  ['an array', raw(`["${CANARY}"]`)],
  ['an empty object', raw('{}')],
  ['deep nesting', raw(`${'['.repeat(8_000)}${']'.repeat(8_000)}`)],
  ['deep nesting in a member', raw(`{"code": ${'{"a":'.repeat(2_500)}1${'}'.repeat(2_500)}}`)],
  ['NUL bytes', raw('\0\0\0')],
  ['a byte order mark', raw('\uFEFF{}')],
  ['keys of the prototype', raw('{"__proto__": {"code": "492039"}, "constructor": {"name": "x"}}')],
  ['a number beyond numbers', raw('{"code": 1e999, "periodSeconds": -1e999, "digits": 1e308}')],
  ['1 MiB', raw(JSON.stringify({ login: 'x'.repeat(1_048_576), password: CANARY }))],
  ['a text type', typed('text/plain', '{}')],
  ['a form', typed('application/x-www-form-urlencoded', `login=${CANARY}&password=x&code=492039`)],
  ['a broken form', typed('multipart/form-data', CANARY)],
  ['XML', typed('application/xml', '<a/>')],
  ['almost JSON', typed('application/jsonp', '{}')],
  ['no type', typed('', '{}')],
]

/** In the place of one member, where the others are right. */
const VALUES: readonly (readonly [what: string, json: string])[] = [
  ['null', 'null'],
  ['an empty text', '""'],
  ['true', 'true'],
  ['a number', '492039'],
  ['a fraction', '0.5'],
  ['a negative number', '-30'],
  ['a huge number', '1e999'],
  ['an array of texts', '["492039"]'],
  ['an object', '{"$gt": ""}'],
  ['an object that pretends to be a text', '{"toString": "492039", "length": 6}'],
  ['NUL', '"\\u0000"'],
  ['NUL after digits', '"492039\\u0000"'],
  ['a lone surrogate', '"\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800"'],
  ['full-width digits', '"４９２０３９"'],
  ['Arabic digits', '"٤٩٢٠٣٩"'],
  ['a sign', '"+12345"'],
  ['an underscore', '"123_456"'],
  ['a fraction in text', '"12345."'],
  ['five digits', '"12345"'],
  ['nine digits', '"123456789"'],
  ['hexadecimal', '"0x1234"'],
  ['10,000 characters', JSON.stringify('4'.repeat(10_000))],
]

function raw(body: string): Sending {
  return typed('application/json', body)
}

function typed(type: string, body: string): Sending {
  // From the site itself, so that no form is refused for where it comes from.
  return { body, headers: { 'content-type': type, 'sec-fetch-site': 'same-origin' } }
}

interface Operation {
  readonly method: string
  readonly path: string
  /** Members of the body; empty where there is none. */
  readonly members: readonly string[]
}

interface Description {
  paths: Record<
    string,
    Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>
  >
  components: { schemas: Record<string, Schema> }
}

interface Schema {
  $ref?: string
  properties?: Record<string, unknown>
}

async function describedOperations(read: (path: string) => Promise<Answer>): Promise<Operation[]> {
  const { paths, components } = (await read('/openapi.json')).json<Description>()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema
      const name = schema?.$ref?.split('/').at(-1) ?? ''
      const members = Object.keys((components.schemas[name] ?? schema ?? {}).properties ?? {})
      return { method: method.toUpperCase(), path, members }
    }),
  )
}

const VALID: Readonly<Record<string, string>> = {
  login: '"ada@example.com"',
  password: JSON.stringify(PASSWORD),
  newPassword: JSON.stringify(PASSWORD),
  kind: '"totp"',
  name: '"phone"',
  method: '"totp"',
}

/** An object with one member replaced; text, because not every value here can be a value of ours. */
function bodyWith(members: readonly string[], member: string, json: string): string {
  const others = members.filter((one) => one !== member && one in VALID)
  const pairs = [...others.map((one) => `"${one}": ${VALID[one]}`), `"${member}": ${json}`]
  return `{${pairs.join(', ')}}`
}

function assertRefusedOrFine(answer: Answer, what: string): void {
  assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text}`)
  assert.equal(answer.text.includes(CANARY), false, what)
  if (answer.status < 400) return
  assert.equal(answer.headers.get('content-type'), 'application/problem+json', what)
  const { code, status, title, type } = answer.json()
  assert.ok(typeof code === 'string' && code in PROBLEMS, `${what}: ${String(code)}`)
  assert.deepEqual([status, type, typeof title], [answer.status, 'about:blank', 'string'], what)
}

function isTelling(body: Sending['body']): boolean {
  if (typeof body !== 'string') return true
  return body === 'null' || body === CANARY || body.length > 1_048_576
}

const STATES: readonly State[] = ['signed out', 'enrolling', 'signed in']

test('the description names every route of the API', async (t) => {
  const { app, visitor } = openApp(t)
  const described = await describedOperations((path) => visitor().get(path))
  const inApp = app.routes
    .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  assert.deepEqual(
    described.map(({ method, path }) => `${method} ${path}`).toSorted(),
    [...new Set(inApp)].toSorted(),
  )
})

for (const state of STATES) {
  test(`${state}: a body of the wrong kind is refused on every route, in our words [R11]`, async (t) => {
    const operations = await describedOperations((path) => openApp(t).visitor().get(path))
    assert.ok(operations.length > 15)
    for (const { method, path, members } of operations) {
      if (method === 'GET') continue
      const { someone, pending, authenticatorId } = await scene(t, state)
      const target = path.replace('{id}', pending?.id ?? authenticatorId ?? 'none')
      // Where no body is read a few kinds are enough, as they all do the same work.
      const bodies = members.length > 0 ? BODIES : BODIES.filter(([, { body }]) => isTelling(body))
      for (const [what, sending] of bodies) {
        const answer = await someone.send(method, target, sending)
        const label = `${method} ${path}, ${what}`
        assertRefusedOrFine(answer, label)
        // Where a body is read none of these can be meant.
        if (members.length > 0) assert.ok(answer.status >= 400, `${label}: ${answer.status}`)
      }
    }
  })

  test(`${state}: a member of the wrong kind is refused on every route, in our words [R11]`, async (t) => {
    const operations = await describedOperations((path) => openApp(t).visitor().get(path))
    for (const { method, path, members } of operations) {
      if (members.length === 0) continue
      const { someone, pending, authenticatorId, ticket } = await scene(t, state)
      const target = path.replace('{id}', pending?.id ?? authenticatorId ?? 'none')
      for (const member of members) {
        for (const [what, json] of VALUES) {
          const body = bodyWith(members, member, json)
          const answer = await someone.send(method, target, raw(body))
          const label = `${method} ${path}, ${member} is ${what}`
          assertRefusedOrFine(answer, label)
          if (!json.startsWith('"')) {
            const isFine = json === '492039' && ['periodSeconds', 'digits'].includes(member)
            assert.ok(answer.status >= 400 || isFine, `${label}: ${answer.status}`)
          }
        }
      }
      assert.equal(ticket, undefined)
    }
  })
}

/* A duplicate key is read once by the check and once by the use, where the two differ. */
test('of a duplicate key the last one counts, for the check and the use alike', async (t) => {
  const { someone, ticket, phone, authenticatorId } = await scene(t, 'after the password')
  assert.ok(ticket && phone && authenticatorId)
  const right = phone.code()
  const twice = (first: string, second: string) =>
    raw(`{"ticket": "${ticket}", "code": ${first}, "code": ${second}}`)
  const malformed = await someone.send('POST', '/api/login/code', twice(`"${right}"`, '["x"]'))
  assert.equal(malformed.code, 'CODE_MALFORMED')
  const accepted = await someone.send('POST', '/api/login/code', twice('["x"]', `"${right}"`))
  assert.equal(accepted.status, 200)
})

test('keys of the prototype reach nothing', async (t) => {
  const { someone, ticket, phone } = await scene(t, 'after the password')
  const inherited = `{"__proto__": {"ticket": "${ticket}", "code": "${phone?.code()}"}}`
  const answer = await someone.send('POST', '/api/login/code', raw(inherited))
  assert.equal(answer.code, 'CODE_MALFORMED')
  assert.equal(({} as { code?: string }).code, undefined)
})

test('forms of the wrong kind get a page that says so, never a 500', async (t) => {
  const { someone, pending } = await scene(t, 'signed in')
  const accept = { accept: 'text/html', 'sec-fetch-site': 'same-origin' }
  const field =
    '--x\r\ncontent-disposition: form-data; name="login"; filename="a"\r\n\r\na\r\n--x--\r\n'
  const forms: readonly Sending[] = [
    { body: CANARY, headers: { ...accept, 'content-type': 'multipart/form-data' } },
    { body: '--x\r\nx', headers: { ...accept, 'content-type': 'multipart/form-data; boundary=x' } },
    { body: field, headers: { ...accept, 'content-type': 'multipart/form-data; boundary=x' } },
    { body: '{}', headers: { ...accept, 'content-type': 'application/json' } },
    {
      body: '%%%=%ff&login&login=a&login=b&__proto__=x&a.b=1',
      headers: { ...accept, 'content-type': 'application/x-www-form-urlencoded' },
    },
    { headers: accept },
  ]
  const paths = [
    '/register',
    '/login',
    '/login/code',
    '/reauthenticate',
    '/account/password',
    '/account/authenticators/new',
    `/account/authenticators/${pending?.id}/confirm`,
    `/account/authenticators/${pending?.id}/rename`,
    '/account/recovery-codes/file',
  ]
  for (const path of paths) {
    for (const form of forms) {
      const answer = await someone.send('POST', path, form)
      assert.ok(answer.status >= 303 && answer.status < 500, `${path}: ${answer.status}`)
      assert.equal(answer.text.includes(CANARY), false, path)
    }
  }
})

test('what people call themselves is text on the pages, not markup', async (t) => {
  const { visitor } = openApp(t)
  const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
  const someone = visitor()
  const login = hostile
  const registered = await someone.post('/api/register', { login, password: PASSWORD })
  assert.equal(registered.status, 201)
  const begun = await someone.post('/api/authenticators', { kind: 'totp', name: hostile })
  const { id } = begun.json<{ id: string }>()
  const pages = [
    await someone.page(`/account/authenticators/${id}`),
    await someone.page('/account/authenticators/new'),
    await visitor().submit('/login', { login, password: 'x' }),
    await visitor().submit('/register', { login, password: 'x' }),
  ]
  for (const { text } of pages) {
    assert.match(text, /&lt;script&gt;|My phone/)
    assert.doesNotMatch(text, /<script>alert|<img src=x/)
  }
})
