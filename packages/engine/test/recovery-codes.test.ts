/** Recovery codes: the way back in after a lost phone, ten times, each once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Random } from '@halfminute/engine'
import {
  appPerson,
  client,
  countingRandom,
  failsWith,
  openEngine,
  PASSWORD,
  signedUpPerson,
  signIn,
  ticketIn,
  ticketOf,
  tokenIn,
} from './support.ts'
import type { Harness, Person } from './support.ts'
import { newRecoveryCodes } from '../src/recovery.ts'

async function recover({ engine }: Harness, person: Person, code: unknown) {
  const ticket = await ticketOf(engine, person)
  return engine.login.code({ ticket, method: 'recovery', code, ...client })
}

test('each of ten codes signs in once, at aal 2 [R20 R38]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  assert.equal(person.recoveryCodes.length, 10)
  for (const [at, code] of person.recoveryCodes.entries()) {
    const token = tokenIn(await recover(harness, person, code))
    const { aal, amr } = await engine.self.session({ token, client })
    assert.deepEqual([aal, amr], [2, ['pwd', 'otp', 'mfa']])
    assert.equal(await engine.self.recoveryCodesLeft({ token, client }), 9 - at)
  }
  for (const code of person.recoveryCodes) {
    const outcome = await recover(harness, person, code)
    assert.deepEqual(outcome, { status: 'refused', code: 'CODE_REFUSED' })
  }
})

/** Who finds out that the last code is gone when the phone is gone too finds out too late. */
test('a sign-in says how many codes are left: after one was used, and from three on [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const told: (number | undefined)[] = []
  const byPhone: (number | undefined)[] = []
  const leftIn = (outcome: object) =>
    'recoveryCodesLeft' in outcome ? (outcome.recoveryCodesLeft as number) : undefined
  for (const code of person.recoveryCodes) {
    told.push(leftIn(await recover(harness, person, code)))
    clock.wait(30)
    const ticket = await ticketOf(engine, person)
    const attempt = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
    byPhone.push(leftIn(await engine.login.code(attempt)))
  }
  assert.deepEqual(told, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  assert.deepEqual(byPhone, [...Array<undefined>(6).fill(undefined), 3, 2, 1, 0])
})

test('who proves themselves again with a code is told what is left [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const { token, password, recoveryCodes } = await signedUpPerson(harness)
  const proof = { method: 'recovery', code: recoveryCodes[0] } as const
  const outcome = await engine.self.reauthenticate({ token, client, password, ...proof })
  assert.equal('recoveryCodesLeft' in outcome ? outcome.recoveryCodesLeft : undefined, 9)
})

test('codes are offered at sign-in while there are any [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const person = await signedUpPerson(harness)
  const offered = async () => {
    const { login, password } = person
    const outcome = await engine.login.password({ login, password, ...client })
    return outcome.status === 'second_factor' ? outcome.methods : []
  }
  assert.deepEqual(await offered(), ['totp', 'recovery'])
  const now = harness.clock.nowSeconds()
  const event = { accountId: person.accountId, at: now, kind: 'test', factor: null, source: null }
  for (const code of person.recoveryCodes) {
    await store.useRecoveryCode({
      accountId: person.accountId,
      lookup: code.slice(0, 4),
      now,
      event: { ...event, result: 'accepted' },
    })
  }
  assert.deepEqual(await offered(), ['totp'])
})

/** Codes whose last twelve characters are zeros and ones, the ones that people mix up with letters. */
function zerosAndOnes(): Random {
  const random = countingRandom('zeros and ones')
  let mask = 0xfffffn
  for (let letter = 4n; letter < 16n; letter++) mask |= 1n << (5n * letter)
  return (length) => {
    const bytes = random(length)
    if (length !== 10) return bytes
    const masked = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) & mask
    return new Uint8Array(Buffer.from(masked.toString(16).padStart(20, '0'), 'hex'))
  }
}

