/** What a person is told without having asked, and how it gets out of the outbox. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Message } from '@halfminute/engine'
import {
  client,
  openEngine,
  PASSWORD,
  signedUpPerson,
  signIn,
  ticketOf,
  wrongCode,
} from './support.ts'
import type { Harness, Person } from './support.ts'

const OWNER = 'ada@example.com'

interface Mailbox {
  readonly harness: Harness
  readonly ada: Person
  /** Delivers what is due; the kinds that arrived since the last look. */
  readonly arrived: () => Promise<string[]>
  readonly messages: Message[]
}

async function withMailbox(t: TestContext, login = OWNER): Promise<Mailbox> {
  const messages: Message[] = []
  const notify = {
    email: (message: Message) => {
      messages.push(message)
      return Promise.resolve('sent' as const)
    },
  }
  const harness = openEngine(t, { notify })
  const ada = await signedUpPerson(harness, login)
  let seen = 0
  const arrived = async () => {
    await harness.engine.outbox.deliver()
    const kinds = messages.slice(seen).map(({ kind }) => kind)
    seen = messages.length
    return kinds
  }
  return { harness, ada, arrived, messages }
}

test('the first factor is told, with its name, to the address that is the login [R36]', async (t) => {
  const { arrived, messages } = await withMailbox(t)
  assert.deepEqual(await arrived(), ['factor-added'])
  const [told] = messages
  assert.equal(told?.recipient, OWNER)
  assert.equal(told.login, OWNER)
  assert.deepEqual(told.data, { about: 'phone', source: '192.0.2.10', userAgent: 'Test/1' })
  assert.equal(told.secret, undefined)
})

test('a removed factor, new recovery codes and a new password are told [R36]', async (t) => {
  const { harness, ada, arrived, messages } = await withMailbox(t)
  await arrived()
  const bearer = { token: ada.token, client }
  await harness.engine.self.replaceRecoveryCodes(bearer)
  const second = await harness.engine.self.enrol({ ...bearer, kind: 'totp', name: 'tablet' })
  await harness.engine.self.removeAuthenticator({ ...bearer, authenticatorId: second.id })
  assert.deepEqual(
    await arrived(),
    ['recovery-codes-replaced'],
    'one that never counted is no news',
  )
  const { authenticatorId } = ada
  await harness.engine.self.removeAuthenticator({ ...bearer, authenticatorId })
  assert.deepEqual(await arrived(), ['factor-removed'])
  assert.equal(messages.at(-1)?.data['about'], 'phone')
})

test('a changed password is told [R36]', async (t) => {
  const { harness, ada, arrived } = await withMailbox(t)
  await arrived()
  const change = { newPassword: 'another horse battery', token: ada.token, client }
  await harness.engine.self.changePassword(change)
  assert.deepEqual(await arrived(), ['password-changed'])
})

test('a sign-in from a browser that was not known is told, the next one from there is not [R36]', async (t) => {
  const { harness, ada, arrived } = await withMailbox(t)
  await arrived()
  harness.clock.wait(30)
  const ticket = await ticketOf(harness.engine, ada)
  const code = { ticket, method: 'totp', code: ada.phone.code(), ...client } as const
  const first = await harness.engine.login.code(code)
  assert.deepEqual(await arrived(), ['new-browser'])
  assert.ok('device' in first && first.device !== undefined)
  const { device } = first
  harness.clock.wait(30)
  const again = await ticketOf(harness.engine, ada, { device })
  const outcome = await harness.engine.login.code({
    ...code,
    ticket: again,
    code: ada.phone.code(),
    device,
  })
  assert.equal(outcome.status, 'signed_in')
  assert.deepEqual(await arrived(), [])
})

test('a used recovery code is told, in place of the new browser [R36] [R20]', async (t) => {
  const { harness, ada, arrived } = await withMailbox(t)
  await arrived()
  const ticket = await ticketOf(harness.engine, ada)
  const [code] = ada.recoveryCodes
  await harness.engine.login.code({ ticket, method: 'recovery', code, ...client })
  assert.deepEqual(await arrived(), ['recovery-code-used'])
})

test('the right password with a wrong code is told, once an hour however often [R36]', async (t) => {
  const { harness, ada, arrived } = await withMailbox(t)
  await arrived()
  const guess = async (nth: number) => {
    const ticket = await ticketOf(harness.engine, ada)
    const code = wrongCode(ada.phone, nth)
    await harness.engine.login.code({ ticket, method: 'totp', code, ...client })
  }
  await guess(0)
  assert.deepEqual(await arrived(), ['wrong-code'])
  await guess(1)
  assert.deepEqual(await arrived(), [])
  harness.clock.wait(3_600)
  await guess(2)
  assert.deepEqual(await arrived(), ['wrong-code'])
})

test('a wrong password is no news: anybody can give one', async (t) => {
  const { harness, ada, arrived } = await withMailbox(t)
  await arrived()
  await harness.engine.login.password({ login: ada.login, password: 'wrong one', ...client })
  assert.deepEqual(await arrived(), [])
})

test('wrong codes that close the day are told [R36]', async (t) => {
  const { harness, ada, arrived } = await withMailbox(t)
  await arrived()
  for (let nth = 0; nth < 10; nth++) {
    harness.clock.wait(7_200)
    const ticket = await ticketOf(harness.engine, ada)
    const code = wrongCode(ada.phone, nth)
    await harness.engine.login.code({ ticket, method: 'totp', code, ...client })
  }
  assert.ok((await arrived()).includes('codes-closed'))
})

