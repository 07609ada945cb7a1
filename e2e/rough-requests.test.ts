/** What no client of good will sends, on the wire itself: the server answers at once or hangs up, and goes on. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { HttpClient } from './support/person.ts'
import { startServer, wholeFile } from './support/server.ts'
import type { RunningServer } from './support/server.ts'

const file = wholeFile()
let server: RunningServer
before(async () => {
  server = await startServer(file)
})

const POST = 'POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
const MEGABYTE = 'x'.repeat(1_048_576)

interface Wire {
  readonly socket: Socket
  /** Waits until the answer holds this; fails when the server hangs up before. */
  readonly until: (pattern: RegExp) => Promise<string>
  /** Waits until the server hangs up. @returns all that it said */
  readonly end: Promise<string>
}

function dial(t: TestContext): Wire {
  const socket = connect(server.port, '127.0.0.1').setEncoding('latin1')
  t.after(() => {
    socket.destroy()
  })
  // A server that answers early may also hang up while the rest is still on its way.
  socket.on('error', () => {})
  let said = ''
  socket.on('data', (chunk: string) => (said += chunk))
  const end = new Promise<string>((done) => {
    socket.once('close', () => {
      done(said)
    })
  })
  const until = (pattern: RegExp) =>
    new Promise<string>((done, fail) => {
      const look = () => {
        if (pattern.test(said)) done(said)
      }
      socket.on('data', look)
      socket.once('close', () => {
        fail(new Error(`hung up after: ${said}`))
      })
      look()
    })
  return { socket, until, end }
}

async function assertStillServing(): Promise<void> {
  assert.equal((await new HttpClient(server.url).get('/readyz')).status, 200)
}

/* Only the beginning is ever sent: whoever waited for the rest would wait for ever. */
for (const [how, head, body] of [
  ['with its length told', `content-length: ${10 * MEGABYTE.length}\r\n\r\n`, 'x'.repeat(1_000)],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n', `8000\r\n${'x'.repeat(0x8000)}\r\n`],
] as const) {
  test(`a body of 10 MB ${how} is answered 413 before it has arrived`, async (t) => {
    const { socket, until } = dial(t)
    socket.write(POST + head + body)
    const said = await until(/\r\n\r\n\{.*\}/s)
    assert.match(said, /^HTTP\/1\.1 413 /)
    assert.match(said, /"code":"BODY_TOO_LARGE"/)
    await assertStillServing()
  })
}

test('a client that sends all of its 10 MB gets its answer too', async () => {
  const answer = await new HttpClient(server.url)
    .post('/api/login', { login: MEGABYTE.repeat(10), password: 'x' })
    .catch(() => undefined)
  // Where the connection was closed before fetch had read the answer there is none to judge.
  if (answer) assert.equal(answer.status, 413)
  await assertStillServing()
})

test('bodies that stall hold nobody else up', async (t) => {
  for (let nth = 0; nth < 50; nth++) {
    dial(t).socket.write(`${POST}content-length: 1000\r\n\r\n{"login": "`)
  }
  for (let nth = 0; nth < 20; nth++) dial(t).socket.write('POST /api/login HTTP/1.1\r\nhost: ')
  await assertStillServing()
  const login = { login: 'nobody@example.com', password: 'not that password' }
  assert.equal((await new HttpClient(server.url).post('/api/login', login)).status, 401)
})

test('a body that breaks off is no error of ours', async (t) => {
  const { socket } = dial(t)
  socket.write(`${POST}content-length: 1000\r\n\r\n{"login": "`)
  await assertStillServing()
  socket.destroy()
  await assertStillServing()
})

const GARBAGE: readonly (readonly [what: string, bytes: string])[] = [
  ['no HTTP at all', 'hello\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['NUL bytes', '\0'.repeat(64)],
  ['a header without end', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['two lengths', `${POST}content-length: 2\r\ncontent-length: 3\r\n\r\n{}x`],
  [
    'a length and chunks',
    `${POST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a negative length', `${POST}content-length: -1\r\n\r\n`],
  ['a chunk of no size', `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
  ['a line break in a header', 'GET / HTTP/1.1\r\nhost: local\nhost\r\nx\x00: y\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a host that is none', 'GET / HTTP/1.1\r\nhost: a b/c@d\r\nconnection: close\r\n\r\n'],
  [
    'an address that is none',
    'GET http://[ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
  ],
  ['an unknown version', 'GET / HTTP/9.9\r\nhost: localhost\r\n\r\n'],
]

for (const [what, bytes] of GARBAGE) {
  test(`${what} on the wire is refused, and the server goes on`, async (t) => {
    const { socket, end } = dial(t)
    socket.end(Buffer.from(bytes, 'latin1'))
    const said = await end
    assert.match(said, /^(HTTP\/1\.1 4\d\d |$)/)
    assert.doesNotMatch(said, /\n\s+at |node_modules|Error:/)
    await assertStillServing()
  })
}

test('odd addresses are 404 or a refusal, and none of them leads astray', async (t) => {
  for (const path of [
    '//evil.example/',
    '/..%2f..%2fetc%2fpasswd',
    '/assets/../../package.json',
    '/%00',
    '/%ff',
    '/%',
    `/${'x'.repeat(8_000)}`,
    '/api/authenticators/%2e%2e/qr.png',
  ]) {
    const { socket, until } = dial(t)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
    const said = await until(/^HTTP\/1\.1 \d+ [^]*\r\n\r\n/)
    assert.match(said, /^HTTP\/1\.1 4\d\d /, path)
    assert.doesNotMatch(said, /location:/i, path)
  }
})

test('nothing of all this was an error of ours', async () => {
  // Once it has ended nothing is still on its way to the log.
  assert.equal(await server.stop(), 0)
  const lines = server.stdout().split('\n')
  assert.deepEqual(
    lines.filter((line) => /"status":5\d\d/.test(line)),
    [],
  )
  assert.doesNotMatch(server.stderr(), /\n\s+at /)
})