/** People copy codes from paper: 0 for O, 1 for l, in capitals or not, with or without the hyphens. */
test('codes are read as people type them [R20]', async (t) => {
  const harness = openEngine(t, { random: zerosAndOnes() })
  const { accountId, recoveryCodes } = await appPerson(harness)
  const habits: ((code: string) => string)[] = [
    (code) => code,
    (code) => code.toLowerCase(),
    (code) => code.replaceAll('-', ''),
    (code) => code.replaceAll('-', ' '),
    (code) => `  ${code.replaceAll('-', ' - ')} `,
    (code) => Array.from(code).join(' '),
    (code) => code.replaceAll('0', 'O').replaceAll('1', 'I'),
    (code) => code.replaceAll('0', 'o').replaceAll('1', 'l'),
    (code) => code.replaceAll('1', 'i').toLowerCase(),
    (code) => code.replaceAll('1', 'L').replaceAll('-', '--'),
  ]
  for (const [at, type] of habits.entries()) {
    const code = recoveryCodes[at] ?? ''
    assert.match(code, /^.{4}-[01-]*0[01-]*1[01-]*$|^.{4}-[01-]*1[01-]*0[01-]*$/)
    const use = { accountId, method: 'recovery', code: type(code) } as const
    assert.deepEqual(await harness.engine.verify(use), { ok: true, method: 'recovery' })
  }
})

/** Checking first and crossing out afterwards lets one slip of paper open fifty doors. */
test('fifty parallel uses of one code make one session [R20]', async (t) => {
  const harness = openEngine(t, { limits: { triesPerTicket: 100, recoveryFailuresPerDay: 100 } })
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const tickets = await Promise.all([0, 1, 2, 3, 4].map(() => ticketOf(engine, person)))
  const [code] = person.recoveryCodes
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      engine.login.code({ ticket: tickets[at % 5], method: 'recovery', code, ...client }),
    ),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'signed_in').length, 1)
  assert.equal(await engine.recoveryCodes.left(person), 9)
})

/** The code that lost the race for the ticket was never used, so it must still be worth something. */
test('two codes at once on one ticket make one session, and the other code stays unused [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const ticket = await ticketOf(engine, person)
  const two = person.recoveryCodes.slice(0, 2)
  const outcomes = await Promise.all(
    two.map((code) => engine.login.code({ ticket, method: 'recovery', code, ...client })),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'signed_in').length, 1)
  assert.equal(await engine.recoveryCodes.left(person), 9)
  const loser = two[outcomes.findIndex(({ status }) => status !== 'signed_in')]
  tokenIn(await recover(harness, person, loser))
  const winner = two.find((code) => code !== loser)
  assert.equal((await recover(harness, person, winner)).status, 'refused')
})

test('a new set voids the old one, used codes included [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const [used = '', unused = ''] = person.recoveryCodes
  const token = tokenIn(await recover(harness, person, used))
  const fresh = await engine.self.replaceRecoveryCodes({ token, client })
  assert.equal(fresh.length, 10)
  assert.deepEqual(
    fresh.filter((code) => person.recoveryCodes.includes(code)),
    [],
  )
  for (const code of [used, unused]) {
    assert.equal((await recover(harness, person, code)).status, 'refused')
  }
  tokenIn(await recover(harness, person, fresh[9]))
})

/** A cookie alone must not be worth ten ways in. */
test('a new set asks for a fresh sign-in [R35]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { token } = await signedUpPerson(harness)
  clock.wait(301)
  const attempt = engine.self.replaceRecoveryCodes({ token, client })
  await assert.rejects(attempt, failsWith('REAUTHENTICATION_REQUIRED'))
  assert.equal(await engine.self.recoveryCodesLeft({ token, client }), 10)
})

/** A code without the password is a found slip of paper. */
test('a recovery code alone opens nothing [R38]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const [code = ''] = person.recoveryCodes
  const wrong = { login: person.login, password: code, ...client }
  assert.equal((await engine.login.password(wrong)).status, 'refused')
  const without = { ticket: undefined, method: 'recovery', code, ...client } as const
  assert.deepEqual(await engine.login.code(without), { status: 'refused', code: 'TICKET_REFUSED' })
  assert.equal(await engine.recoveryCodes.left(person), 10)
})

test('a lost phone: password and code, then a new phone in place of the old one [R38]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const token = tokenIn(await recover(harness, person, person.recoveryCodes[0]))
  const bearer = { token, client }
  await engine.self.removeAuthenticator({ ...bearer, authenticatorId: person.authenticatorId })
  const second = await engine.self.enrol({ ...bearer, kind: 'totp', name: 'new phone' })
  assert.notEqual(second.secret, person.secret)
  const { login, password } = person
  const first = await engine.login.password({ login, password, ...client })
  assert.equal(first.status, 'signed_in')
})

