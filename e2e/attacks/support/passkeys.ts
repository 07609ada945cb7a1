/**
 * Owners with a passkey, and what their browsers answer. Passkeys belong to one address, so servers that
 * share a database go by one name, as they would behind a proxy.
 */
import assert from 'node:assert/strict'
import type { PasskeyCreationOptions, PasskeyRequestOptions } from '@halfminute/engine'
import { virtualPasskey } from '@halfminute/engine/testing'
import type { AssertionAnswer, PasskeyLies, VirtualPasskey } from '@halfminute/engine/testing'
import type { HttpClient } from '../../support/person.ts'
import { givePassword, newcomer } from './people.ts'
import type { Newcomer } from './people.ts'
import type { Target } from './target.ts'

export const SITE = 'http://localhost:8080'
export const BY_NAME = { 'base-url': SITE }

export interface KeyOwner extends Newcomer {
  readonly passkey: VirtualPasskey
  readonly passkeyId: string
}

export async function addPasskey(browser: HttpClient, passkey: VirtualPasskey): Promise<string> {
  const asked = await browser.post('/api/passkeys/options')
  const { options } = asked.json<{ options: PasskeyCreationOptions }>()
  const added = await browser.post('/api/passkeys', {
    name: 'key',
    response: passkey.create(options),
  })
  assert.equal(added.status, 201, added.text)
  return added.json<{ id: string }>().id
}

/** Somebody whose only factor is a passkey. Behind the proxy of a password manager it does not count. */
export async function keyOwner(target: Target, passkey = virtualPasskey(SITE)): Promise<KeyOwner> {
  const person = await newcomer(target)
  return { ...person, passkey, passkeyId: await addPasskey(person.browser, passkey) }
}

/** The password given in this browser. */
export async function ticketOf(browser: HttpClient, login: string): Promise<string> {
  return (await givePassword(browser, login)).json<{ ticket: string }>().ticket
}

/** What this passkey answers for that ticket. */
export async function answerFor(
  browser: HttpClient,
  ticket: string,
  passkey: VirtualPasskey,
  lies?: PasskeyLies,
): Promise<AssertionAnswer> {
  const asked = await browser.post('/api/login/passkey/options', { ticket })
  assert.equal(asked.status, 200, asked.text)
  return passkey.get(asked.json<{ options: PasskeyRequestOptions }>().options, lies)
}

/** Password and passkey from one browser. @returns what the passkey answered */
export async function signInByKey(
  browser: HttpClient,
  login: string,
  passkey: VirtualPasskey,
  lies?: PasskeyLies,
): Promise<AssertionAnswer> {
  const ticket = await ticketOf(browser, login)
  const response = await answerFor(browser, ticket, passkey, lies)
  await browser.post('/api/login/passkey', { ticket, response })
  return response
}
