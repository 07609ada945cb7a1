/** What browsers do with passkeys, over the API. */
import assert from 'node:assert/strict'
import type { PasskeyCreationOptions, PasskeyRequestOptions } from '@halfminute/engine'
import { virtualPasskey } from '@halfminute/engine/testing'
import type { AssertionAnswer, CreationAnswer, VirtualPasskey } from '@halfminute/engine/testing'
import type { Answer, Visitor } from './support.ts'

/** The one of `openApp` that is told of no other. */
export const ORIGIN = 'http://localhost'

/** What a browser answers for a new passkey; undefined where the server does not ask. */
export async function newAnswer(
  visitor: Visitor,
  passkey = virtualPasskey(ORIGIN),
): Promise<CreationAnswer | undefined> {
  const asked = await visitor.post('/api/passkeys/options')
  if (asked.status !== 200) return undefined
  return passkey.create(asked.json<{ options: PasskeyCreationOptions }>().options)
}

/**
 * What a browser answers at sign-in, or before a change.
 * @param ticket left out: before a change
 */
export async function answerOf(
  visitor: Visitor,
  passkey: VirtualPasskey,
  ticket?: string,
): Promise<AssertionAnswer | undefined> {
  const asked =
    ticket === undefined
      ? await visitor.post('/api/reauthenticate/passkey/options')
      : await visitor.post('/api/login/passkey/options', { ticket })
  if (asked.status !== 200) return undefined
  return passkey.get(asked.json<{ options: PasskeyRequestOptions }>().options)
}

export async function addPasskey(
  visitor: Visitor,
  passkey = virtualPasskey(ORIGIN),
): Promise<{ passkey: VirtualPasskey; id: string; answer: Answer }> {
  const response = await newAnswer(visitor, passkey)
  const answer = await visitor.post('/api/passkeys', { name: 'key', response })
  assert.equal(answer.status, 201, answer.text)
  return { passkey, id: answer.json<{ id: string }>().id, answer }
}
