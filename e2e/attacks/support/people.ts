/**
 * The people of an attack: owners of accounts with a phone, and those who want in.
 * Promises: each has a login of its own, so that attacks can share a server; phones show codes at the
 * servers' time.
 */
import { randomBytes } from 'node:crypto'
import assert from 'node:assert/strict'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { giveCode, HttpClient, PASSWORD } from '../../support/person.ts'
import type { Answer } from '../../support/person.ts'
import type { Target } from './target.ts'

export interface Phone {
  /** What it shows, or showed, or will show so many steps from now. */
  code(stepsAhead?: number): string
}

/** Somebody who has registered, and nothing more. */
export interface Newcomer {
  readonly login: string
  readonly accountId: string
  /** The browser that the account was made in. */
  readonly browser: HttpClient
}

/** Somebody whose phone is enrolled; its present code is spent. The browser is known to the account. */
export interface Owner extends Newcomer {
  readonly phone: Phone
  readonly authenticatorId: string
  readonly recoveryCodes: readonly string[]
}

export function newLogin(): string {
  return `ada-${randomBytes(6).toString('hex')}@example.com`
}

export async function newcomer(target: Target, login = newLogin()): Promise<Newcomer> {
  const browser = target.browser()
  const answer = await browser.post('/api/register', { login, password: PASSWORD })
  assert.equal(answer.status, 201, answer.text)
  return { login, accountId: answer.json<{ account: { id: string } }>().account.id, browser }
}

export interface Pending {
  readonly id: string
  readonly secret: string
  readonly uri: string
  readonly phone: Phone
}

/** A new authenticator that waits for its first code. */
export async function beginEnrolment(
  target: Target,
  browser: HttpClient,
  more: object = {},
): Promise<Pending> {
  const begun = await browser.post('/api/authenticators', { kind: 'totp', name: 'phone', ...more })
  assert.equal(begun.status, 201, begun.text)
  const { id, secret, uri } = begun.json<{ id: string; secret: string; uri: string }>()
  return { id, secret, uri, phone: virtualAuthenticator(uri, target) }
}

export async function confirm(
  browser: HttpClient,
  { id, phone }: Pick<Pending, 'id' | 'phone'>,
): Promise<readonly string[]> {
  const answer = await browser.post(`/api/authenticators/${id}/confirm`, { code: phone.code() })
  assert.equal(answer.status, 200, answer.text)
  return answer.json<{ recoveryCodes?: string[] }>().recoveryCodes ?? []
}

export async function owner(target: Target, login = newLogin()): Promise<Owner> {
  const person = await newcomer(target, login)
  const pending = await beginEnrolment(target, person.browser)
  const recoveryCodes = await confirm(person.browser, pending)
  return { ...person, phone: pending.phone, authenticatorId: pending.id, recoveryCodes }
}

/** Gives the password, by the API. */
export function givePassword(
  browser: HttpClient,
  login: string,
  password = PASSWORD,
): Promise<Answer> {
  return browser.post('/api/login', { login, password })
}

/** Password and code from one browser, by the API. */
export async function signIn(
  browser: HttpClient,
  login: string,
  code: string,
  method: 'totp' | 'recovery' = 'totp',
): Promise<Answer> {
  const password = await givePassword(browser, login)
  const { ticket = '' } = password.json<{ ticket?: string }>()
  return giveCode(browser, ticket, code, method)
}

/** The same by the pages, whose ticket is a cookie. */
export async function signInByPage(
  browser: HttpClient,
  login: string,
  code: string,
): Promise<Answer> {
  await browser.send('POST', '/login', { form: { login, password: PASSWORD } })
  return browser.send('POST', '/login/code', { form: { method: 'totp', code } })
}

/** A full sign-in that must work. */
export async function signedIn(
  browser: HttpClient,
  login: string,
  code: string,
  method: 'totp' | 'recovery' = 'totp',
): Promise<HttpClient> {
  const answer = await signIn(browser, login, code, method)
  assert.equal(answer.status, 200, answer.text)
  return browser
}

/** A code that this phone shows neither now nor soon. */
export function wrongCode(phone: Phone): string {
  const shown = new Set(Array.from({ length: 40 }, (_, nth) => phone.code(nth - 20)))
  for (let number = 100_000; ; number++) if (!shown.has(String(number))) return String(number)
}

export function times<Result>(count: number, make: (nth: number) => Result): Result[] {
  return Array.from({ length: count }, (_, nth) => make(nth))
}

/** Another browser with the very same cookies: stolen, or copied. */
export function copyOf(browser: HttpClient, target: Target): HttpClient {
  const copy = target.browser()
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
  return copy
}
