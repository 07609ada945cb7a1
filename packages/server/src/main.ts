/**
 * The composition root: clock, randomness, database, port and log are made here and handed in.
 *
 * Promises: a start that fails says why in one sentence and leaves the disk as it was; a stop lets
 * running requests finish. Leaves to the callers: settings, the terminal, signals.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, rmdirSync, statSync, truncateSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, resolve } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { pino } from 'pino'
import type { Logger } from 'pino'
import {
  createEngine,
  EngineError,
  inspectSqliteFile,
  sqliteStore,
  systemClock,
  systemRandom,
} from '@halfminute/engine'
import type { Clock, Engine, Keyring } from '@halfminute/engine'
import { createApp } from './http/app.ts'
import type { Log } from './http/log.ts'
import { keysForStart, writeKeyFile } from './key-file.ts'
import type { Settings } from './settings.ts'
import { StartProblem } from './start-problem.ts'

/** How long running requests may take after a stop was asked for. */
const STOP_MILLISECONDS = 10_000

export interface Running {
  /** Where it answers, such as http://localhost:8080. */
  readonly url: string
  readonly firstStart: boolean
  stop(): Promise<void>
}

export interface StartOptions {
  readonly clock?: Clock
  /** Where log lines go; standard output by default. */
  readonly logTo?: { write(line: string): void }
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
  const port = await listen(server, settings)
  const baseUrl = settings.baseUrl ?? `http://localhost:${port}`
  let engine: Engine
  let firstStart: boolean
  try {
    ;({ engine, firstStart } = await openEngine(settings, options.clock ?? systemClock))
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
    ticketSeconds: settings.limits.ticketSeconds,
    trustedProxies: settings.trustedProxies,
    log: requestLogger(logger),
    randomText: () => randomBytes(16).toString('base64url'),
    milliseconds: () => performance.now(),
  })
  app = (request, env) => fetch(request, env)
  return {
    url: baseUrl,
    firstStart,
    async stop() {
      await close(server)
      await engine.close()
    },
  }
}

function newLogger({ logLevel }: Settings, to: StartOptions['logTo']): Logger {
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // A second fence: the lines are made of named fields already.
    redact: ['*.password', '*.code', '*.secret', '*.token', '*.ticket', '*.cookie', '*.uri'],
  }
  return to ? pino(options, to) : pino(options)
}

function requestLogger(logger: Logger): Log {
  return ({ cause, ...line }) => {
    if (line.status < 500) logger.info(line, 'request')
    else
      logger.error({ ...line, stack: cause instanceof Error ? cause.stack : undefined }, 'request')
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
      `Stop that program, or choose another port: halfminute serve --port ${port + 1}`,
      error,
    )
  }
  return new StartProblem(
    `Port ${port} on ${host} cannot be listened on (${code}).`,
    'Set HALFMINUTE_HOST and HALFMINUTE_PORT to an address of this machine.',
    error,
  )
}

/** Database and key, opened or made. What was made is taken away again when the rest fails. */
async function openEngine(
  settings: Settings,
  clock: Clock,
): Promise<{ engine: Engine; firstStart: boolean }> {
  const { database, keyFile, production } = settings
  const firstStart = inspect(database)
  const { keyring, made } = keysForStart({
    keyFile,
    database,
    databaseExists: !firstStart,
    production,
    random: systemRandom,
  })
  const undo: (() => void)[] = []
  try {
    makeFolder(dirname(resolve(database)), undo)
    if (made) {
      makeFolder(dirname(resolve(keyFile)), undo)
      writeKeyFile(keyFile, keyring)
      undo.push(() => {
        rmSync(keyFile)
      })
    }
    if (firstStart) {
      const made = ['', '-wal', '-shm', '-journal'].map((end) => database + end)
      const before = made.filter((path) => existsSync(path))
      undo.push(() => {
        for (const path of made) if (!before.includes(path)) rmSync(path, { force: true })
        // An empty file, such as mktemp leaves, counts as no database, but it was there.
        if (before.includes(database)) truncateSync(database)
      })
    }
    return { engine: await readyEngine(settings, keyring, clock), firstStart }
  } catch (error) {
    for (const step of undo.toReversed()) step()
    throw openProblem(error, settings)
  }
}

async function readyEngine(settings: Settings, keyring: Keyring, clock: Clock): Promise<Engine> {
  const engine = createEngine({
    store: sqliteStore(settings.database),
    keyring,
    issuer: settings.issuer,
    secondFactor: settings.requireSecondFactor,
    limits: settings.limits,
    clock,
    random: systemRandom,
  })
  try {
    await engine.ready()
    return engine
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** @returns true where there is no database yet */
function inspect(database: string): boolean {
  try {
    return inspectSqliteFile(database) === 'new'
  } catch (error) {
    throw databaseProblem(error, database)
  }
}

/** Makes a folder and notes how to take it away: only what was not there before. */
function makeFolder(path: string, undo: (() => void)[]): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  const topmost = mkdirSync(path, { recursive: true, mode: 0o700 })
  if (topmost === undefined) return
  undo.push(() => {
    for (let folder = path; folder.length >= topmost.length; folder = dirname(folder)) {
      rmdirSync(folder)
    }
  })
}

function openProblem(error: unknown, { database, keyFile }: Settings): StartProblem {
  if (error instanceof StartProblem) return error
  if (error instanceof EngineError && error.code === 'KEY_MISSING') {
    return new StartProblem(
      `The key file ${keyFile} does not hold the key that ${database} was made with (${error.detail}).`,
      'Put the right key file back, or name it with HALFMINUTE_KEY_FILE.',
      error,
    )
  }
  return databaseProblem(error, database)
}

function databaseProblem(error: unknown, database: string): StartProblem {
  const code = error instanceof EngineError ? error.code : undefined
  const detail = error instanceof EngineError ? error.detail : undefined
  if (code === 'DATABASE_FOREIGN') {
    return new StartProblem(
      `The file ${database} is a database of another program; it was left alone.`,
      'Set HALFMINUTE_DATABASE to another path.',
      error,
    )
  }
  if (code === 'DATABASE_NEWER') {
    return new StartProblem(
      `The database ${database} was made by a newer Halfminute than this one.`,
      'Start the newer version, or restore the backup from before it.',
      error,
    )
  }
  if (code === 'DATABASE_DAMAGED') {
    return new StartProblem(
      `The database ${database} is damaged${detail === undefined ? '' : ` (${detail})`}; it was left alone.`,
      'Restore a backup, or set HALFMINUTE_DATABASE to another path.',
      error,
    )
  }
  return new StartProblem(
    `The database ${database} cannot be opened or its folder not written (${codeOf(error)}).`,
    'Check the path, its rights and the free space; HALFMINUTE_DATABASE and HALFMINUTE_KEY_FILE set it.',
    error,
  )
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) {
    return 'errstr' in error ? `${String(error.code)}: ${String(error.errstr)}` : String(error.code)
  }
  return error instanceof Error ? error.message : 'unknown'
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
