/** Passwords: what is accepted, what is hashed, and how many at a time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { leastPasswordLength, systemRandom } from '@halfminute/engine'
import type { EngineError, SecondFactorPolicy } from '@halfminute/engine'
import { acceptablePassword, argon2idPasswords } from '../src/passwords.ts'
import { client, failsWith, openEngine } from './support.ts'

const passwords = argon2idPasswords(systemRandom)

const accept = (password: string, secondFactor: SecondFactorPolicy = 'always') =>
  acceptablePassword(password, { secondFactor, issuer: 'ACME' }, 'ada')

test('é is one password in both of its forms [R24]', async () => {
  const [composed, decomposed] = ['caf\u00E9 au lait', 'cafe\u0301 au lait']
  assert.notEqual(composed, decomposed)
  assert.equal(await passwords.verify(await passwords.hash(composed), decomposed), true)
  assert.equal(await passwords.verify(await passwords.hash(decomposed), composed), true)
})

/** NFKC would make ﬁ and fi, or ² and 2, one password: fewer passwords than people think. */
test('letters that only look alike stay different, and so does case [R24]', async () => {
  const pairs = [
    ['ﬁne password', 'fine password'],
    ['password 2', 'password ²'],
    ['Password', 'password'],
    ['password', 'password '],
    ['password', ' password'],
    ['pass word', 'pass\u00A0word'],
  ] as const
  for (const [one, other] of pairs) {
    assert.equal(await passwords.verify(await passwords.hash(one), other), false, one)
  }
})

/** bcrypt stops reading at byte 72, C strings at NUL; whatever stands behind would be no password at all. */
test('every byte matters: the 73rd, the last of 1,024, and those behind a NUL [R24]', async () => {
  for (const shared of ['x'.repeat(72), 'x'.repeat(1_023), 'é'.repeat(36), 'short\0', '\0']) {
    const stored = await passwords.hash(`${shared}a`)
    assert.equal(await passwords.verify(stored, `${shared}a`), true)
    assert.equal(await passwords.verify(stored, `${shared}b`), false)
    assert.equal(await passwords.verify(stored, shared), false)
  }
})

test('8 characters are enough beside a second factor, 15 where it is optional [R23]', () => {
  const tooShort = failsWith('PASSWORD_TOO_SHORT')
  assert.throws(() => accept('x'.repeat(7)), tooShort)
  assert.equal(accept('x'.repeat(8)), 'x'.repeat(8))
  assert.throws(() => accept('x'.repeat(14), 'optional'), tooShort)
  assert.equal(accept('x'.repeat(15), 'optional'), 'x'.repeat(15))
  assert.deepEqual([leastPasswordLength('always'), leastPasswordLength('optional')], [8, 15])
})

test('characters are counted as people count them [R23]', () => {
  const tooShort = failsWith('PASSWORD_TOO_SHORT')
  assert.throws(() => accept('😀'.repeat(7)), tooShort)
  assert.throws(() => accept('e\u0301'.repeat(7)), tooShort)
  for (const password of ['😀'.repeat(8), '😀'.repeat(64), 'e\u0301'.repeat(8)]) {
    assert.equal(accept(password), password)
  }
})

test('1,024 characters are accepted, one more is refused, a flood unread [R23]', () => {
  const tooLong = failsWith('PASSWORD_TOO_LONG')
  for (const character of ['x', '😀', 'e\u0301']) {
    const longest = character.repeat(1_024)
    assert.equal(accept(longest), longest)
    assert.throws(() => accept(longest + character), tooLong)
  }
  assert.throws(() => accept('x'.repeat(10_000_000)), tooLong)
})

test('no composition is asked for: spaces, one letter repeated, any script [R25]', () => {
  for (const password of [
    'aaaaaaaa',
    '        ',
    '40404040',
    'парольдлявходa',
    '通行密码通行密码',
  ]) {
    assert.equal(accept(password), password)
  }
})

