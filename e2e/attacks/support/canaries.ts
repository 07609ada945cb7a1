/**
 * Somebody who has every kind of secret, and where to look for them.
 * Promises: what is to be shown once has been shown before the search begins; a form is eight characters
 * at least, so that none turns up by chance.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '@halfminute/otp'
import { PASSWORD } from '../../support/person.ts'
import type { Answer } from '../../support/person.ts'
import { beginEnrolment, confirm, givePassword, newcomer, signedIn } from './people.ts'
import type { Owner } from './people.ts'
import type { OwnTarget, Target } from './target.ts'

/** Something secret, in every way that it may be written. */
export interface Canary {
  readonly what: string
  readonly text: string
  readonly forms: readonly string[]
}

export interface Keeper extends Owner {
  readonly canaries: readonly Canary[]
}

export const WRONG_PASSWORD = 'canary of a wrong password'

export function canary(what: string, text: string, ...more: readonly string[]): Canary {
  const inAddress = encodeURIComponent(text)
  const forms = new Set([text, ...more, inAddress, inAddress.replaceAll('%20', '+')])
  return { what, text, forms: [...forms] }
}

/** A token also leaks when it leaks without its account. */
function token(what: string, text: string): Canary {
  return canary(what, text, text.split('.')[0] ?? text)
}

/** Eight digits, as six turn up by chance. What is to be shown once has been shown when this is over. */
export async function keeper(target: Target): Promise<Keeper> {
  const person = await newcomer(target)
  const { browser, login } = person
  const pending = await beginEnrolment(target, browser, { digits: 8 })
  const { secret, uri, phone, id } = pending
  const recoveryCodes = await confirm(browser, pending)
  const [used = '', unused = ''] = recoveryCodes
  await signedIn(browser, login, used, 'recovery')
  const ticket = (await givePassword(target.browser(), login)).json<{ ticket: string }>().ticket
  const { hex, bytes } = Secret.fromBase32(secret)
  const device = [...browser.cookies].find(([name]) => name.endsWith('-device'))?.[1] ?? ''
  const base64 = Buffer.from(bytes).toString('base64')
  const canaries = [
    canary('a password', PASSWORD),
    canary('a wrong password', WRONG_PASSWORD),
    canary('a secret', secret, secret.toLowerCase(), hex, hex.toUpperCase(), base64),
    canary('an otpauth URI', uri),
    canary('a right code', phone.code(1)),
    canary('a spent code', phone.code()),
    canary('a wrong code', phone.code(500)),
    canary('a used recovery code', used, used.replaceAll('-', '')),
    canary('a recovery code', unused, unused.replaceAll('-', '')),
    token('a session', browser.session ?? ''),
    token('a ticket', ticket),
    token('a known browser', device),
  ]
  assert.ok(canaries.every(({ forms }) => forms.every(({ length }) => length >= 8)))
  return { ...person, phone, authenticatorId: id, recoveryCodes, canaries }
}

export function found(canaries: readonly Canary[], text: string): string[] {
  return canaries.filter(({ forms }) => forms.some((form) => text.includes(form))).map(toWhat)
}

const toWhat = ({ what }: Canary) => what

/** All that came over the wire. */
export function wholeOf(answer: Answer): string {
  return [...[...answer.headers].map((pair) => pair.join(': ')), answer.text].join('\n')
}

/** What is in the key file. */
export function keyOf({ folder }: OwnTarget): Canary {
  const text = readFileSync(join(folder, 'a.key'), 'utf8')
  const [key = ''] = /^[A-Za-z0-9+/]{43}=$/m.exec(text) ?? []
  assert.equal(key.length, 44)
  return canary('the key', key, key.slice(0, -1), Buffer.from(key, 'base64').toString('hex'))
}
