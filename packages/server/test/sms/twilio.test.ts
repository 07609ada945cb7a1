/** SMS by an API as Twilio has it: what is sent, and what each answer means. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { twilioSms } from '../../src/sms/twilio.ts'
import { message, reply, SITE, smsServer } from './server.ts'

const ACCESS = { user: 'AC1', password: 'hush-hush', from: '+15005550006' }

async function senderTo(
  t: TestContext,
  answer: Parameters<typeof smsServer>[1],
  from = ACCESS.from,
) {
  const { asked, url } = await smsServer(t, answer)
  const send = twilioSms({ ...SITE, ...ACCESS, from, smsUrl: url, mostMilliseconds: 500 })
  return { asked, send }
}

test('a code goes out as a form, with Basic authentication, to the number', async (t) => {
  const { asked, send } = await senderTo(t, reply(201, { sid: 'SM1', status: 'queued' }))
  assert.equal(await send(message()), 'sent')
  const [request] = asked
  assert.equal(request?.method, 'POST')
  assert.equal(request.url, '/2010-04-01/Accounts/AC1/Messages.json')
  assert.equal(
    request.headers.authorization,
    `Basic ${Buffer.from('AC1:hush-hush').toString('base64')}`,
  )
  const form = new URLSearchParams(request.body)
  assert.deepEqual([...form.keys()], ['To', 'From', 'Body'])
  assert.equal(form.get('To'), '+4915112345678')
  assert.equal(form.get('From'), '+15005550006')
  assert.match(form.get('Body') ?? '', /^492039 is your code to sign in at ACME\./)
})

test('a messaging service takes the place of a number', async (t) => {
  const service = `MG${'0a'.repeat(16)}`
  const { asked, send } = await senderTo(t, reply(201), service)
  await send(message())
  const form = new URLSearchParams(asked[0]?.body)
  assert.deepEqual([form.get('MessagingServiceSid'), form.get('From')], [service, null])
})

test('a number that can never be reached is given up, anything else of theirs is tried again', async (t) => {
  const answers: [status: number, code: number | undefined, outcome: string][] = [
    [400, 21_211, 'refused'],
    [400, 21_614, 'refused'],
    [400, 21_610, 'refused'],
    [400, 21_606, 'again'],
    [400, undefined, 'again'],
    [401, 20_003, 'again'],
    [403, 20_005, 'again'],
    [404, 20_404, 'again'],
    [500, undefined, 'again'],
    [503, undefined, 'again'],
    [302, undefined, 'again'],
  ]
  for (const [status, code, outcome] of answers) {
    const location = { location: 'http://127.0.0.1:9/elsewhere' }
    const { asked, send } = await senderTo(t, reply(status, { code }, location))
    const answer = await send(message()).catch(() => 'again')
    assert.equal(answer, outcome, `${status} ${code}`)
    assert.equal(asked.length, 1, 'no redirect is followed')
  }
})

test('who is told to wait says for how long', async (t) => {
  const { send } = await senderTo(t, reply(429, { code: 20_429 }, { 'retry-after': '77' }))
  await assert.rejects(send(message()), {
    name: 'SmsProblem',
    retryAfterSeconds: 77,
    responseCode: 429,
  })
})

test('an answer that never comes, and nobody there, are failures in time', async (t) => {
  const silent = await senderTo(t, () => {})
  await assert.rejects(silent.send(message()), { name: 'SmsProblem', code: 'ETIMEDOUT' })
  const slow = await senderTo(t, (response) => {
    response.writeHead(201, { 'content-type': 'application/json' })
    response.write('{')
  })
  await assert.rejects(slow.send(message()), { name: 'SmsProblem', code: 'ETIMEDOUT' })
  const nobody = twilioSms({ ...SITE, ...ACCESS, smsUrl: 'http://127.0.0.1:9/' })
  await assert.rejects(nobody(message()), { name: 'SmsProblem', code: /^(ECONNREFUSED|Error)$/ })
})

test('an answer that is no JSON, or has no end, is an answer all the same', async (t) => {
  const words = await senderTo(t, (response) => {
    response.writeHead(201).end('<html>fine</html>')
  })
  assert.equal(await words.send(message()), 'sent')
  const endless = await senderTo(t, (response) => {
    response.writeHead(400)
    for (let written = 0; written < 40; written++) response.write('x'.repeat(4_096))
  })
  await assert.rejects(endless.send(message()), { name: 'SmsProblem', responseCode: 400 })
})

test('no failure repeats the code, the number or the password [R44]', async (t) => {
  for (const status of [400, 401, 429, 500]) {
    const echo = { message: 'To +4915112345678, Body 492039, hush-hush' }
    const { send } = await senderTo(t, reply(status, echo))
    await send(message()).catch((error: unknown) => {
      const told = `${String(error)} ${(error as Error).stack} ${JSON.stringify(error)}`
      for (const secret of ['492039', '4915112345678', 'hush-hush']) {
        assert.equal(told.includes(secret), false, secret)
      }
    })
  }
})

test('what is not for SMS is not sent', async (t) => {
  const { asked, send } = await senderTo(t, reply(201))
  assert.equal(await send(message({ kind: 'password-reset-link' })), 'refused')
  assert.deepEqual(asked, [])
})
