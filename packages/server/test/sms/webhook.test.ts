/** SMS by the operator's own program: what it is sent, and how it knows that it came from us. */
import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { webhookSms } from '../../src/sms/webhook.ts'
import { message, reply, SITE, smsServer } from './server.ts'
import type { Asked } from './server.ts'

const NOW = 1_790_000_170
const SECRET = 'a-secret-of-32-characters-or-more'
const KEY = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')

async function hookTo(t: TestContext, answer: Parameters<typeof smsServer>[1], secret = SECRET) {
  const { asked, url } = await smsServer(t, answer)
  const send = webhookSms({
    ...SITE,
    webhookUrl: url,
    secret,
    nowSeconds: () => NOW,
    mostMilliseconds: 500,
  })
  return { asked, send }
}

/** As a receiver does it, from the specification alone. */
function isOurs({ headers, body }: Asked, key: Buffer): boolean {
  const id = String(headers['webhook-id'])
  const timestamp = String(headers['webhook-timestamp'])
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice(3), 'base64'))
    .some((one) => one.length === mac.length && timingSafeEqual(one, mac))
}

test('it is told id, number and text, under a signature of its own secret', async (t) => {
  for (const [secret, key] of [
    [SECRET, Buffer.from(SECRET)],
    [`whsec_${KEY.toString('base64')}`, KEY],
  ] as const) {
    const { asked, send } = await hookTo(t, reply(204), secret)
    assert.equal(await send(message()), 'sent')
    const [request] = asked
    assert.ok(request)
    assert.equal(request.headers['content-type'], 'application/json')
    assert.equal(request.headers['webhook-id'], 'message-1')
    assert.equal(request.headers['webhook-timestamp'], String(NOW))
    const { id, to, text, ...more } = JSON.parse(request.body) as Record<string, string>
    assert.deepEqual([id, to, more], ['message-1', '+4915112345678', {}])
    assert.match(text ?? '', /^492039 is your code/)
    assert.equal(isOurs(request, key), true)
  }
})

test('whoever changes the number, the time or the secret is found out', async (t) => {
  const { asked, send } = await hookTo(t, reply(204))
  await send(message())
  const [request] = asked
  assert.ok(request)
  const key = Buffer.from(SECRET)
  assert.equal(isOurs(request, Buffer.from('another-secret-of-32-characters!!')), false)
  const body = request.body.replace('4915112345678', '4915187654321')
  assert.equal(isOurs({ ...request, body }, key), false)
  const headers = { ...request.headers, 'webhook-timestamp': String(NOW + 1) }
  assert.equal(isOurs({ ...request, headers }, key), false)
})

/* The worked example of the Standard Webhooks specification. */
test('the signature is that of the specification’s own example', () => {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  const body = '{"test": 2432232314}'
  const mac = createHmac('sha256', KEY).update(`${id}.1614265330.${body}`).digest('base64')
  assert.equal(mac, 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('each answer has its meaning', async (t) => {
  const answers: [status: number, outcome: string][] = [
    [200, 'sent'],
    [202, 'sent'],
    [400, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
    [422, 'refused'],
    [301, 'again'],
    [401, 'again'],
    [403, 'again'],
    [408, 'again'],
    [500, 'again'],
    [503, 'again'],
  ]
  for (const [status, outcome] of answers) {
    const { asked, send } = await hookTo(t, reply(status, {}, { location: '/elsewhere' }))
    assert.equal(await send(message()).catch(() => 'again'), outcome, String(status))
    assert.equal(asked.length, 1)
  }
})

test('who is told to wait says for how long; who is not answered gives up in time', async (t) => {
  const busy = await hookTo(t, reply(429, {}, { 'retry-after': '120' }))
  await assert.rejects(busy.send(message()), { name: 'SmsProblem', retryAfterSeconds: 120 })
  const silent = await hookTo(t, () => {})
  await assert.rejects(silent.send(message()), { name: 'SmsProblem', code: 'ETIMEDOUT' })
})
