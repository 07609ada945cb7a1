/**
 * What the HTTP tests share: the app as a function over a database in memory, a clock that stands still,
 * and visitors, who keep cookies as a browser does and nothing else.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  createEngine,
  DEFAULT_LIMITS,
  generateKeyring,
  isPasskeyOrigin,
  sqliteStore,
  systemRandom,
} from '@halfminute/engine'
import type {
  Engine,
  Keyring,
  Limits,
  SecondFactorPolicy,
  Senders,
  SentCodes,
  Store,
} from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import type { FixedClock, VirtualAuthenticator } from '@halfminute/engine/testing'
import { createApp } from '../../src/http/app.ts'
import type { AppOptions } from '../../src/http/app.ts'
import type { RequestLine } from '../../src/http/log.ts'

export const PASSWORD = 'correct horse battery'
export const HTTPS = 'https://login.example.com'

export type App = ReturnType<typeof createApp>

export interface Harness {
  readonly app: App
  readonly engine: Engine
  readonly store: Store
  readonly clock: FixedClock
  /** The log, a line for each request. */
  readonly lines: readonly RequestLine[]
  /** Somebody without cookies. */
  readonly visitor: () => Visitor
}

export interface HarnessOptions {
  readonly baseUrl?: string | undefined
  readonly secondFactor?: SecondFactorPolicy
  readonly trustedProxies?: readonly string[]
  readonly store?: Store
  readonly keyring?: Keyring
  readonly limits?: Partial<Limits>
  readonly trustedBrowserDays?: number
  readonly notify?: Senders
  readonly sentCodes?: Partial<SentCodes>
  readonly shownMail?: AppOptions['shownMail']
}

/** Closed at the end of the test. */
export function openApp(t: TestContext, options: HarnessOptions = {}): Harness {
  const { baseUrl, secondFactor = 'always', trustedProxies = [], notify = {} } = options
  const store = options.store ?? sqliteStore(':memory:')
  const clock = fixedClock()
  const keyring = options.keyring ?? generateKeyring(systemRandom)
  const { limits = {}, trustedBrowserDays = 0, sentCodes = {} } = options
  const own = baseUrl ?? 'http://localhost'
  const relyingParty = isPasskeyOrigin(own) && { relyingParty: { origin: own } }
  const rules = {
    issuer: 'ACME',
    secondFactor,
    limits,
    trustedBrowserDays,
    sentCodes,
    ...relyingParty,
  }
  const engine = createEngine({ ...rules, store, keyring, clock, notify })
  t.after(() => engine.close())
  const lines: RequestLine[] = []
  let count = 0
  const app = createApp({
    engine,
    issuer: 'ACME',
    secondFactor,
    baseUrl: own,
    sessionSeconds: DEFAULT_LIMITS.sessionAbsoluteSeconds,
    ticketSeconds: DEFAULT_LIMITS.ticketSeconds,
    trustedProxies,
    sendsMail: notify.email !== undefined,
    ...(options.shownMail && { shownMail: options.shownMail }),
    log: (line) => lines.push(line),
    nowSeconds: () => clock.nowSeconds(),
    randomText: () => `random-${++count}`,
    milliseconds: () => 0,
  })
  return { app, engine, store, clock, lines, visitor: () => new Visitor(app, baseUrl) }
}

export interface Sending {
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as a form, by a browser on the site itself. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly body?: string | FormData | ReadableStream
  readonly headers?: Readonly<Record<string, string>>
  /** Address of the socket's other end. */
  readonly remoteAddress?: string
}

export class Visitor {
  /** By the name the browser knows. */
  readonly cookies = new Map<string, string>()
  readonly #app: App
  readonly #origin: string

  constructor(app: App, baseUrl?: string) {
    this.#app = app
    this.#origin = baseUrl ?? 'http://localhost:8080'
  }

  async send(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const { json, form, body, remoteAddress } = sending
    const headers = new Headers({ host: new URL(this.#origin).host })
    if (this.cookies.size > 0) {
      headers.set('cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '))
    }
    if (json !== undefined) headers.set('content-type', 'application/json')
    if (form !== undefined) {
      headers.set('content-type', 'application/x-www-form-urlencoded')
      headers.set('sec-fetch-site', 'same-origin')
    }
    for (const [name, value] of Object.entries(sending.headers ?? {})) headers.set(name, value)
    const content =
      json === undefined ? (form ? String(new URLSearchParams(form)) : body) : JSON.stringify(json)
    // The length that a server would have read from the wire.
    if (typeof content === 'string' && !headers.has('content-length')) {
      headers.set('content-length', String(Buffer.byteLength(content)))
    }
    const request = new Request(this.#origin + path, {
      method,
      headers,
      ...(content !== undefined && { body: content, duplex: 'half' }),
    })
    const socket = { incoming: { socket: { remoteAddress: remoteAddress ?? '192.0.2.10' } } }
    const response = await this.#app.fetch(request, socket)
    const answer = new Answer(response.status, response.headers, await response.text())
    for (const [name, { value, attributes }] of answer.setCookies) {
      if (attributes.get('max-age') === '0') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  get(path: string, sending?: Sending): Promise<Answer> {
    return this.send('GET', path, sending)
  }

  /** A page, as a browser asks for it. */
  page(path: string): Promise<Answer> {
    return this.send('GET', path, { headers: { accept: 'text/html' } })
  }

  post(path: string, json?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, { ...(json !== undefined && { json }), headers })
  }

  submit(path: string, form: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, { form, headers: { accept: 'text/html' } })
  }

  /** The session's token, as the cookie holds it. */
  get session(): string | undefined {
    return this.cookies.get('halfminute-session') ?? this.cookies.get('__Host-halfminute-session')
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.get('/api/session')).status === 200
  }
}

