/** Signing in with a code by mail or SMS: who is sent one, what it opens, and how often. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createEngine, systemRandom } from '@halfminute/engine'
import type { Channel, EngineOptions, Limits } from '@halfminute/engine'
import {
  client,
  openEngine,
  signedUpPerson,
  signIn,
  ticketOf,
  tokenIn,
  wrongCode,
} from './support.ts'
import {
  EMAIL,
  NUMBER,
  openPostOffice,
  otherThan,
  reachablePerson,
  sentCode,
} from './post-office.ts'

const CHANNELS: readonly Channel[] = ['email', 'sms']

async function scene(t: TestContext, limits: Partial<Limits> = {}) {
  const office = openPostOffice(t, { limits })
  const ada = await reachablePerson(office)
  return { office, ada, ...office }
}

for (const method of CHANNELS) {
  test(`a code by ${method} signs in, once [R21]`, async (t) => {
    const { office, ada, engine } = await scene(t)
    const sent = await sentCode(office, ada, method)
    assert.match(sent.code, /^[0-9]{6}$/)
    assert.equal(office.messages.at(-1)?.recipient, method === 'email' ? EMAIL : NUMBER)
    const first = await engine.login.code(sent)
    assert.ok(first.status === 'signed_in')
    assert.equal(first.session.aal, 2)
    const again = await engine.login.code(sent)
    assert.deepEqual(again, { status: 'refused', code: 'TICKET_REFUSED' })
    const ticket = await ticketOf(engine, ada)
    const elsewhere = await engine.login.code({ ...sent, ticket })
    assert.deepEqual(elsewhere, { status: 'refused', code: 'CODE_REFUSED' })
  })

  test(`twenty parallel uses of a code by ${method} make one session [R21]`, async (t) => {
    const { office, ada, engine } = await scene(t, {
      triesPerTicket: 20,
      codeFailuresBeforeWait: 100,
    })
    const sent = await sentCode(office, ada, method)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => engine.login.code(sent)))
    assert.equal(outcomes.filter(({ status }) => status === 'signed_in').length, 1)
  })

  test(`a code by ${method} opens no sign-in but the one that asked for it [R21]`, async (t) => {
    const { office, ada, engine } = await scene(t)
    const sent = await sentCode(office, ada, method)
    const ticket = await ticketOf(engine, ada)
    const other = await engine.login.code({ ...sent, ticket })
    assert.deepEqual(other, { status: 'refused', code: 'CODE_REFUSED' })
    const otherWay = method === 'email' ? ('sms' as const) : ('email' as const)
    const crossed = await engine.login.code({ ...sent, method: otherWay })
    assert.deepEqual(crossed, { status: 'refused', code: 'CODE_REFUSED' })
    assert.equal((await engine.login.code(sent)).status, 'signed_in')
  })

  test(`a code by ${method} is good for ten minutes, and its ticket lasts as long [R21]`, async (t) => {
    const { office, ada, engine, clock } = await scene(t)
    const first = await sentCode(office, ada, method)
    clock.wait(599)
    assert.equal((await engine.login.code(first)).status, 'signed_in')
    const second = await sentCode(office, ada, method)
    clock.wait(600)
    assert.equal((await engine.login.code(second)).status, 'refused')
  })

  test(`another code by ${method} voids the one before it [R21]`, async (t) => {
    const { office, ada, engine } = await scene(t)
    const old = await sentCode(office, ada, method)
    assert.equal((await engine.login.send(old)).status, 'sent')
    const code = await office.codeBy(method)
    const { ticket } = old
    if (code !== old.code) {
      const refused = await engine.login.code(old)
      assert.deepEqual(refused, { status: 'refused', code: 'CODE_REFUSED' })
    }
    assert.equal((await engine.login.code({ ...old, ticket, code })).status, 'signed_in')
  })

  test(`a hundred codes by ${method} are refused long before [R21]`, async (t) => {
    const { ada, engine, clock, arrived } = await scene(t)
    let sent = 0
    let delivered = 0
    const waits: number[] = []
    for (let nth = 0; nth < 100; nth++) {
      const ticket = await ticketOf(engine, ada)
      const outcome = await engine.login.send({ ticket, method, ...client })
      if (outcome.status === 'sent') sent++
      else {
        assert.equal(outcome.code, 'TOO_MANY_ATTEMPTS')
        waits.push(outcome.retryAfterSeconds ?? 0)
      }
      delivered += (await arrived()).length
      clock.wait(60)
    }
    const perDay = method === 'email' ? 20 : 5
    assert.deepEqual([sent, delivered], [perDay, perDay])
    assert.ok(waits.every((wait) => wait > 0))
  })

  test(`one sign-in is sent three codes by ${method} and no more [R21]`, async (t) => {
    const limits = { smsCodesPerQuarter: 100, emailCodesPerQuarter: 100, smsCodesPerDay: 100 }
    const { ada, engine } = await scene(t, limits)
    const ticket = await ticketOf(engine, ada)
    const send = () => engine.login.send({ ticket, method, ...client })
    const outcomes = await Promise.all(Array.from({ length: 20 }, send))
    assert.equal(outcomes.filter(({ status }) => status === 'sent').length, 3)
    const refused = await send()
    assert.deepEqual(refused, {
      status: 'refused',
      code: 'TOO_MANY_ATTEMPTS',
      retryAfterSeconds: 600,
    })
  })

  test(`parallel sends by ${method} are never more than the account may have [R21]`, async (t) => {
    const { ada, engine } = await scene(t)
    const tickets = await Promise.all(Array.from({ length: 20 }, () => ticketOf(engine, ada)))
    const outcomes = await Promise.all(
      tickets.map((ticket) => engine.login.send({ ticket, method, ...client })),
    )
    const most = method === 'email' ? 5 : 3
    assert.equal(outcomes.filter(({ status }) => status === 'sent').length, most)
  })
}

test('asking again gives no try back, neither on the ticket nor in the pool [R21] [R14]', async (t) => {
  const { office, ada, engine } = await scene(t, {
    codeFailuresBeforeWait: 100,
    codeFailuresPerDay: 7,
  })
  const guess = async (ticket: string) => {
    const code = otherThan(await office.codeBy('email'))
    return engine.login.code({ ticket, method: 'email', code, ...client })
  }
  const first = await sentCode(office, ada, 'email')
  for (let nth = 0; nth < 5; nth++) {
    if (nth === 2 || nth === 4) await engine.login.send(first)
    assert.equal((await guess(first.ticket)).status, 'refused')
  }
  // The ticket's five tries are used up, and the right code of the last send comes too late.
  const right = { ...first, code: await office.codeBy('email') }
  assert.deepEqual(await engine.login.code(right), { status: 'refused', code: 'TICKET_REFUSED' })
  const second = await sentCode(office, ada, 'email')
  await guess(second.ticket)
  await guess(second.ticket)
  const closed = await engine.login.code({ ...second, code: await office.codeBy('email') })
  assert.ok(closed.status === 'refused')
  assert.equal(closed.code, 'TOO_MANY_ATTEMPTS')
})

test('codes of all kinds share one budget [R14]', async (t) => {
  const { office, ada, engine } = await scene(t, {
    codeFailuresBeforeWait: 100,
    codeFailuresPerDay: 2,
  })
  const byMail = await sentCode(office, ada, 'email')
  await engine.login.code({ ...byMail, code: otherThan(byMail.code) })
  await engine.login.code({ ...byMail, method: 'totp', code: wrongCode(ada.phone) })
  for (const attempt of [byMail, { ...byMail, method: 'totp' as const, code: ada.phone.code(1) }]) {
    const outcome = await engine.login.code(attempt)
    assert.equal(outcome.status === 'refused' && outcome.code, 'TOO_MANY_ATTEMPTS')
  }
})

test('a right code gives its try back', async (t) => {
  const { office, ada, engine } = await scene(t, { codeFailuresPerDay: 1 })
  for (let nth = 0; nth < 3; nth++) {
    const sent = await sentCode(office, ada, 'email')
    assert.equal((await engine.login.code(sent)).status, 'signed_in')
  }
})

test('a wrong sent code is no failure of an authenticator [R13]', async (t) => {
  const { office, ada, engine, store, clock } = await scene(t)
  const sent = await sentCode(office, ada, 'email')
  await engine.login.code({ ...sent, code: otherThan(sent.code) })
  const [phone] = await store.authenticators(ada.accountId, clock.nowSeconds())
  assert.equal(phone?.consecutiveFailures, 0)
})

test('what is no code of six digits costs no try [R11]', async (t) => {
  const { office, ada, engine } = await scene(t, { triesPerTicket: 1 })
  const sent = await sentCode(office, ada, 'sms')
  for (const code of ['12345', '1234567', '12345678', 'abcdef', '', 123456, null, [sent.code]]) {
    const outcome = await engine.login.code({ ...sent, code })
    assert.deepEqual(outcome, { status: 'refused', code: 'CODE_MALFORMED' })
  }
  const typed = `${sent.code.slice(0, 3)} ${sent.code.slice(3)}`
  assert.equal((await engine.login.code({ ...sent, code: typed })).status, 'signed_in')
})

test('a code that was sent waits for its ticket’s own browser [R21]', async (t) => {
  const { ada, engine } = await scene(t)
  const ticket = await ticketOf(engine, ada)
  const stranger = { ticket, method: 'email', source: client.source, userAgent: 'Other/1' } as const
  const refused = { status: 'refused', code: 'TICKET_REFUSED' }
  assert.deepEqual(await engine.login.send(stranger), refused)
  for (const wrong of [undefined, null, '', 'x', `${'A'.repeat(43)}.${ada.accountId}`]) {
    assert.deepEqual(
      await engine.login.send({ ticket: wrong, method: 'email', ...client }),
      refused,
    )
  }
  assert.equal((await engine.outbox.waiting()).count, 0)
})

test('a send does not outlive the sign-in, nor make it last beyond a quarter of an hour', async (t) => {
  const { ada, engine, clock } = await scene(t)
  const send = (ticket: string) => engine.login.send({ ticket, method: 'email', ...client })
  const late = await ticketOf(engine, ada)
  clock.wait(300)
  assert.deepEqual(await send(late), { status: 'refused', code: 'TICKET_REFUSED' })
  const ticket = await ticketOf(engine, ada)
  const began = clock.nowSeconds()
  clock.wait(299)
  assert.equal((await send(ticket)).status, 'sent')
  clock.wait(599)
  assert.equal((await send(ticket)).status, 'sent')
  clock.wait(1)
  assert.equal((await engine.login.methods({ ticket, ...client })).length > 0, true)
  clock.wait(began + 900 - clock.nowSeconds())
  assert.deepEqual(await engine.login.methods({ ticket, ...client }), [])
})

test('an address that was changed meanwhile is worth nothing to the code sent there', async (t) => {
  const { office, ada, engine } = await scene(t)
  const sent = await sentCode(office, ada, 'email')
  const { accountId } = ada
  const change = {
    accountId,
    channel: 'email',
    address: 'new@example.com',
    confirmed: true,
  } as const
  await engine.contacts.set(change)
  assert.deepEqual(await engine.login.code(sent), { status: 'refused', code: 'CODE_REFUSED' })
})

test('SMS counts as something one has, mail does not; both are told in the session [R22] [R51]', async (t) => {
  const { office, ada, engine } = await scene(t)
  const amrOf = async (method: Channel) => {
    const outcome = await engine.login.code(await sentCode(office, ada, method))
    const session = await engine.self.session({ token: tokenIn(outcome), client })
    return [session.aal, ...session.amr]
  }
  assert.deepEqual(await amrOf('sms'), [2, 'pwd', 'sms', 'mfa'])
  assert.deepEqual(await amrOf('email'), [2, 'pwd', 'otp'])
})

test('whoever came back by mail may connect a new phone, as with a recovery code', async (t) => {
  const { office, ada, engine } = await scene(t)
  const token = tokenIn(await engine.login.code(await sentCode(office, ada, 'email')))
  const begun = await engine.self.enrol({ token, client, kind: 'totp', name: 'new phone' })
  assert.ok(begun.secret)
})

test('a code by mail that was used is told [R36]', async (t) => {
  const { office, ada, engine, arrived } = await scene(t)
  await engine.login.code(await sentCode(office, ada, 'email'))
  assert.deepEqual(
    (await arrived()).map(({ kind }) => kind),
    ['email-code-used'],
  )
})

test('sends and what comes of them are recorded, without the code [R43] [R44]', async (t) => {
  const { office, ada, engine } = await scene(t)
  const sent = await sentCode(office, ada, 'sms')
  await engine.login.code({ ...sent, code: otherThan(sent.code) })
  await engine.login.code(sent)
  const events = (await engine.events(ada)).slice(0, 3)
  assert.deepEqual(
    events.map(({ kind, result, factor, source }) => [kind, result, factor, source]),
    [
      ['sign-in', 'accepted', 'sms', '192.0.2.10'],
      ['code', 'refused', 'sms', '192.0.2.10'],
      ['code.sent', 'accepted', 'sms', '192.0.2.10'],
    ],
  )
  assert.ok(!JSON.stringify(events).includes(sent.code))
})

test('nothing is offered, sent or taken unless it is switched on [R22]', async (t) => {
  const office = openPostOffice(t, { sentCodes: {} })
  const ada = await reachablePerson(office)
  const { engine } = office
  const first = await engine.login.password({ login: ada.login, password: ada.password, ...client })
  assert.ok(first.status === 'second_factor')
  assert.deepEqual(first.methods, ['totp', 'recovery'])
  const { ticket } = first
  const off = { status: 'refused', code: 'METHOD_UNAVAILABLE' }
  for (const method of CHANNELS) {
    assert.deepEqual(await engine.login.send({ ticket, method, ...client }), off)
    const code = await engine.login.code({ ticket, method, code: '123456', ...client })
    assert.deepEqual(code, off)
  }
  assert.equal((await engine.outbox.waiting()).count, 0)
})

test('one way that is on leaves the other off [R22]', async (t) => {
  const office = openPostOffice(t, { sentCodes: { email: true } })
  const ada = await reachablePerson(office)
  const ticket = await ticketOf(office.engine, ada)
  const { login } = office.engine
  assert.deepEqual(await login.methods({ ticket, ...client }), ['totp', 'recovery', 'email'])
  const sms = await login.send({ ticket, method: 'sms', ...client })
  assert.deepEqual(sms, { status: 'refused', code: 'METHOD_UNAVAILABLE' })
})

test('only a confirmed address is offered or written to', async (t) => {
  const office = openPostOffice(t)
  const ada = await signedUpPerson(office)
  const { login } = office.engine
  const ticket = await ticketOf(office.engine, ada)
  assert.deepEqual(await login.methods({ ticket, ...client }), ['totp', 'recovery'])
  const outcome = await login.send({ ticket, method: 'email', ...client })
  assert.deepEqual(outcome, { status: 'refused', code: 'METHOD_UNAVAILABLE' })
})

test('a name for a way that there is not is refused', async (t) => {
  const { ada, engine } = await scene(t)
  const ticket = await ticketOf(engine, ada)
  for (const method of ['totp', 'post', 'toString', '__proto__', ''] as unknown as Channel[]) {
    const outcome = await engine.login.send({ ticket, method, ...client })
    assert.deepEqual(outcome, { status: 'refused', code: 'METHOD_UNAVAILABLE' })
  }
})

test('what is switched on without anything to send it with starts nothing [R22]', (t) => {
  const { store, keyring } = openEngine(t)
  const options: EngineOptions = { store, keyring, issuer: 'ACME' }
  for (const channel of CHANNELS) {
    assert.throws(() => createEngine({ ...options, sentCodes: { [channel]: true } }), {
      name: 'RangeError',
      message: `sentCodes.${channel}: expected notify.${channel} to send the codes with`,
    })
  }
})

test('no setting makes a code last longer than ten minutes [R21]', (t) => {
  const { store, keyring } = openEngine(t)
  const limits = { sentCodeSeconds: 601 }
  assert.throws(() => createEngine({ store, keyring, issuer: 'ACME', limits }), {
    name: 'RangeError',
    message: 'limits.sentCodeSeconds: expected a whole number of at most 600',
  })
})

test('a code that could not be sealed or stored was never asked for', async (t) => {
  const office = openPostOffice(t, { limits: { emailCodesPerQuarter: 1 } })
  const ada = await reachablePerson(office)
  const { store, keyring, clock } = office
  const failing = { ...store, sendCode: () => Promise.reject(new Error('the database is down')) }
  const notify = { email: () => Promise.resolve('sent' as const) }
  const sentCodes = { email: true }
  const broken = createEngine({ store: failing, keyring, issuer: 'ACME', clock, notify, sentCodes })
  const ticket = await ticketOf(office.engine, ada)
  const ask = { ticket, method: 'email', ...client } as const
  await assert.rejects(broken.login.send(ask), /the database is down/)
  assert.equal((await office.engine.login.send(ask)).status, 'sent')
})

/** Every code as likely as any other: a counter that counted bits alone would prefer small numbers. */
test('codes are spread evenly over all million [R21]', async (t) => {
  // Four bytes are drawn for the mark of the counted try, and then for the code.
  const draws = [0, 0xffff_ffff, 4_294_000_000, 4_293_999_999]
  let rigged = false
  const random = (length: number) => {
    if (length !== 4 || !rigged) return systemRandom(length)
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(draws.shift() ?? assert.fail('more was drawn than needed'))
    return new Uint8Array(bytes)
  }
  const office = openPostOffice(t, { random })
  const ada = await reachablePerson(office)
  const ticket = await ticketOf(office.engine, ada)
  rigged = true
  await office.engine.login.send({ ticket, method: 'email', ...client })
  assert.equal(await office.codeBy('email'), '999999')
})

test('a person with a code by SMS signs in as usual, phone and all, next time', async (t) => {
  const { office, ada, engine } = await scene(t)
  assert.equal((await engine.login.code(await sentCode(office, ada, 'sms'))).status, 'signed_in')
  assert.ok(await signIn(office, ada))
})

/** Somebody who has the password asks for codes until the account takes no more of that. */
test('who uses up the sends of an account leaves its known browser its own [R16] [R21]', async (t) => {
  const { ada, engine, clock } = await scene(t)
  clock.wait(30)
  const own = await ticketOf(engine, ada)
  const code = ada.phone.code()
  const known = await engine.login.code({ ticket: own, method: 'totp', code, ...client })
  assert.ok(known.status === 'signed_in' && known.device !== undefined)
  const send = async (from: { device?: string }) => {
    const ticket = await ticketOf(engine, ada, from)
    return (await engine.login.send({ ticket, method: 'sms', ...client, ...from })).status
  }
  for (let nth = 0; nth < 4; nth++) await send({})
  assert.equal(await send({}), 'refused')
  assert.equal(await send({ device: known.device }), 'sent')
})
