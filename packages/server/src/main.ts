/**
 * The composition root: clock, randomness, database, port and log are made here and handed in.
 *
 * Promises: a start that fails says why in one sentence and leaves the disk as it was; a stop lets
 * running requests finish. Leaves to the callers: settings, the terminal, signals.
 */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { systemClock } from '@halfminute/engine'
import type { Clock, Engine } from '@halfminute/engine'
import { createApp } from './http/app.ts'
import type { Log } from './http/log.ts'
import { answerMalformed } from './http/malformed.ts'
import { mailOf } from './mail/mail.ts'
import { codeOf, openEngine } from './opening.ts'
import { rounds } from './rounds.ts'
import type { Settings } from './settings.ts'
import { StartProblem } from './start-problem.ts'

/** How long running requests may take after a stop was asked for. */
const STOP_MILLISECONDS = 10_000
/** How often rows that nothing looks at any more are removed. */
const SWEEP_MILLISECONDS = 3_600_000
/** How often is looked for messages to be sent. */
const MAIL_MILLISECONDS = 1_000

export interface Running {
  /** Where it answers, such as http://localhost:8080. */
  readonly url: string
  /** The one that it took, where it was left to choose. */
  readonly port: number
  readonly firstStart: boolean
  /** Where it shows the mails that it does not send, if it does. */
  readonly mailPage?: string
  stop(): Promise<void>
}

export interface StartOptions {
  readonly clock?: Clock
  /** Where log lines go; standard output by default. */
  readonly logTo?: { write(line: string): void }
  /** Where mails are named that a developer's machine shows in place of sending them. */
  readonly tell?: (text: string) => void
}

/** @throws StartProblem */
export async function start(settings: Settings, options: StartOptions = {}): Promise<Running> {
  const logger = newLogger(settings, options.logTo)
  let app: ((request: Request, env: object) => Response | Promise<Response>) | undefined
  const server = createAdaptorServer({
    // The port is taken before anything is written, and answers once the rest is there.
    fetch: (request, env) => app?.(request, env) ?? new Response(null, { status: 503 }),
    serverOptions: {
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16_384,
    },
  }) as Server
  server.on('clientError', answerMalformed)
  const port = await listen(server, settings)
  const baseUrl = settings.baseUrl ?? `http://localhost:${port}`
  const clock = options.clock ?? systemClock
  const mail = mailOf(settings, baseUrl, {
    tell: options.tell ?? (() => {}),
    nowSeconds: () => clock.nowSeconds(),
    randomText: () => randomBytes(16).toString('base64url'),
  })
  let engine: Engine
  let firstStart: boolean
  try {
    const outside = { clock, notify: mail.notify, baseUrl }
    ;({ engine, firstStart } = await openEngine(settings, outside))
  } catch (error) {
    await close(server)
    throw error
  }
  const { fetch } = createApp({
    engine,
    issuer: settings.issuer,
    secondFactor: settings.requireSecondFactor,
    baseUrl,
    sessionSeconds: settings.limits.sessionAbsoluteSeconds,
    ticketSeconds: settings.limits.ticketSeconds + settings.limits.sentCodeSeconds,
    trustedProxies: settings.trustedProxies,
    sendsMail: mail.notify.email !== undefined,
    ...(mail.shown && { shownMail: mail.shown }),
    log: requestLogger(logger),
    nowSeconds: () => clock.nowSeconds(),
    randomText: () => randomBytes(16).toString('base64url'),
    milliseconds: () => performance.now(),
  })
  app = (request, env) => fetch(request, env)
  const sweeping = rounds(
    SWEEP_MILLISECONDS,
    () => engine.sweep(),
    (error) => {
      logger.error(whyOf(error), 'sweep')
    },
  )
  const stopping = new AbortController()
  const delivering = rounds(
    MAIL_MILLISECONDS,
    () => deliver(engine, logger, stopping.signal),
    (error) => {
      logger.error(whyOf(error), 'mail')
    },
  )
  return {
    url: baseUrl,
    port,
    firstStart,
    ...(mail.shown && { mailPage: baseUrl + mail.shown.path }),
    async stop() {
      stopping.abort()
      const overdue = setTimeout(() => {
        mail.stop()
      }, STOP_MILLISECONDS)
      await Promise.all([close(server), sweeping.stop(), delivering.stop()])
      clearTimeout(overdue)
      await engine.close()
    },
  }
}

/** What did not get out is told by its kind and by what the mail server called it, never by whom it was for. */
async function deliver(engine: Engine, logger: Logger, stopping: AbortSignal): Promise<void> {
  const { problems } = await engine.outbox.deliver(stopping)
  for (const { kind, cause } of problems) logger.warn({ kind, ...mailProblem(cause) }, 'mail')
}

function mailProblem(cause: unknown): { reason: string; reply?: number } {
  if (cause === undefined) return { reason: 'refused' }
  const reply = cause instanceof Error && 'responseCode' in cause ? cause.responseCode : undefined
  return { reason: codeOf(cause), ...(typeof reply === 'number' && { reply }) }
}

function newLogger({ logLevel }: Settings, to: StartOptions['logTo']): Logger {
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // A second fence: the lines are made of named fields already.
    redact: ['password', 'secret', 'token', 'ticket', 'cookie', 'uri', 'recoveryCodes'],
  }
  return to ? pino(options, to) : pino(options)
}

function requestLogger(logger: Logger): Log {
  return ({ cause, ...line }) => {
    if (line.status < 500) logger.info(line, 'request')
    else logger.error({ ...line, ...whyOf(cause) }, 'request')
  }
}

/** Where it failed and what the database or the system called it; no message of theirs, no value. */
function whyOf(cause: unknown): { stack?: string | undefined; below?: string } {
  if (!(cause instanceof Error)) return {}
  return {
    stack: cause.stack,
    ...(cause.cause !== undefined && { below: codeOf(cause.cause) }),
  }
}

async function listen(server: Server, { host, port }: Settings): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      done()
    })
  }).catch((error: unknown) => {
    throw listenProblem(error, host, port)
  })
  return (server.address() as AddressInfo).port
}

function listenProblem(error: unknown, host: string, port: number): StartProblem {
  const code = codeOf(error)
  if (code === 'EADDRINUSE') {
    return new StartProblem(
      `Port ${port} on ${host} is taken by another program.`,
      `Stop that program, or choose another port: halfminute serve --port ${port < 65_535 ? port + 1 : 8080}`,
      error,
    )
  }
  return new StartProblem(
    `Port ${port} on ${host} cannot be listened on (${code}).`,
    'Set HALFMINUTE_HOST and HALFMINUTE_PORT to an address of this machine.',
    error,
  )
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => {
    server.close(() => {
      done()
    })
  })
  server.closeIdleConnections()
  const overdue = setTimeout(() => {
    server.closeAllConnections()
  }, STOP_MILLISECONDS)
  await closed
  clearTimeout(overdue)
}
