/** Where people are reached: who may change it, what it takes, and who is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Channel, Engine, EngineOptions } from '@halfminute/engine'
import { client, failsWith, hasSession, openEngine, signedUpPerson, signIn } from './support.ts'
import { EMAIL, NUMBER, openPostOffice, otherThan } from './post-office.ts'

const NEW = 'ada@new.example.com'

async function scene(t: TestContext, options: Omit<Partial<EngineOptions>, 'keyring'> = {}) {
  const office = openPostOffice(t, options)
  const ada = await signedUpPerson(office)
  await office.arrived()
  const bearer = { token: ada.token, client }
  const { self } = office.engine
  return { ...office, ada, bearer, self, office }
}

type Scene = Awaited<ReturnType<typeof scene>>

/** Asks for a code at the address and gives it back. */
async function confirm(here: Scene, channel: Channel, address: string, bearer = here.bearer) {
  assert.equal((await here.self.setContact({ ...bearer, channel, address })).status, 'sent')
  const code = await here.codeBy(channel)
  return here.self.confirmContact({ ...bearer, channel, code })
}

async function addresses(engine: Engine, accountId: string) {
  const all = await engine.contacts.list({ accountId })
  return all.map(({ channel, address, confirmedAt }) => [channel, address, confirmedAt !== null])
}

test('the address that is the login is confirmed by a code that is sent there', async (t) => {
  const here = await scene(t)
  assert.deepEqual(await addresses(here.engine, here.ada.accountId), [['email', EMAIL, false]])
  assert.deepEqual(await confirm(here, 'email', EMAIL), { ok: true })
  assert.deepEqual(await addresses(here.engine, here.ada.accountId), [['email', EMAIL, true]])
})

test('a new address counts only when it is confirmed; until then the old one does', async (t) => {
  const here = await scene(t)
  const { self, bearer, codeBy, messages, clock } = here
  await self.setContact({ ...bearer, channel: 'email', address: NEW })
  const code = await codeBy('email')
  assert.equal(messages.at(-1)?.recipient, NEW)
  const expiresAt = clock.nowSeconds() + 600
  assert.deepEqual(await self.contacts(bearer), [
    { channel: 'email', address: EMAIL, confirmedAt: null, pending: { address: NEW, expiresAt } },
    { channel: 'sms', address: null, confirmedAt: null, pending: null },
  ])
  await self.confirmContact({ ...bearer, channel: 'email', code })
  const [email] = await self.contacts(bearer)
  assert.deepEqual(email, {
    channel: 'email',
    address: NEW,
    confirmedAt: clock.nowSeconds(),
    pending: null,
  })
})

test('the old address is told of the change, to itself [R36]', async (t) => {
  const here = await scene(t)
  await confirm(here, 'email', NEW)
  const told = await here.arrived()
  assert.deepEqual(
    told.map(({ kind, recipient, data }) => [kind, recipient, data['about']]),
    [['contact-changed', EMAIL, 'email']],
  )
})

test('a new number is told by mail, another one at the old number as well [R36]', async (t) => {
  const here = await scene(t)
  await confirm(here, 'sms', NUMBER)
  const told = async () => {
    const all = await here.arrived()
    return all.map(({ kind, recipient }) => [kind, recipient].join(' ')).toSorted()
  }
  assert.deepEqual(await told(), [`contact-confirmed ${EMAIL}`])
  await confirm(here, 'sms', '+4915187654321')
  assert.deepEqual(
    await told(),
    [`contact-changed ${NUMBER}`, `contact-changed ${EMAIL}`].toSorted(),
  )
  await here.self.removeContact({ ...here.bearer, channel: 'sms' })
  assert.deepEqual(
    await told(),
    [`contact-removed +4915187654321`, `contact-removed ${EMAIL}`].toSorted(),
  )
})

test('a removed address is told, and nothing is sent there any more [R36]', async (t) => {
  const here = await scene(t)
  await confirm(here, 'email', EMAIL)
  await here.arrived()
  await here.self.removeContact({ ...here.bearer, channel: 'email' })
  assert.deepEqual(
    (await here.arrived()).map(({ kind, recipient }) => [kind, recipient]),
    [['contact-removed', EMAIL]],
  )
  await here.self.replaceRecoveryCodes(here.bearer)
  assert.deepEqual(await here.arrived(), [])
  const again = here.self.removeContact({ ...here.bearer, channel: 'email' })
  await assert.rejects(again, failsWith('CONTACT_UNKNOWN'))
})

