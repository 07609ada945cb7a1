/**
 * What the engine's tests share: an engine on a database in memory with a clock that stands still, and
 * people who have signed up.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createEngine, generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import type {
  CodeOutcome,
  Engine,
  EngineError,
  EngineOptions,
  ErrorCode,
  Keyring,
  PasswordOutcome,
  Random,
  Store,
} from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import type { FixedClock, VirtualAuthenticator } from '@halfminute/engine/testing'

export const PASSWORD = 'correct horse battery'
export const client = { source: '192.0.2.10', userAgent: 'Test/1' }

export interface Harness {
  readonly engine: Engine
  readonly store: Store
  readonly clock: FixedClock
  readonly keyring: Keyring
}

/** Closed at the end of the test. */
export function openEngine(
  t: TestContext,
  options: Partial<EngineOptions> & { keyring?: Keyring } = {},
): Harness {
  const store = options.store ?? sqliteStore(':memory:')
  const clock = fixedClock()
  const keyring = options.keyring ?? generateKeyring(systemRandom)
  const engine = createEngine({ issuer: 'ACME', clock, ...options, store, keyring })
  t.after(() => engine.close())
  return { engine, store, clock, keyring }
}

export interface Person {
  readonly accountId: string
  readonly login: string
  readonly password: string
  readonly authenticatorId: string
  readonly phone: VirtualAuthenticator
  readonly secret: string
  readonly uri: string
  readonly recoveryCodes: readonly string[]
  /** Of a fresh session at aal 2. */
  readonly token: string
}

/** Registers and enrols; the code of the present step is spent on that. */
export async function signedUpPerson(
  { engine, clock }: Pick<Harness, 'engine' | 'clock'>,
  login = 'ada@example.com',
): Promise<Person> {
  const registered = await engine.login.register({ login, password: PASSWORD, ...client })
  const bearer = { token: registered.token, client }
  const started = await engine.self.enrol({ ...bearer, kind: 'totp', name: 'phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const confirmed = await engine.self.confirmAuthenticator({
    ...bearer,
    authenticatorId: started.id,
    code: phone.code(),
  })
  assert.ok(confirmed.ok && confirmed.signedIn && confirmed.recoveryCodes)
  return {
    accountId: registered.session.account.id,
    login,
    password: PASSWORD,
    authenticatorId: started.id,
    phone,
    secret: started.secret,
    uri: started.uri,
    recoveryCodes: confirmed.recoveryCodes,
    token: confirmed.signedIn.token,
  }
}

/** A user whose login and password the app keeps itself. */
export async function appPerson({ engine, clock }: Harness, accountId = 'app-user-1') {
  const started = await engine.authenticators.enrol({ accountId, kind: 'totp', name: 'phone' })
  const phone = virtualAuthenticator(started.uri, clock)
  const target = { accountId, authenticatorId: started.id }
  const confirmed = await engine.authenticators.confirm({ ...target, code: phone.code() })
  assert.ok(confirmed.ok)
  return { ...target, phone, recoveryCodes: confirmed.recoveryCodes ?? [] }
}

/** The password's answer of somebody who has a second factor. */
export async function ticketOf(
  engine: Engine,
  person: { login: string; password: string },
  from: { device?: string; source?: string } = {},
): Promise<string> {
  const { login, password } = person
  const first = await engine.login.password({ login, password, ...client, ...from })
  assert.equal(first.status, 'second_factor')
  return ticketIn(first)
}

export function ticketIn(outcome: PasswordOutcome): string {
  assert.ok(outcome.status === 'second_factor')
  return outcome.ticket
}

export function tokenIn(outcome: PasswordOutcome | CodeOutcome | { status: string }): string {
  assert.ok('token' in outcome, `expected a session, got ${outcome.status}`)
  return outcome.token
}

/** Both steps, with the code of the next step, which is unspent. */
export async function signIn({ engine, clock }: Harness, person: Person): Promise<string> {
  clock.wait(30)
  const ticket = await ticketOf(engine, person)
  const code = person.phone.code()
  return tokenIn(await engine.login.code({ ticket, method: 'totp', code, ...client }))
}

/** Six digits that are right neither now nor in any near step. */
export function wrongCode(phone: VirtualAuthenticator, nth = 0): string {
  const near = new Set(Array.from({ length: 40 }, (_, at) => phone.code(at - 20)))
  const wrong = Array.from({ length: 300 }, (_, at) => String(100_000 + at)).filter(
    (code) => !near.has(code),
  )
  return wrong[nth] ?? assert.fail(`there is no wrong code number ${nth}`)
}

export async function hasSession(engine: Engine, token: unknown): Promise<boolean> {
  try {
    await engine.self.session({ token, client })
    return true
  } catch (error) {
    assert.equal((error as EngineError).code, 'SESSION_REQUIRED')
    return false
  }
}

/** Bytes that look random and are the same in every run. */
export function countingRandom(seed: string): Random {
  let calls = 0
  return (length) => {
    calls++
    let bytes = Buffer.alloc(0)
    for (let block = 0; bytes.length < length; block++) {
      const next = createHash('sha256').update(`${seed}/${calls}/${block}`).digest()
      bytes = Buffer.concat([bytes, next])
    }
    return new Uint8Array(bytes.subarray(0, length))
  }
}

export const failsWith = (code: ErrorCode) => ({ name: 'EngineError', code })

/** Removed at the end of the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-engine-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/**
 * For a test that needs a program: `{ skip: 'no zbarimg' }` where it is absent. With
 * HALFMINUTE_TEST_REQUIRE_ALL set nothing is skipped, so the test fails instead.
 */
export function needs(program: string): { skip: string | false } {
  const present = spawnSync(program, ['--version']).error === undefined
  const required = process.env['HALFMINUTE_TEST_REQUIRE_ALL'] !== undefined
  return { skip: present || required ? false : `no ${program}` }
}
