/** Many small failures that no account's own pool sees as one thing: by network, and altogether. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { appPerson, openEngine, PASSWORD, wrongCode } from './support.ts'
import { networkOf } from '../src/sources.ts'

async function watched(t: TestContext, limits: object) {
  const harness = openEngine(t, { limits })
  await harness.engine.accounts.register({ login: 'bob', password: PASSWORD })
  const alarms = async () => {
    const ofNobody = await harness.engine.events({ accountId: '' })
    return ofNobody
      .filter(({ kind }) => kind === 'alarm')
      .map(({ factor, source }) => [factor, source])
  }
  let nth = 0
  const fail = (source?: string) =>
    harness.engine.login.password({
      login: `user-${nth++}`,
      password: 'wrong',
      ...(source && { source }),
    })
  return { ...harness, alarms, fail }
}

/** One wrong password for each of many accounts stays under every account's own limit. */
test('many failures from one address raise an alarm, once an hour [R17]', async (t) => {
  const { clock, alarms, fail } = await watched(t, { sourceFailuresPerHour: 3 })
  for (let nth = 0; nth < 2; nth++) await fail('192.0.2.1')
  for (let nth = 0; nth < 2; nth++) await fail('192.0.2.2')
  assert.deepEqual(await alarms(), [])
  for (let nth = 0; nth < 5; nth++) await fail('192.0.2.1')
  assert.deepEqual(await alarms(), [['source', '192.0.2.1']])
  clock.wait(3_600)
  for (let nth = 0; nth < 3; nth++) await fail('192.0.2.1')
  assert.equal((await alarms()).length, 2)
})

/** Whoever has one IPv6 network has 2^64 addresses. */
test('addresses of one IPv6 /64 are one source [R17]', async (t) => {
  const { alarms, fail } = await watched(t, { sourceFailuresPerHour: 3 })
  await fail('2001:db8::1')
  await fail('2001:0DB8:0:0:ffff::2')
  await fail('2001:db8:0:1::1')
  assert.deepEqual(await alarms(), [])
  await fail('2001:db8::ffff:0:0:3')
  assert.deepEqual(await alarms(), [['source', '2001:db8:0:0::/64']])
})

test('many failures from everywhere raise an alarm, wrong codes and closed pools included [R17]', async (t) => {
  const limits = { globalFailuresPerHour: 8, passwordFailuresPerDay: 1 }
  const harness = await watched(t, limits)
  const { engine, alarms, fail } = harness
  const { accountId, phone } = await appPerson(harness)
  await fail('192.0.2.1')
  await fail('192.0.2.2')
  await fail()
  for (const password of ['wrong', 'closed by now'])
    await engine.login.password({ login: 'bob', password })
  await engine.verify({ accountId, code: wrongCode(phone) })
  await engine.verify({ accountId, method: 'recovery', code: '0000-0000-0000-0000' })
  assert.deepEqual(await alarms(), [])
  await engine.verify({ accountId, code: wrongCode(phone, 1) })
  assert.deepEqual(await alarms(), [['global', null]])
})

test('right passwords and codes are no failures', async (t) => {
  const harness = await watched(t, { globalFailuresPerHour: 1 })
  const { engine, clock, alarms } = harness
  const { accountId, phone } = await appPerson(harness)
  clock.wait(30)
  await engine.login.password({ login: 'bob', password: PASSWORD })
  assert.equal((await engine.verify({ accountId, code: phone.code() })).ok, true)
  assert.deepEqual(await alarms(), [])
})

test('an address counts as its network, however it is written [R17]', () => {
  const same = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['no address', 'no address'],
  ] as const
  for (const [source, network] of same) assert.equal(networkOf(source), network)
  assert.equal(networkOf(undefined), undefined)
})
