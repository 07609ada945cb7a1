/** Secrets put where they do not belong: into addresses, headers, other fields and broken bodies. */
import type { Answer, Sending } from '../../support/person.ts'
import type { Canary, Keeper } from './canaries.ts'
import { newLogin } from './people.ts'
import type { Target } from './target.ts'

export const PAGE = { accept: 'text/html' }
const JSON_TYPE = { 'content-type': 'application/json' }

type Request = readonly [method: string, path: string, sending?: Sending]

/** Every wrong place that people, scripts and proxies put a secret into. None of it is to be accepted. */
function misplaced(secret: string): readonly Request[] {
  const typed = encodeURIComponent(secret)
  return [
    ['GET', `/api/session?token=${typed}&access_token=${typed}&password=${typed}`],
    ['GET', `/login?code=${typed}`, { headers: PAGE }],
    ['GET', `/reauthenticate?next=https://${typed}`, { headers: PAGE }],
    ['GET', `/password/reset?token=${typed}`, { headers: PAGE }],
    ['GET', `/nowhere/${typed}`],
    ['GET', `/nowhere/${typed}`, { headers: PAGE }],
    ['GET', `/api/authenticators/${typed}/qr.png`],
    ['GET', `/account/authenticators/${typed}`, { headers: PAGE }],
    ['DELETE', `/api/sessions/${typed}`],
    ['DELETE', `/api/authenticators/${typed}`],
    ['PATCH', `/api/authenticators/${typed}`, { json: { name: { secret } } }],
    ['PUT', `/api/login?${typed}`, { json: { secret } }],
    ['POST', `/api/authenticators/${typed}/confirm`, { json: { code: secret } }],
    ['POST', '/api/login', { json: { login: [secret], password: { secret } } }],
    ['POST', '/api/login', { json: { login: newLogin(), [secret]: secret } }],
    ['POST', '/api/login', { text: `{"login":"ada","password":"${secret}`, headers: JSON_TYPE }],
    ['POST', '/api/login', { text: secret, headers: { 'content-type': 'text/plain' } }],
    ['POST', '/api/register', { json: { login: `${secret}:`, password: secret } }],
    ['POST', '/api/login/code', { json: { ticket: secret, method: secret, code: secret } }],
    ['POST', '/api/login/code', { json: { ticket: secret, code: secret } }],
    ['POST', '/api/login/code', { json: { ticket: { secret }, code: [secret] } }],
    ['POST', '/api/authenticators', { json: { kind: secret, name: '', algorithm: secret } }],
    ['POST', '/api/password', { json: { newPassword: [secret] } }],
    ['POST', '/api/password/forgot', { json: { login: secret } }],
    ['POST', '/api/password/reset', { json: { token: secret, newPassword: secret } }],
    ['POST', '/password/reset', { form: { token: secret, newPassword: secret } }],
    ['POST', '/api/reauthenticate', { json: { password: [secret], code: secret } }],
    ['POST', '/login/code', { form: { method: secret, code: secret } }],
    ['POST', '/account/recovery-codes/file', { form: { codes: secret } }],
    ['POST', `/account/authenticators/${typed}/confirm`, { form: { code: secret } }],
    ['POST', '/api/logout', { headers: { origin: `https://${typed}` } }],
  ]
}

/** The same of headers, sent by a browser that is not signed in. */
function misplacedHeaders(secret: string): readonly Request[] {
  const typed = encodeURIComponent(secret)
  return [
    { authorization: `Bearer ${secret}` },
    { authorization: `Basic ${Buffer.from(`ada:${secret}`).toString('base64')}` },
    { 'x-api-key': secret, 'x-auth-token': secret, 'x-session': secret },
    { 'x-forwarded-for': secret, 'x-request-id': secret, forwarded: `for=${secret}` },
    { referer: `http://localhost/${typed}` },
    { cookie: `halfminute-ticket=${typed}; halfminute-notice=${typed}; session=${typed}` },
  ].flatMap((headers): Request[] => [
    ['GET', '/api/session', { headers }],
    ['GET', '/account', { headers: { ...headers, ...PAGE } }],
    ['POST', '/api/login/code', { json: { code: 'x' }, headers }],
  ])
}

/** @returns the answers to all of it, each with what was asked */
export async function misplaceAll(
  target: Target,
  { browser, canaries }: Keeper,
  more: readonly Canary[] = [],
): Promise<{ readonly request: string; readonly answer: Answer }[]> {
  const stranger = target.browser()
  const answers: { request: string; answer: Answer }[] = []
  for (const { what, text } of [...canaries, ...more]) {
    for (const [who, requests] of [
      [browser, misplaced(text)],
      [stranger, misplacedHeaders(text)],
    ] as const) {
      for (const [method, path, sending] of requests) {
        const answer = await who.send(method, path, sending)
        const [route = ''] = path.split('?')
        answers.push({ request: `${what} at ${method} ${route}`, answer })
      }
    }
  }
  return answers
}
