/**
 * What is no code is told so and costs no try. Every budget holds exactly one try here, so the right code at
 * the end is accepted only when none of the table cost anything.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import type { Method } from '@halfminute/engine'
import { isCodeShaped, readDigits } from '../src/verify.ts'
import { appPerson, client, openEngine, signedUpPerson, ticketOf, tokenIn } from './support.ts'

const limits = {
  codeFailuresPerDay: 1,
  deviceFailuresPerQuarter: 1,
  recoveryFailuresPerDay: 1,
  triesPerTicket: 1,
  triesPerConfirmation: 1,
  reauthenticationsPerHour: 1,
}

/** No code of any kind. */
const NEVER: readonly unknown[] = [
  undefined,
  null,
  '',
  ' ',
  '-',
  true,
  false,
  0,
  123456,
  Number.NaN,
  123456n,
  [],
  ['123456'],
  [1, 2, 3, 4, 5, 6],
  {},
  { length: 6 },
  { toString: () => '123456' },
  Symbol('123456'),
  new Uint8Array(6),
  'abcdef',
  '１２３４５６',
  '١٢٣٤٥٦',
  '१२३४५६',
  '+12345',
  '123_456',
  '123.456',
  '123,456',
  '0x1234',
  '1e5000',
  '12345\0',
  '\u0000123456',
  '123456\0',
  '123456\n',
  '\n123456',
  '123\t456',
  '123\u00A0456',
  '123\u200B456',
  '123–456',
  '12345é',
  '%31%32%33%34%35%36',
  '1234',
  '1'.repeat(65),
  '1'.repeat(10_000_000),
  ' '.repeat(100) + '123456',
]

/** No code of this authenticator, or no recovery code. */
const NOT_SIX_DIGITS: readonly unknown[] = [
  ...NEVER,
  '12345',
  '1234567',
  '12345678',
  '123456789',
  '-1234567890123456',
  '0123-4567-89AB-CDEF',
]
const NO_RECOVERY_CODE: readonly unknown[] = [
  ...NEVER,
  '123456',
  '0123-4567-89AB-CDE',
  '0123-4567-89AB-CDEFG',
  '0123-4567-89AB-CDEU',
  '0123_4567_89AB_CDEF',
  '0123-4567-89AB-CDE*',
]

/** `String(symbol)` works where a template would throw. */
const shown = (value: unknown) => String(JSON.stringify(value) ?? typeof value).slice(0, 40)

async function allMalformed(
  table: readonly unknown[],
  enter: (code: unknown) => Promise<object>,
): Promise<void> {
  for (const code of table) {
    const outcome = await enter(code)
    assert.equal('code' in outcome && outcome.code, 'CODE_MALFORMED', label(code))
    assert.ok(!('retryAfterSeconds' in outcome))
  }
}

const label = (code: unknown) => (typeof code === 'bigint' ? 'bigint' : shown(code))

test('signing in with what is no code costs no try [R11]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const enter = (code: unknown) => engine.login.code({ ticket, method: 'totp', code, ...client })
  await allMalformed(NOT_SIX_DIGITS, enter)
  tokenIn(await enter(person.phone.code()))
})

test('signing in with what is no recovery code costs no try [R11]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const ticket = await ticketOf(engine, person)
  const enter = (code: unknown) =>
    engine.login.code({ ticket, method: 'recovery', code, ...client })
  await allMalformed(NO_RECOVERY_CODE, enter)
  tokenIn(await enter(person.recoveryCodes[0]))
})

test('verifying for an app what is no code costs no try [R11]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { accountId, phone, recoveryCodes } = await appPerson(harness)
  clock.wait(30)
  await allMalformed(NOT_SIX_DIGITS, (code) => engine.verify({ accountId, code }))
  await allMalformed(NO_RECOVERY_CODE, (code) =>
    engine.verify({ accountId, method: 'recovery', code }),
  )
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
  const recovery = { accountId, method: 'recovery', code: recoveryCodes[0] } as const
  assert.equal((await engine.verify(recovery)).ok, true)
})

test('confirming with what is no code costs no try [R11]', async (t) => {
  const { engine, clock } = openEngine(t, { limits })
  const accountId = 'app-user-1'
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
  const confirm = (code: unknown) =>
    engine.authenticators.confirm({ accountId, authenticatorId: started.id, code })
  await allMalformed(NOT_SIX_DIGITS, confirm)
  assert.equal((await confirm(virtualAuthenticator(started.uri, clock).code())).ok, true)
})

test('confirming signed in with what is no code costs no try and no session [R11]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { token } = await signedUpPerson(harness)
  const started = await engine.self.enrol({ token, client, kind: 'totp', name: 'second' })
  const confirm = (code: unknown) =>
    engine.self.confirmAuthenticator({ token, client, authenticatorId: started.id, code })
  await allMalformed(NOT_SIX_DIGITS, confirm)
  assert.equal((await confirm(virtualAuthenticator(started.uri, clock).code())).ok, true)
})