/* Whoever can change the address can have codes sent there; so it is a change of factor. */
test('a change of address ends the other sessions and keeps its own [R34]', async (t) => {
  const here = await scene(t)
  const other = await signIn(here, here.ada)
  await confirm(here, 'sms', NUMBER)
  assert.equal(await hasSession(here.engine, other), false)
  assert.equal(await hasSession(here.engine, here.ada.token), true)
  const another = await signIn(here, here.ada)
  // The first session signed in too long ago by now; the other one is fresh.
  await here.self.removeContact({ token: another, client, channel: 'sms' })
  assert.equal(await hasSession(here.engine, here.ada.token), false)
})

test('the code serves the session that asked for it, and no other', async (t) => {
  const here = await scene(t)
  const other = { token: await signIn(here, here.ada), client }
  await here.self.setContact({ ...here.bearer, channel: 'email', address: NEW })
  const code = await here.codeBy('email')
  const elsewhere = await here.self.confirmContact({ ...other, channel: 'email', code })
  assert.deepEqual(elsewhere, { ok: false, code: 'CODE_REFUSED' })
  const crossed = await here.self.confirmContact({ ...here.bearer, channel: 'sms', code })
  assert.deepEqual(crossed, { ok: false, code: 'CODE_REFUSED' })
  const own = await here.self.confirmContact({ ...here.bearer, channel: 'email', code })
  assert.deepEqual(own, { ok: true })
})

test('it works once, for ten minutes, and only until another one is sent', async (t) => {
  const here = await scene(t, { limits: { freshSeconds: 3_600 } })
  const ask = () => here.self.setContact({ ...here.bearer, channel: 'email', address: NEW })
  const give = (code: string) =>
    here.self.confirmContact({ ...here.bearer, channel: 'email', code })
  const refused = { ok: false, code: 'CODE_REFUSED' }
  await ask()
  const old = await here.codeBy('email')
  here.clock.wait(600)
  assert.deepEqual(await give(old), refused)
  await ask()
  const voided = await here.codeBy('email')
  await ask()
  const code = await here.codeBy('email')
  if (voided !== code) assert.deepEqual(await give(voided), refused)
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => give(code)))
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
  assert.deepEqual(await give(code), refused)
})

/* Somebody else's address must not be claimed by trying all codes. */
test('guesses at the code of an address are counted for the day, and resending gives none back [R14]', async (t) => {
  const here = await scene(t, { limits: { freshSeconds: 100_000 } })
  const { self, bearer, clock } = here
  let looked = 0
  for (let nth = 0; nth < 40; nth++) {
    if (nth % 5 === 0) await self.setContact({ ...bearer, channel: 'email', address: NEW })
    const code = otherThan(await here.codeBy('email'))
    const outcome = await self.confirmContact({ ...bearer, channel: 'email', code })
    assert.ok(!outcome.ok)
    if (outcome.code === 'CODE_REFUSED') looked++
    clock.wait(60)
  }
  assert.equal(looked, 20)
  const code = await here.codeBy('email')
  const right = await self.confirmContact({ ...bearer, channel: 'email', code })
  assert.equal(!right.ok && right.code, 'TOO_MANY_ATTEMPTS')
  assert.ok(!right.ok && (right.retryAfterSeconds ?? 0) > 3_600)
})

test('codes for an address count among those that are sent there [R21]', async (t) => {
  const here = await scene(t)
  const ask = (nth: number) =>
    here.self.setContact({ ...here.bearer, channel: 'sms', address: `+49151000000${nth}` })
  const outcomes = []
  for (let nth = 0; nth < 5; nth++) outcomes.push((await ask(nth)).status)
  assert.deepEqual(outcomes, ['sent', 'sent', 'sent', 'refused', 'refused'])
})

test('what can be no address is refused, and nothing is sent', async (t) => {
  const { self, bearer, engine } = await scene(t)
  const bad: Record<Channel, readonly string[]> = {
    email: [
      '',
      'ada',
      'ada@',
      '@example.com',
      'a b@example.com',
      'ada@example',
      `${'a'.repeat(250)}@b.example`,
    ],
    sms: [
      '',
      '0151 123456',
      '+0151123456',
      '+49',
      '+49 abc',
      '+1234567890123456',
      'ada@example.com',
    ],
  }
  bad.email = [
    ...bad.email,
    'ada@example.com\r\nBcc: eve@example.com',
    'ada\u0000@example.com',
    'a@b.example, c@d.example',
  ]
  for (const channel of ['email', 'sms'] as const) {
    for (const address of bad[channel]) {
      const asked = self.setContact({ ...bearer, channel, address })
      await assert.rejects(asked, failsWith('CONTACT_INVALID'), address)
    }
  }
  assert.equal((await engine.outbox.waiting()).count, 0)
})

