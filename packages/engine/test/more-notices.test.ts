/** What is told of ways round the code, and how much noise a mailbox has to bear. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPostOffice, reachablePerson } from './post-office.ts'
import { client, PASSWORD, signedUpPerson, ticketOf, wrongCode } from './support.ts'

const kinds = (messages: readonly { kind: string }[]) => messages.map(({ kind }) => kind)

/* Whoever was at the person's browser for a minute can make the password enough there, for a month. */
test('that a browser is trusted is told, and that its token seems copied as well [R36]', async (t) => {
  const office = openPostOffice(t, { trustedBrowserDays: 30 })
  const ada = await reachablePerson(office)
  const { engine, clock } = office
  clock.wait(30)
  const ticket = await ticketOf(engine, ada)
  const code = ada.phone.code()
  const given = { ticket, method: 'totp', code, trustBrowser: true, ...client } as const
  const outcome = await engine.login.code(given)
  assert.ok(outcome.status === 'signed_in' && outcome.trust !== undefined)
  assert.ok(kinds(await office.arrived()).includes('browser-trusted'))
  const withTrust = { login: ada.login, password: PASSWORD, trust: outcome.trust, ...client }
  assert.equal((await engine.login.password(withTrust)).status, 'signed_in')
  assert.deepEqual(kinds(await office.arrived()), [])
  assert.equal((await engine.login.password(withTrust)).status, 'second_factor')
  assert.deepEqual(kinds(await office.arrived()), ['trust-abused'])
})

test('that an authenticator was set right is told, with its name [R36]', async (t) => {
  const office = openPostOffice(t)
  const { accountId, authenticatorId, phone } = await reachablePerson(office)
  office.clock.wait(3_000)
  const codes = [phone.code(-6), phone.code(-5)]
  const { authenticators } = office.engine
  assert.equal((await authenticators.resynchronise({ accountId, authenticatorId, codes })).ok, true)
  const [told] = await office.arrived()
  assert.deepEqual([told?.kind, told?.data['about']], ['authenticator-resynchronised', 'phone'])
})

/* Who has no more than the password must not use up what the owner is to be told. */
test('wrong codes, however many, keep no other notice back [R36]', async (t) => {
  const office = openPostOffice(t)
  const ada = await signedUpPerson(office)
  const { engine, clock } = office
  await office.arrived()
  for (let nth = 0; nth < 10; nth++) {
    clock.wait(7_200)
    const ticket = await ticketOf(engine, ada)
    const code = wrongCode(ada.phone, nth)
    await engine.login.code({ ticket, method: 'totp', code, ...client })
  }
  const told = kinds(await office.arrived())
  assert.deepEqual(told, ['wrong-code', 'wrong-code', 'codes-closed'])
})