/** Without a phone there is nothing to recover; ten codes would then be the only factor there is. */
test('codes go with the last authenticator and cannot be made without one [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const bearer = { token: person.token, client }
  await engine.self.removeAuthenticator({ ...bearer, authenticatorId: person.authenticatorId })
  assert.equal(await engine.recoveryCodes.left(person), 0)
  await assert.rejects(engine.self.replaceRecoveryCodes(bearer), failsWith('ENROLMENT_REQUIRED'))
  const [code] = person.recoveryCodes
  const outcome = await engine.verify({ accountId: person.accountId, method: 'recovery', code })
  assert.equal(outcome.ok, false)
})

test('a ticket from before the codes were replaced takes the new ones only [R20]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const { login } = person
  const first = await engine.login.password({ login, password: PASSWORD, ...client })
  const ticket = ticketIn(first)
  const token = await signIn(harness, person)
  const fresh = await engine.self.replaceRecoveryCodes({ token, client })
  const enter = (code: string | undefined) =>
    engine.login.code({ ticket, method: 'recovery', code, ...client })
  assert.equal((await enter(person.recoveryCodes[3])).status, 'refused')
  tokenIn(await enter(fresh[3]))
})

test('a thousand sets: ten codes of 80 bits each, 4×4 characters of Crockford’s base32 [R18]', async () => {
  const random = countingRandom('recovery codes')
  const asked: number[] = []
  const passwords = {
    hash: (text: string) => Promise.resolve(`hash of ${text.length}`),
    verify: () => Promise.resolve(false),
    isOutdated: () => false,
  }
  const seen = new Set<string>()
  const letters = new Map<string, number>()
  for (let set = 0; set < 1_000; set++) {
    const { codes, rows } = await newRecoveryCodes(passwords, (length) => {
      asked.push(length)
      return random(length)
    })
    assert.equal(codes.length, 10)
    assert.deepEqual(
      rows.map(({ lookup }) => lookup),
      codes.map((code) => code.slice(0, 4)),
    )
    assert.equal(new Set(rows.map(({ lookup }) => lookup)).size, 10)
    for (const code of codes) {
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
      seen.add(code)
      for (const letter of code.replaceAll('-', '')) {
        letters.set(letter, (letters.get(letter) ?? 0) + 1)
      }
    }
  }
  assert.equal(seen.size, 10_000)
  assert.ok(asked.every((length) => length === 10))
  // 160,000 letters over 32 kinds: 5,000 each, and seven standard deviations are 487.
  assert.equal(letters.size, 32)
  for (const [letter, count] of letters) assert.ok(Math.abs(count - 5_000) < 487, letter)
})

test('every bit of the randomness counts in a code [R18]', async () => {
  const passwords = {
    hash: () => Promise.resolve(''),
    verify: () => Promise.resolve(false),
    isOutdated: () => false,
  }
  const firstCode = async (first: Uint8Array) => {
    const random = countingRandom('the other nine')
    let calls = 0
    const { codes } = await newRecoveryCodes(passwords, (length) =>
      calls++ === 0 ? first : random(length),
    )
    return codes[0]
  }
  const variants = [new Uint8Array(10)]
  for (let bit = 0; bit < 80; bit++) {
    const bytes = new Uint8Array(10)
    bytes[bit >> 3] = 1 << (bit & 7)
    variants.push(bytes)
  }
  const codes = await Promise.all(variants.map((bytes) => firstCode(bytes)))
  assert.equal(new Set(codes).size, 81)
})

/** Ten hashes per guess would be ten times the load for whoever wants to wear the server out. */
test('one try costs one hash, whether such a code exists or not [R19]', async (t) => {
  const harness = openEngine(t)
  const { store } = harness
  const { accountId, recoveryCodes } = await appPerson(harness)
  const [code = ''] = recoveryCodes
  const stored = await store.recoveryCodeHash(accountId, code.slice(0, 4))
  assert.match(stored ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  const { matchRecoveryCode } = await import('../src/recovery.ts')
  const { argon2idPasswords } = await import('../src/passwords.ts')
  const real = argon2idPasswords(countingRandom('salt'))
  let verified = 0
  const counted: typeof real = {
    ...real,
    verify: (phc, text) => {
      verified++
      return real.verify(phc, text)
    },
  }
  const typed = code.replaceAll('-', '')
  const find = (one: string) => matchRecoveryCode(store, counted, accountId, one)
  assert.equal(await find(typed), typed.slice(0, 4))
  assert.equal(await find(`${typed.slice(0, 15)}${typed.endsWith('0') ? '1' : '0'}`), undefined)
  assert.equal(await find('0000000000000000'), undefined)
  assert.equal(verified, 3)
})