test('who registers a login that is taken learns no more, and its owner is told, once a day [R29]', async (t) => {
  const { harness, arrived } = await withMailbox(t)
  await arrived()
  const again = () =>
    harness.engine.login.register({ login: OWNER, password: PASSWORD, ...client }).catch(() => {})
  await again()
  await again()
  assert.deepEqual(await arrived(), ['login-taken'])
})

test('a login that is no address is told nothing, and nothing waits for it', async (t) => {
  const { harness, arrived } = await withMailbox(t, 'ada')
  assert.deepEqual(await arrived(), [])
  assert.deepEqual(await harness.engine.outbox.waiting(), { count: 0, oldestAt: null })
})

test('without a sender nothing is queued', async (t) => {
  const harness = openEngine(t)
  await signedUpPerson(harness)
  assert.deepEqual(await harness.engine.outbox.waiting(), { count: 0, oldestAt: null })
})

test('what cannot be sent comes again, later each time and at last every five minutes, then in order', async (t) => {
  const received: Message[] = []
  let down = true
  const tried: number[] = []
  const harness = openEngine(t, {
    notify: {
      email: (message) => {
        tried.push(harness.clock.nowSeconds())
        if (down) return Promise.reject(new Error('connection refused'))
        received.push(message)
        return Promise.resolve('sent')
      },
    },
  })
  const { clock, engine } = harness
  const began = clock.nowSeconds()
  const ada = await signedUpPerson(harness)
  await engine.self.replaceRecoveryCodes({ token: ada.token, client })
  for (let second = 0; second <= 3_600; second += 10) {
    await engine.outbox.deliver()
    clock.wait(10)
  }
  const waits = tried.map((at, nth) => at - (tried[nth - 1] ?? began))
  assert.deepEqual(waits.slice(0, 6), [0, 30, 60, 120, 240, 300])
  assert.ok(waits.slice(5).every((wait) => wait === 300))
  down = false
  clock.wait(300)
  await engine.outbox.deliver()
  assert.deepEqual(
    received.map(({ kind }) => kind),
    ['factor-added', 'recovery-codes-replaced'],
  )
})

test('whoever is told to wait waits so long, and no shorter than it would anyway', async (t) => {
  const tried: number[] = []
  const asks = [100, 5, 'soon', -1, 1e9]
  const harness = openEngine(t, {
    notify: {
      email: () => {
        tried.push(harness.clock.nowSeconds())
        const retryAfterSeconds = asks[tried.length - 1]
        return Promise.reject(Object.assign(new Error('later'), { retryAfterSeconds }))
      },
    },
  })
  const { clock, engine } = harness
  const began = clock.nowSeconds()
  await signedUpPerson(harness)
  for (let second = 0; second < 2_000; second += 5) {
    await engine.outbox.deliver()
    clock.wait(5)
  }
  const waits = tried.map((at, nth) => at - (tried[nth - 1] ?? began))
  assert.deepEqual(waits, [0, 100, 60, 120, 240], 'and a day at the most, which is not over yet')
})

test('a refused address is given up, and those behind it have their turn', async (t) => {
  const kinds: string[] = []
  const harness = openEngine(t, {
    notify: {
      email: ({ kind }) => {
        kinds.push(kind)
        return Promise.resolve(kind === 'factor-added' ? 'refused' : 'sent')
      },
    },
  })
  const ada = await signedUpPerson(harness)
  await harness.engine.self.replaceRecoveryCodes({ token: ada.token, client })
  const { sent, refused, failed } = await harness.engine.outbox.deliver()
  assert.deepEqual({ sent, refused, failed }, { sent: 1, refused: 1, failed: 0 })
  assert.deepEqual(kinds, ['factor-added', 'recovery-codes-replaced'])
  assert.equal((await harness.engine.outbox.waiting()).count, 0)
})

test('a server that died with a message in hand is followed by another, under the same id', async (t) => {
  const ids: string[] = []
  const harness = openEngine(t, {
    notify: {
      email: ({ id }) => {
        ids.push(id)
        return Promise.resolve('sent')
      },
    },
  })
  await signedUpPerson(harness)
  const now = harness.clock.nowSeconds()
  const [claimed] = await harness.store.claimMessages({ now, claimSeconds: 180, limit: 1 })
  await harness.engine.outbox.deliver()
  assert.deepEqual(ids, [], 'the other one may still be at it')
  harness.clock.wait(180)
  await harness.engine.outbox.deliver()
  assert.deepEqual(ids, [claimed?.id])
})

test('a known browser of somebody else is a new one here', async (t) => {
  const { harness, ada, arrived } = await withMailbox(t)
  await signedUpPerson(harness, 'eve@example.com')
  await arrived()
  await signIn(harness, ada)
  assert.deepEqual(await arrived(), ['new-browser'])
})

test('a server that stops takes no more messages, and those that wait are for the others', async (t) => {
  const stopping = new AbortController()
  const kinds: string[] = []
  const email = ({ kind }: Message) => {
    kinds.push(kind)
    stopping.abort()
    return Promise.resolve('sent' as const)
  }
  const harness = openEngine(t, { notify: { email } })
  const ada = await signedUpPerson(harness)
  await harness.engine.self.replaceRecoveryCodes({ token: ada.token, client })
  await harness.engine.outbox.deliver(stopping.signal)
  assert.deepEqual(kinds, ['factor-added'])
  await harness.engine.outbox.deliver()
  assert.deepEqual(kinds, ['factor-added', 'recovery-codes-replaced'])
})
