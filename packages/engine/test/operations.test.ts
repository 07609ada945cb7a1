/** What signed-in people may do, and what it asks for first: a session, a second factor, a fresh one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine, EngineError } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { client, failsWith, openEngine, PASSWORD, signedUpPerson, tokenIn } from './support.ts'
type Self = Engine['self']

interface Operation {
  /** May an account that must enrol first do this? */
  readonly beforeEnrolment: boolean
  /** Does it ask for a full sign-in in the last five minutes? */
  readonly fresh: boolean
  readonly call: (self: Self, token: unknown) => Promise<unknown>
}

const authenticatorId = 'no-such-authenticator'

/** Every operation of `engine.self`. One without a row does not compile, and fails the first test. */
const OPERATIONS: Record<keyof Self, Operation> = {
  session: {
    beforeEnrolment: true,
    fresh: false,
    call: (self, token) => self.session({ token, client }),
  },
  enrolledSession: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.enrolledSession({ token, client }),
  },
  freshSession: {
    beforeEnrolment: false,
    fresh: true,
    call: (self, token) => self.freshSession({ token, client }),
  },
  resynchroniseAuthenticator: {
    beforeEnrolment: false,
    fresh: true,
    call: (self, token) =>
      self.resynchroniseAuthenticator({
        token,
        client,
        authenticatorId,
        codes: ['123456', '654321'],
      }),
  },
  reauthenticate: {
    beforeEnrolment: true,
    fresh: false,
    call: (self, token) => self.reauthenticate({ token, client, password: 'wrong' }),
  },
  listAuthenticators: {
    beforeEnrolment: true,
    fresh: false,
    call: (self, token) => self.listAuthenticators({ token, client }),
  },
  enrol: {
    beforeEnrolment: true,
    fresh: true,
    call: (self, token) => self.enrol({ token, client, kind: 'totp', name: 'phone' }),
  },
  pendingEnrolment: {
    beforeEnrolment: true,
    fresh: true,
    call: (self, token) => self.pendingEnrolment({ token, client, authenticatorId }),
  },
  confirmAuthenticator: {
    beforeEnrolment: true,
    fresh: true,
    call: (self, token) =>
      self.confirmAuthenticator({ token, client, authenticatorId, code: '123456' }),
  },
  listTrustedBrowsers: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.listTrustedBrowsers({ token, client }),
  },
  forgetTrustedBrowser: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.forgetTrustedBrowser({ token, client, trustedBrowserId: 'none' }),
  },
  contacts: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.contacts({ token, client }),
  },
  setContact: {
    beforeEnrolment: false,
    fresh: true,
    call: (self, token) =>
      self.setContact({ token, client, channel: 'email', address: 'a@b.example' }),
  },
  confirmContact: {
    beforeEnrolment: false,
    fresh: true,
    call: (self, token) => self.confirmContact({ token, client, channel: 'email', code: '123456' }),
  },
  removeContact: {
    beforeEnrolment: false,
    fresh: true,
    call: (self, token) => self.removeContact({ token, client, channel: 'email' }),
  },
  renameAuthenticator: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.renameAuthenticator({ token, client, authenticatorId, name: 'x' }),
  },
  removeAuthenticator: {
    beforeEnrolment: true,
    fresh: true,
    call: (self, token) => self.removeAuthenticator({ token, client, authenticatorId }),
  },
  recoveryCodesLeft: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.recoveryCodesLeft({ token, client }),
  },
  replaceRecoveryCodes: {
    beforeEnrolment: false,
    fresh: true,
    call: (self, token) => self.replaceRecoveryCodes({ token, client }),
  },
  listSessions: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.listSessions({ token, client }),
  },
  endSession: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.endSession({ token, client, sessionId: 'no-such-session' }),
  },
  events: {
    beforeEnrolment: false,
    fresh: false,
    call: (self, token) => self.events({ token, client }),
  },
  changePassword: {
    beforeEnrolment: false,
    fresh: true,
    call: (self, token) => self.changePassword({ token, client, newPassword: 'x'.repeat(8) }),
  },
  passkeyRegistrationOptions: {
    beforeEnrolment: true,
    fresh: true,
    call: (self, token) => self.passkeyRegistrationOptions({ token, client }),
  },
  addPasskey: {
    beforeEnrolment: true,
    fresh: true,
    call: (self, token) => self.addPasskey({ token, client, name: 'key', response: {} }),
  },
  passkeyReauthenticationOptions: {
    beforeEnrolment: true,
    fresh: false,
    call: (self, token) => self.passkeyReauthenticationOptions({ token, client }),
  },
  secondFactorMethods: {
    beforeEnrolment: true,
    fresh: false,
    call: (self, token) => self.secondFactorMethods({ token, client }),
  },
  logout: {
    beforeEnrolment: true,
    fresh: false,
    call: (self, token) => self.logout({ token, client }),
  },
}