export interface SetCookie {
  readonly value: string
  /** In lower case; those without a value have ''. */
  readonly attributes: ReadonlyMap<string, string>
}

export class Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string

  constructor(status: number, headers: Headers, text: string) {
    this.status = status
    this.headers = headers
    this.text = text
  }

  /** As what the caller expects to find. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  json<Shape = Record<string, unknown>>(): Shape {
    return JSON.parse(this.text) as Shape
  }

  /** Of a problem; undefined where the body is none. */
  get code(): string | undefined {
    const isProblem = this.headers.get('content-type') === 'application/problem+json'
    return isProblem ? this.json<{ code: string }>().code : undefined
  }

  get setCookies(): ReadonlyMap<string, SetCookie> {
    return new Map(this.headers.getSetCookie().map(readSetCookie))
  }
}

function readSetCookie(header: string): [string, SetCookie] {
  const [first, ...rest] = header.split('; ').map(readPair)
  assert.ok(first)
  return [
    first[0],
    {
      value: first[1],
      attributes: new Map(rest.map(([name, value]) => [name.toLowerCase(), value])),
    },
  ]
}

function readPair(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

export interface Person {
  readonly login: string
  readonly accountId: string
  readonly authenticatorId: string
  readonly phone: VirtualAuthenticator
  readonly secret: string
  readonly recoveryCodes: readonly string[]
}

/** Signed in at aal 1, without a second factor yet. */
export async function register(visitor: Visitor, login = 'ada@example.com'): Promise<string> {
  const answer = await visitor.post('/api/register', { login, password: PASSWORD })
  assert.equal(answer.status, 201, answer.text)
  return answer.json<{ account: { id: string } }>().account.id
}

export interface Started {
  readonly id: string
  readonly secret: string
  readonly uri: string
}

export async function beginEnrolment(visitor: Visitor, options: object = {}): Promise<Started> {
  const request = { kind: 'totp', name: 'phone', ...options }
  const answer = await visitor.post('/api/authenticators', request)
  assert.equal(answer.status, 201, answer.text)
  return answer.json<Started>()
}

/** Registers and enrols; leaves the visitor at aal 2, and the code of the present step spent. */
export async function enrolledPerson(
  visitor: Visitor,
  clock: FixedClock,
  login = 'ada@example.com',
): Promise<Person> {
  const accountId = await register(visitor, login)
  const { id, secret, uri } = await beginEnrolment(visitor)
  const phone = virtualAuthenticator(uri, clock)
  const confirmed = await visitor.post(`/api/authenticators/${id}/confirm`, { code: phone.code() })
  assert.equal(confirmed.status, 200, confirmed.text)
  const { recoveryCodes } = confirmed.json<{ recoveryCodes: string[] }>()
  return { login, accountId, authenticatorId: id, phone, secret, recoveryCodes }
}

/** The password step. */
export async function ticketOf(
  visitor: Visitor,
  { login }: Pick<Person, 'login'>,
): Promise<string> {
  const answer = await visitor.post('/api/login', { login, password: PASSWORD })
  assert.equal(answer.json()['status'], 'second_factor', answer.text)
  return answer.json<{ ticket: string }>().ticket
}

/** Both steps, with the code of the next step, which is unspent. */
export async function signIn(visitor: Visitor, clock: FixedClock, person: Person): Promise<void> {
  clock.wait(30)
  const ticket = await ticketOf(visitor, person)
  const answer = await visitor.post('/api/login/code', { ticket, code: person.phone.code() })
  assert.equal(answer.status, 200, answer.text)
}

/** The same, and the wish not to be asked for a code here for a while. */
export async function trustBrowser(
  visitor: Visitor,
  { clock }: Pick<Harness, 'clock'>,
  person: Person,
): Promise<Answer> {
  clock.wait(30)
  const ticket = await ticketOf(visitor, person)
  const give = { ticket, code: person.phone.code(), trustBrowser: true }
  const answer = await visitor.post('/api/login/code', give)
  assert.equal(answer.status, 200, answer.text)
  return answer
}

/** Both proofs once more, for an open session that has grown old. */
export async function reauthenticate(
  visitor: Visitor,
  clock: FixedClock,
  person: Person,
): Promise<void> {
  clock.wait(30)
  const proofs = { password: PASSWORD, code: person.phone.code() }
  const answer = await visitor.post('/api/reauthenticate', proofs)
  assert.equal(answer.status, 200, answer.text)
}

/** Six digits that are right neither now nor in any near step. */
export function wrongCode(phone: VirtualAuthenticator): string {
  const near = new Set(Array.from({ length: 40 }, (_, at) => phone.code(at - 20)))
  return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find(
    (code) => !near.has(code),
  ) as string
}

/** Everything but middleware: each route that somebody may call, as `POST /api/login`. */
export function routesOf(app: App): string[] {
  const named = app.routes.filter(({ method }) => method !== 'ALL')
  return [...new Set(named.map(({ method, path }) => `${method} ${path}`))].toSorted()
}