test('re-authenticating with what is no code costs no try [R11]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  clock.wait(30)
  const { token, password } = person
  const prove = (code: unknown) => engine.self.reauthenticate({ token, client, password, code })
  assert.deepEqual(await prove(undefined), { status: 'refused', code: 'CODE_REQUIRED' })
  await allMalformed(NOT_SIX_DIGITS.slice(1), prove)
  tokenIn(await prove(person.phone.code()))
})

test('spaces and hyphens that people type are no part of a code [R11]', async (t) => {
  const harness = openEngine(t)
  const { accountId, phone } = await appPerson(harness)
  const habits: ((code: string) => string)[] = [
    (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
    (code) => `${code.slice(0, 3)}-${code.slice(3)}`,
    (code) => ` ${code} `,
    (code) => Array.from(code).join(' - '),
  ]
  for (const type of habits) {
    harness.clock.wait(30)
    const outcome = await harness.engine.verify({ accountId, code: type(phone.code()) })
    assert.equal(outcome.ok, true)
  }
})

/** Two phones, one with six digits and one with eight: each length is a code here, five digits are not. */
test('with several authenticators every length that one of them has is a code [R11]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  const wish = { kind: 'totp', name: 'eight', digits: 8 } as const
  const started = await engine.authenticators.enrol({ accountId, ...wish })
  const eight = virtualAuthenticator(started.uri, clock)
  const target = { accountId, authenticatorId: started.id }
  assert.ok((await engine.authenticators.confirm({ ...target, code: eight.code() })).ok)
  clock.wait(30)
  assert.equal((await engine.verify({ accountId, code: '1234567' })).ok, false)
  for (const code of [phone.code(), eight.code()]) {
    assert.equal((await engine.verify({ accountId, code })).ok, true)
  }
  clock.wait(30)
  const cut = await engine.verify({ accountId, code: eight.code().slice(2) })
  assert.deepEqual(cut, { ok: false, code: 'CODE_REFUSED' })
})

test('the length of a pending authenticator’s codes is none that counts yet [R2 R11]', async (t) => {
  const harness = openEngine(t, { limits })
  const { engine, clock } = harness
  const { accountId, phone } = await appPerson(harness)
  const wish = { kind: 'totp', name: 'eight', digits: 8 } as const
  const started = await engine.authenticators.enrol({ accountId, ...wish })
  const code = virtualAuthenticator(started.uri, clock).code()
  clock.wait(30)
  assert.deepEqual(await engine.verify({ accountId, code }), { ok: false, code: 'CODE_MALFORMED' })
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
})

test('a code is six to eight digits with spaces and hyphens, 64 characters in all, and nothing else [R11]', () => {
  const typed = ['123456', ' 123-456 ', '1234567', '12345678', '0'.repeat(6), '123456'.padEnd(64)]
  for (const one of typed) assert.equal(readDigits(one), one.replaceAll(/\D/g, ''))
  const wrong = [...NEVER, '12345', '123456789', 'x123456', '123456x', '123456'.padEnd(65)]
  for (const one of wrong) assert.equal(readDigits(one), undefined)
})

/** Asked of everything that comes in, before a ticket is looked up or a try is counted. */
test('what could be a code depends on the method, and no method is both or neither [R11]', () => {
  const recoveryCode = '0123-4567-89AB-CDEF'
  assert.deepEqual(
    (['totp', 'recovery', 'sms' as Method] as const).map((method) =>
      ['123456', recoveryCode].map((code) => isCodeShaped(method, code)),
    ),
    [
      [true, false],
      [false, true],
      [false, false],
    ],
  )
})

/** An app without types passes on what its form says; that must not be a way round the shape's check. */
test('a right recovery code under a method that there is not is no code [R11]', async (t) => {
  const harness = openEngine(t)
  const { accountId, recoveryCodes } = await appPerson(harness)
  const [code] = recoveryCodes
  const outcome = await harness.engine.verify({ accountId, method: 'sms' as Method, code })
  assert.deepEqual(outcome, { ok: false, code: 'CODE_MALFORMED' })
  assert.equal(await harness.engine.recoveryCodes.left({ accountId }), recoveryCodes.length)
})

test('what is no code is told so even with a ticket that is none [R11]', async (t) => {
  const { engine } = openEngine(t)
  const attempt = { ticket: 'none', method: 'totp', code: 'abcdef', ...client } as const
  const malformed = { status: 'refused', code: 'CODE_MALFORMED' }
  assert.deepEqual(await engine.login.code(attempt), malformed)
})