const rows = Object.entries(OPERATIONS)

/** Awaits the answer; the error's code, or nothing when there was none. */
async function failureOf(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer
    return undefined
  } catch (error) {
    return (error as EngineError).code
  }
}

test('every operation for signed-in people has its row here [R39]', (t) => {
  const { engine } = openEngine(t)
  assert.deepEqual(Object.keys(engine.self).toSorted(), Object.keys(OPERATIONS).toSorted())
})

test('without a session no operation does anything [R39]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const person = await signedUpPerson(harness)
  const before = await engine.events(person)
  const tokens = [
    undefined,
    null,
    '',
    true,
    {},
    [person.token],
    `${'A'.repeat(43)}.${person.accountId}`,
    `${person.token}x`,
    person.accountId,
    'x'.repeat(1_000_000),
  ]
  for (const [name, { call }] of rows) {
    for (const token of tokens) {
      assert.equal(await failureOf(call(engine.self, token)), 'SESSION_REQUIRED', name)
    }
  }
  assert.deepEqual(await engine.events(person), before)
})

/** With a second factor required, a stolen password must not open the account of who has not enrolled yet. */
test('an account that must enrol can do nothing else first [R39]', async (t) => {
  const { engine } = openEngine(t)
  const login = 'ada@example.com'
  const { token, session } = await engine.login.register({ login, password: PASSWORD, ...client })
  assert.deepEqual([session.aal, session.enrolmentRequired], [1, true])
  for (const [name, { beforeEnrolment, call }] of rows) {
    const failure = await failureOf(call(engine.self, token))
    assert.equal(failure === 'ENROLMENT_REQUIRED', !beforeEnrolment, `${name}: ${failure}`)
  }
})

test('where the second factor is optional, nobody is told to enrol', async (t) => {
  const { engine } = openEngine(t, { secondFactor: 'optional' })
  const account = { login: 'ada@example.com', password: 'fifteen characters', ...client }
  const { token, session } = await engine.login.register(account)
  assert.equal(session.enrolmentRequired, false)
  assert.equal((await engine.self.listSessions({ token, client })).length, 1)
  const codes = engine.self.replaceRecoveryCodes({ token, client })
  await assert.rejects(codes, failsWith('ENROLMENT_REQUIRED'))
})

/** A browser left open in a café has a cookie; it must not be enough to take the account away. */
test('factors, codes and password change within five minutes of a full sign-in only [R35]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { token } = await signedUpPerson(harness)
  clock.wait(301)
  for (const [name, { fresh, call }] of rows) {
    const failure = await failureOf(call(engine.self, token))
    assert.equal(failure === 'REAUTHENTICATION_REQUIRED', fresh, `${name}: ${failure}`)
  }
})

test('the five minutes end after their last second, and re-authentication begins them anew [R35]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  const { token, password } = person
  const enrol = (one: string) =>
    failureOf(engine.self.enrol({ token: one, client, kind: 'totp', name: 'second' }))
  clock.wait(300)
  assert.equal(await enrol(token), undefined)
  clock.wait(1)
  assert.equal(await enrol(token), 'REAUTHENTICATION_REQUIRED')
  const code = person.phone.code()
  const renewed = tokenIn(await engine.self.reauthenticate({ token, client, password, code }))
  assert.equal(await enrol(renewed), undefined)
})

/**
 * Whoever finds a forgotten session with an authenticator under way must not be able to take it over:
 * reading its secret and confirming it need the fresh sign-in that beginning it needed.
 */
test('confirming needs a fresh password, and does not make it fresh [R35]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const { token } = await signedUpPerson(harness)
  const pending = await engine.self.enrol({ token, client, kind: 'totp', name: 'second' })
  const phone = virtualAuthenticator(pending.uri, clock)
  const target = { client, authenticatorId: pending.id }
  clock.wait(200)
  const confirmed = await engine.self.confirmAuthenticator({ token, ...target, code: phone.code() })
  assert.ok(confirmed.ok && confirmed.signedIn)
  clock.wait(101)
  const attempt = engine.self.replaceRecoveryCodes({ token: confirmed.signedIn.token, client })
  await assert.rejects(attempt, failsWith('REAUTHENTICATION_REQUIRED'))
})
