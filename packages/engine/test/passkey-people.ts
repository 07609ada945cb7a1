/** People with a passkey, for the tests of passkeys. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Limits, PasskeyRequestOptions } from '@halfminute/engine'
import { virtualPasskey } from '@halfminute/engine/testing'
import type { AssertionAnswer, PasskeyLies, VirtualPasskey } from '@halfminute/engine/testing'
import { client, openEngine, PASSWORD, ticketOf } from './support.ts'
import type { Harness } from './support.ts'

export const ORIGIN = 'https://login.example.com'
export const RP_ID = 'login.example.com'

export function openWithPasskeys(
  t: TestContext,
  options: { limits?: Partial<Limits> } = {},
): Harness {
  return openEngine(t, { relyingParty: { origin: ORIGIN }, ...options })
}

export interface KeyHolder {
  readonly login: string
  readonly password: string
  readonly accountId: string
  readonly passkey: VirtualPasskey
  readonly passkeyId: string
  readonly recoveryCodes: readonly string[]
  /** Of a fresh session at aal 2. */
  readonly token: string
}

/** Adds a passkey to the account of that session. */
export async function addPasskey(
  { engine }: Pick<Harness, 'engine'>,
  token: string,
  passkey = virtualPasskey(ORIGIN),
) {
  const options = await engine.self.passkeyRegistrationOptions({ token, client })
  const response = passkey.create(options)
  const added = await engine.self.addPasskey({ token, client, name: 'key', response })
  assert.ok(added.ok, JSON.stringify(added))
  return { ...added, passkey }
}

/** Registers; the passkey is the only factor. */
export async function keyHolder(
  harness: Harness,
  passkey = virtualPasskey(ORIGIN),
  login = 'ada@example.com',
): Promise<KeyHolder> {
  const { token, session } = await harness.engine.login.register({
    login,
    password: PASSWORD,
    ...client,
  })
  const added = await addPasskey(harness, token, passkey)
  return {
    login,
    password: PASSWORD,
    accountId: session.account.id,
    passkey,
    passkeyId: added.id,
    recoveryCodes: added.recoveryCodes ?? [],
    token: added.signedIn.token,
  }
}

export async function questionFor(
  { engine }: Pick<Harness, 'engine'>,
  ticket: string,
): Promise<PasskeyRequestOptions> {
  const question = await engine.login.passkeyOptions({ ticket, ...client })
  assert.ok(question.status === 'asked', JSON.stringify(question))
  return question.options
}

/** A ticket with the right answer to its question, unless it is told to lie. */
export async function answerOf(
  harness: Harness,
  person: Pick<KeyHolder, 'login' | 'password' | 'passkey'>,
  lies: PasskeyLies = {},
): Promise<{ ticket: string; response: AssertionAnswer }> {
  const ticket = await ticketOf(harness.engine, person)
  const options = await questionFor(harness, ticket)
  return { ticket, response: person.passkey.get(options, lies) }
}

/** `signed_in`, or why not. */
export async function give(
  { engine }: Pick<Harness, 'engine'>,
  answer: { ticket?: unknown; response?: unknown },
): Promise<string> {
  const outcome = await engine.login.passkey({ ...answer, ...client })
  return outcome.status === 'refused' ? outcome.code : outcome.status
}