test('64 emoji register and sign in [R23 R24]', async (t) => {
  const { engine } = openEngine(t)
  const account = { login: 'ada@example.com', password: '😀'.repeat(64), ...client }
  await engine.login.register(account)
  assert.equal((await engine.login.password(account)).status, 'signed_in')
  const shorter = { ...account, password: '😀'.repeat(63) }
  assert.equal((await engine.login.password(shorter)).status, 'refused')
})

test('registering and changing hold the same rules [R23]', async (t) => {
  const { engine } = openEngine(t, { secondFactor: 'optional' })
  const login = 'ada@example.com'
  const register = (password: string) => engine.login.register({ login, password, ...client })
  await assert.rejects(register('x'.repeat(14)), failsWith('PASSWORD_TOO_SHORT'))
  await assert.rejects(register('x'.repeat(1_025)), failsWith('PASSWORD_TOO_LONG'))
  const { token } = await register('x'.repeat(15))
  const change = (newPassword: string) => engine.self.changePassword({ token, client, newPassword })
  await assert.rejects(change('y'.repeat(14)), failsWith('PASSWORD_TOO_SHORT'))
  await assert.rejects(change('y'.repeat(1_025)), failsWith('PASSWORD_TOO_LONG'))
  assert.equal((await change('y'.repeat(15))).session.aal, 1)
})

test('the hash is a PHC string of argon2id with 19 MiB, two passes and a salt of its own [R27]', async () => {
  const [one, other] = await Promise.all([passwords.hash('password'), passwords.hash('password')])
  const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/
  const cost = PHC.exec(one)?.slice(1).map(Number)
  assert.ok(cost)
  const [memory = 0, passes = 0, lanes = 0] = cost
  assert.ok(memory >= 19_456 && passes >= 2 && lanes === 1)
  assert.notEqual(one, other)
})

test('an absent hash is never right [R29]', async () => {
  for (const absent of [undefined, null]) {
    assert.equal(await passwords.verify(absent, 'password'), false)
    assert.equal(await passwords.verify(absent, ''), false)
  }
})

/** Sign-ins sent faster than they can be hashed must not pile up until the memory is gone. */
test('beyond a bounded queue hashing answers BUSY, and recovers [R28]', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 300 }, () => passwords.verify(undefined, 'password')),
  )
  const refused = outcomes.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as EngineError).code] : [],
  )
  assert.ok(refused.length > 50)
  assert.deepEqual(new Set(refused), new Set(['BUSY']))
  assert.ok(outcomes.length - refused.length >= 128)
  assert.equal(await passwords.verify(await passwords.hash('password'), 'password'), true)
})

/** A hash that fails inside must not keep its place for ever. */
test('a hash that cannot be read frees its place', async () => {
  for (let round = 0; round < 20; round++) {
    await assert.rejects(passwords.verify('$not a hash', 'password'))
  }
  assert.equal(await passwords.verify(await passwords.hash('password'), 'password'), true)
})

/** Hashes of an earlier, cheaper time are the first that a thief of the database tries. */
test('a cheaper hash is replaced at the next right password, and at no wrong one [R27]', async (t) => {
  const { engine, store } = openEngine(t)
  const cheap = await hash('correct horse', { memoryCost: 8_192, timeCost: 1 })
  const account = { id: 'ada', login: 'ada', loginKey: 'ada', passwordHash: cheap }
  await store.createAccount(account, {
    accountId: 'ada',
    at: 0,
    kind: 'account.registered',
    result: 'accepted',
    factor: null,
    source: null,
  })
  const give = (password: string) => engine.login.password({ login: 'ada', password })
  assert.equal((await give('wrong horse')).status, 'refused')
  assert.equal((await store.account('ada'))?.passwordHash, cheap)
  assert.equal((await give('correct horse')).status, 'signed_in')
  const renewed = (await store.account('ada'))?.passwordHash
  assert.match(renewed ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.equal((await give('correct horse')).status, 'signed_in')
  assert.equal((await store.account('ada'))?.passwordHash, renewed)
})
