/** Who is asking: the socket's address, unless a proxy that the operator named says otherwise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enrolledPerson, openApp, ticketOf, wrongCode } from './support.ts'

type Row = readonly [
  what: string,
  trusted: readonly string[],
  socket: string,
  forwarded: string | undefined,
  source: string,
]

const TABLE: readonly Row[] = [
  ['no proxy', [], '203.0.113.9', undefined, '203.0.113.9'],
  ['a header from a stranger', [], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a header from beside the proxy', ['10.0.0.1'], '10.0.0.2', '198.51.100.1', '10.0.0.2'],
  ['one proxy', ['10.0.0.1'], '10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['a block', ['10.0.0.0/8'], '10.9.9.9', '198.51.100.1', '198.51.100.1'],
  ['just outside of the block', ['10.0.0.0/8'], '11.0.0.1', '198.51.100.1', '11.0.0.1'],
  ['a proxy without the header', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
  [
    'what the client wrote before its own address',
    ['10.0.0.1'],
    '10.0.0.1',
    '1.1.1.1, 198.51.100.1',
    '198.51.100.1',
  ],
  [
    'a chain of two proxies',
    ['10.0.0.1', '10.0.0.2'],
    '10.0.0.1',
    '1.1.1.1, 198.51.100.1, 10.0.0.2',
    '198.51.100.1',
  ],
  [
    'a chain whose middle is a stranger',
    ['10.0.0.1'],
    '10.0.0.1',
    '198.51.100.1, 10.0.0.2',
    '10.0.0.2',
  ],
  ['nothing but proxies', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
  ['no address in the header', ['10.0.0.1'], '10.0.0.1', 'unknown', '10.0.0.1'],
  ['half an address', ['10.0.0.1'], '10.0.0.1', '198.51.100', '10.0.0.1'],
  ['a script for an address', ['10.0.0.1'], '10.0.0.1', '<b>', '10.0.0.1'],
  ['spaces', ['10.0.0.1'], '10.0.0.1', '  198.51.100.1  ', '198.51.100.1'],
  ['IPv4 in IPv6 on the socket', ['10.0.0.1'], '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['IPv4 in IPv6 from a stranger', [], '::ffff:203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['IPv6', ['2001:db8::1'], '2001:db8::1', '2001:db8:1::5', '2001:db8:1::5'],
  [
    'IPv6 written another way',
    ['2001:db8::1'],
    '2001:db8:0:0:0:0:0:1',
    '198.51.100.1',
    '198.51.100.1',
  ],
  ['an IPv6 block', ['fd00::/8'], 'fd12::7', '2001:db8::5', '2001:db8::5'],
  ['outside of the IPv6 block', ['fd00::/8'], 'fe80::7', '2001:db8::5', 'fe80::7'],
]

for (const [what, trustedProxies, remoteAddress, forwarded, source] of TABLE) {
  test(`X-Forwarded-For, ${what} [R17]`, async (t) => {
    const { visitor, lines } = openApp(t, { trustedProxies })
    const headers: Record<string, string> = forwarded ? { 'x-forwarded-for': forwarded } : {}
    await visitor().get('/healthz', { remoteAddress, headers })
    assert.equal(lines.at(-1)?.source, source)
  })
}

/* Per-address limits invite an attacker to send a new address with every guess. */
test('rotating X-Forwarded-For gains no tries [R17]', async (t) => {
  const limits = { codeFailuresBeforeWait: 100 }
  const { visitor, clock } = openApp(t, { trustedProxies: ['192.0.2.0/24'], limits })
  const person = await enrolledPerson(visitor(), clock)
  const code = wrongCode(person.phone)
  const answers: (string | undefined)[] = []
  for (let nth = 0; nth < 14; nth++) {
    const forwarded = { 'x-forwarded-for': `198.51.100.${nth}` }
    const ticket = await ticketOf(visitor(), person)
    const answer = await visitor().post('/api/login/code', { ticket, code }, forwarded)
    answers.push(answer.code)
  }
  const refused = Array.from({ length: 10 }, () => 'CODE_REFUSED')
  const closed = Array.from({ length: 4 }, () => 'TOO_MANY_ATTEMPTS')
  assert.deepEqual(answers, [...refused, ...closed])
})

test('the list of sessions and the events show the address that was believed [R43]', async (t) => {
  const { visitor, clock } = openApp(t)
  const someone = visitor()
  await enrolledPerson(someone, clock)
  const spoofed = { 'x-forwarded-for': '198.51.100.1' }
  const listed = await someone.get('/api/sessions', { headers: spoofed })
  const { sessions } = listed.json<{ sessions: { source: string }[] }>()
  assert.deepEqual(
    sessions.map(({ source }) => source),
    ['192.0.2.10'],
  )
  const { events } = (await someone.get('/api/events')).json<{
    events: { at: string; kind: string; result: string; source: string }[]
  }>()
  assert.ok(events.length >= 3)
  for (const { at, source } of events) {
    assert.equal(source, '192.0.2.10')
    assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  }
})
