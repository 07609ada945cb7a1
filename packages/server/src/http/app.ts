/**
 * The whole server as a function from Request to Response: no port, no process, no clock of its own.
 *
 * Promises: every failure leaves in one shape (problem+json on the API, a page elsewhere); every
 * answer carries the security headers; nothing over 16 KiB is read.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { Context } from 'hono'
import { EngineError } from '@halfminute/engine'
import type { Engine, SecondFactorPolicy } from '@halfminute/engine'
import { apiRoutes } from './api.ts'
import type { AppEnv } from './app-env.ts'
import { clientReader } from './client.ts'
import { cookies } from './cookies.ts'
import type { Cookies } from './cookies.ts'
import { requestLog } from './log.ts'
import type { Log } from './log.ts'
import { openApiDocument } from './openapi.ts'
import { pageRoutes } from './pages.ts'
import { developmentMailPages } from './pages/development-mail.ts'
import { detour } from './pages/page.ts'
import { Problem, problemHeaders, problemResponse, PROBLEMS, toProblem } from './problems.ts'
import { sameOrigin } from './same-origin.ts'
import { securityHeaders } from './security-headers.ts'
import type { ShownMails } from '../mail/mail.ts'
import { problemPage } from '../pages/problem.ts'

/** The largest body of ours, a form with ten recovery codes, is under 2 KiB. */
const MOST_BODY_BYTES = 16 * 1024

export interface AppOptions {
  readonly engine: Engine
  readonly issuer: string
  readonly secondFactor: SecondFactorPolicy
  /** The public address, such as https://login.example.com. With https cookies are Secure. */
  readonly baseUrl: string
  /** Lives of the cookies. */
  readonly sessionSeconds: number
  readonly ticketSeconds: number
  readonly trustedProxies?: readonly string[]
  /** Does this server send mail? Without it a forgotten password cannot be helped. Default false. */
  readonly sendsMail?: boolean
  /** What would have been sent, and where it is shown. For a developer's own machine only. */
  readonly shownMail?: ShownMails
  readonly log: Log
  /** For dates on what people keep. */
  readonly nowSeconds: () => number
  /** A random text, unguessable for nonces. */
  readonly randomText: () => string
  /** Any clock that only grows, for durations. */
  readonly milliseconds: () => number
}

/** What the routes need. */
export interface Face {
  readonly engine: Engine
  readonly cookies: Cookies
  readonly issuer: string
  readonly secondFactor: SecondFactorPolicy
  readonly sendsMail: boolean
  readonly nowSeconds: () => number
}

export function createApp(options: AppOptions): OpenAPIHono<AppEnv> {
  const { engine, issuer, secondFactor, baseUrl, sessionSeconds, ticketSeconds } = options
  const trustSeconds = engine.trustedBrowserDays * 86_400
  const secure = baseUrl.startsWith('https:')
  const face: Face = {
    engine,
    cookies: cookies({ secure, sessionSeconds, ticketSeconds, trustSeconds }),
    issuer,
    secondFactor,
    sendsMail: options.sendsMail ?? false,
    nowSeconds: options.nowSeconds,
  }
  const readClient = clientReader(options.trustedProxies ?? [])
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid, strict: true })

  app.use(requestLog(options.log, options.milliseconds, options.randomText))
  app.use(securityHeaders(options.randomText))
  app.use(async (c, next) => {
    const { device, trust } = face.cookies
    c.set('client', { ...readClient(c), device: device.read(c), trust: trust.read(c) })
    await next()
  })
  app.use(sameOrigin(baseUrl))
  app.use(bodyLimit({ maxSize: MOST_BODY_BYTES, onError: tooLarge }))

  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    await engine.ready()
    await engine.ping()
    return c.json({ status: 'ready' })
  })
  apiRoutes(app, face)
  const description = openApiDocument(app, face.cookies.session.name)
  app.get('/openapi.json', (c) => c.json(description))
  pageRoutes(app, face)
  if (options.shownMail !== undefined) developmentMailPages(app, face, options.shownMail)
  refuseOtherMethods(app)

  app.notFound((c) => {
    c.set('failure', { code: 'NOT_FOUND' })
    return answer(c, new Problem('NOT_FOUND'), face)
  })
  app.onError((error, c) => {
    const problem = toProblem(known(error))
    const { status } = PROBLEMS[problem.code]
    c.set('failure', {
      code: problem.code,
      detail: error instanceof EngineError ? error.detail : undefined,
      cause: status >= 500 ? error : undefined,
    })
    const wayOn = isPage(c) ? detour(c, face, error) : undefined
    return wayOn ?? answer(c, problem, face)
  })
  return app
}

/** JSON for programs, a page for people: one failure, two faces. */
function answer(c: Context<AppEnv>, problem: Problem, face: Face): Response | Promise<Response> {
  if (isPage(c)) {
    for (const [name, value] of Object.entries(problemHeaders(problem))) c.header(name, value)
    return c.html(problemPage(c.get('nonce'), face.issuer, problem), PROBLEMS[problem.code].status)
  }
  return problemResponse(problem)
}

function isPage(c: Context<AppEnv>): boolean {
  const forPrograms = /^\/(api\/|v1\/|openapi\.json|healthz|readyz)/.test(c.req.path)
  return !forPrograms && (c.req.header('accept') ?? '').includes('text/html')
}

/** What hono and the socket throw by themselves, in our words. */
function known(error: Error): Error {
  // The client hung up before its body was whole; nobody reads this answer, and it is no fault of ours.
  if ('code' in error && error.code === 'ECONNRESET') return new Problem('REQUEST_INVALID')
  if (!(error instanceof HTTPException)) return error
  return new Problem(error.status === 413 ? 'BODY_TOO_LARGE' : 'REQUEST_INVALID')
}

function tooLarge(): never {
  throw new Problem('BODY_TOO_LARGE')
}

/** Zod's findings without its values. */
function refuseInvalid(result: {
  success: boolean
  error?: { issues: { path: PropertyKey[]; message: string }[] }
}): void {
  if (result.success) return
  const errors = (result.error?.issues ?? []).map(({ path, message }) => ({
    member: path.join('.'),
    text: message,
  }))
  throw new Problem('REQUEST_INVALID', { errors })
}

/** A known address with an unknown method is 405 and says which methods there are. */
function refuseOtherMethods(app: OpenAPIHono<AppEnv>): void {
  const methods = new Map<string, string[]>()
  for (const { path, method } of app.routes) {
    if (method !== 'ALL') methods.set(path, [...(methods.get(path) ?? []), method])
  }
  for (const [path, allow] of methods) {
    app.all(path, () => {
      throw new Problem('METHOD_NOT_ALLOWED', { allow: [...new Set(allow)] })
    })
  }
}
