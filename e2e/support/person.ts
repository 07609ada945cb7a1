/**
 * Somebody at the other end of the wire: an API client with cookies, and a person with an authenticator.
 * Promises: speaks HTTP only; knows nothing of the server but its address.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'

export class Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer

  constructor(status: number, headers: Headers, bytes: Buffer) {
    this.status = status
    this.headers = headers
    this.bytes = bytes
  }

  get text(): string {
    return this.bytes.toString('utf8')
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
}

export interface Sending {
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
  /** In the place of what these two would send; their headers stay. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sees each answer, for tests that read everything. */
export type Watch = (request: { method: string; path: string }, answer: Answer) => void

export class HttpClient {
  readonly cookies = new Map<string, string>()
  readonly #urls: readonly string[]
  readonly #watch: Watch
  #sent = 0

  /** @param url of the server, or of several that are asked in turn */
  constructor(url: string | readonly string[], watch: Watch = () => {}) {
    this.#urls = typeof url === 'string' ? [url] : url
    this.#watch = watch
  }

  async send(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const { json, form } = sending
    const url = this.#urls[this.#sent++ % this.#urls.length] ?? ''
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const fields = form && String(new URLSearchParams(form))
    const body = sending.text ?? (json === undefined ? fields : JSON.stringify(json))
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookie && { cookie }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(form && {
          'content-type': 'application/x-www-form-urlencoded',
          origin: new URL(url).origin,
          accept: 'text/html',
        }),
        ...sending.headers,
      },
      ...(body !== undefined && { body }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const answer = new Answer(response.status, response.headers, bytes)
    for (const header of response.headers.getSetCookie()) this.#keep(header)
    this.#watch({ method, path }, answer)
    return answer
  }

  get(path: string, sending?: Sending): Promise<Answer> {
    return this.send('GET', path, sending)
  }

  post(path: string, json?: unknown): Promise<Answer> {
    return this.send('POST', path, json === undefined ? {} : { json })
  }

  /** The cookie that is the session. */
  get session(): string | undefined {
    return this.cookies.get('halfminute-session') ?? this.cookies.get('__Host-halfminute-session')
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.get('/api/session')).status === 200
  }

  #keep(header: string): void {
    const [pair = '', ...attributes] = header.split('; ')
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(at + 1))
  }
}

/** Shows codes, as an app on a phone does: for a Unix time in seconds. */
export interface Authenticator {
  code(nowSeconds: number): string
}

/** The `oathtool` of the OATH Toolkit: nothing of ours is in it. Reads what stands in the URI. */
export function oathtool(uri: string): Authenticator {
  const parameters = new URL(uri).searchParams
  const secret = parameters.get('secret') ?? ''
  const algorithm = (parameters.get('algorithm') ?? 'SHA1').toLowerCase()
  const digits = parameters.get('digits') ?? '6'
  const periodSeconds = parameters.get('period') ?? '30'
  const options = [`--totp=${algorithm}`, '-b', '-d', digits, '-s', `${periodSeconds}s`]
  return {
    code: (nowSeconds) =>
      // The secret goes in by standard input, so that no process list shows it.
      execFileSync('oathtool', [...options, '-N', `@${nowSeconds}`, '-'], {
        input: `${secret}\n`,
        encoding: 'utf8',
      }).trim(),
  }
}

export const PASSWORD = 'correct horse battery'

export interface Enrolled {
  readonly id: string
  readonly secret: string
  readonly uri: string
  readonly phone: Authenticator
  readonly recoveryCodes: readonly string[]
}

export async function register(client: HttpClient, login: string): Promise<string> {
  const answer = await client.post('/api/register', { login, password: PASSWORD })
  assert.equal(answer.status, 201, answer.text)
  return answer.json<{ account: { id: string } }>().account.id
}

/**
 * Begins and confirms an authenticator.
 * @param nowSeconds the server's time
 */
export async function enrol(
  client: HttpClient,
  authenticator: (uri: string) => Authenticator,
  nowSeconds: number,
  options: object = {},
): Promise<Enrolled> {
  const request = { kind: 'totp', name: 'phone', ...options }
  const begun = await client.post('/api/authenticators', request)
  assert.equal(begun.status, 201, begun.text)
  const { id, secret, uri } = begun.json<{ id: string; secret: string; uri: string }>()
  const phone = authenticator(uri)
  const code = phone.code(nowSeconds)
  const confirmed = await client.post(`/api/authenticators/${id}/confirm`, { code })
  assert.equal(confirmed.status, 200, confirmed.text)
  const { recoveryCodes = [] } = confirmed.json<{ recoveryCodes?: string[] }>()
  return { id, secret, uri, phone, recoveryCodes }
}

/** The password step of somebody who has a second factor. */
export async function ticketOf(client: HttpClient, login: string): Promise<string> {
  const answer = await client.post('/api/login', { login, password: PASSWORD })
  assert.equal(answer.json()['status'], 'second_factor', answer.text)
  return answer.json<{ ticket: string }>().ticket
}

export async function giveCode(
  client: HttpClient,
  ticket: string,
  code: string,
  method: 'totp' | 'recovery' = 'totp',
): Promise<Answer> {
  return client.post('/api/login/code', { ticket, method, code })
}