test('a number is kept as E.164 however it is typed', async (t) => {
  const here = await scene(t)
  await confirm(here, 'sms', ' +49 (1511) 234-5678 ')
  assert.deepEqual((await addresses(here.engine, here.ada.accountId)).at(-1), ['sms', NUMBER, true])
})

test('where nothing sends on a way, no address is taken for it', async (t) => {
  const here = await scene(t, { notify: { email: () => Promise.resolve('sent') }, sentCodes: {} })
  const asked = await here.self.setContact({ ...here.bearer, channel: 'sms', address: NUMBER })
  assert.deepEqual(asked, { status: 'refused', code: 'METHOD_UNAVAILABLE' })
  const views = await here.self.contacts(here.bearer)
  assert.deepEqual(
    views.map(({ channel }) => channel),
    ['email'],
  )
})

test('an app says what it knows: the address counts at once, the old one is told', async (t) => {
  const office = openPostOffice(t)
  const { engine } = office
  const accountId = 'app-user-1'
  await engine.contacts.set({ accountId, channel: 'email', address: EMAIL, confirmed: true })
  await office.arrived()
  await engine.contacts.set({ accountId, channel: 'email', address: NEW, confirmed: true })
  assert.deepEqual(await addresses(engine, accountId), [['email', NEW, true]])
  const told = await office.arrived()
  assert.deepEqual(
    told.map(({ kind, recipient }) => [kind, recipient]),
    [['contact-changed', EMAIL]],
  )
  await engine.contacts.remove({ accountId, channel: 'email' })
  assert.deepEqual(await addresses(engine, accountId), [])
  const kinds = (await engine.events({ accountId })).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['contact.removed', 'contact.changed', 'contact.confirmed'])
  await assert.rejects(
    engine.contacts.remove({ accountId, channel: 'email' }),
    failsWith('CONTACT_UNKNOWN'),
  )
})

test('an app that does not answer for an address cannot set it', async (t) => {
  const { engine } = openEngine(t)
  for (const confirmed of [false, undefined, 'true', 1]) {
    const contact = { accountId: 'app-1', channel: 'email', address: EMAIL, confirmed }
    const set = engine.contacts.set(contact as Parameters<Engine['contacts']['set']>[0])
    await assert.rejects(set, { name: 'RangeError', message: 'confirmed: expected true' })
  }
  assert.deepEqual(await engine.contacts.list({ accountId: 'app-1' }), [])
})

test('parallel changes by an app end as one of them, whole', async (t) => {
  const { engine } = openEngine(t)
  const accountId = 'app-user-1'
  const set = (nth: number) =>
    engine.contacts.set({
      accountId,
      channel: 'email',
      address: `a${nth}@b.example`,
      confirmed: true,
    })
  await Promise.all(Array.from({ length: 20 }, (_, nth) => set(nth)))
  const [only, ...more] = await addresses(engine, accountId)
  assert.match(String(only?.[1]), /^a\d+@b\.example$/)
  assert.deepEqual(more, [])
})

/** Accounts cost nothing, and each SMS costs the operator money and its receiver their peace. */
test('many accounts send one number no more than one account does, and one network has an end [R21]', async (t) => {
  const office = openPostOffice(t)
  const { self } = office.engine
  const victim = '+4930123456'
  let sent = 0
  const ask = async (nth: number, address: string, source: string) => {
    const person = await signedUpPerson(office, `eve${nth}@example.com`)
    const from = { token: person.token, client: { ...client, source } }
    const outcome = await self.setContact({ ...from, channel: 'sms', address })
    if (outcome.status === 'sent') sent++
  }
  for (let nth = 0; nth < 6; nth++) await ask(nth, victim, `198.51.100.${nth}`)
  assert.equal(sent, 3)
  for (let nth = 10; nth < 40; nth++) await ask(nth, `+49301234${nth}`, '203.0.113.7')
  assert.equal(sent, 3 + 25)
})
