/**
 * What is attacked: one server, or several that share a database.
 *
 * Those that we start stand on a clock that the attack moves, in a folder that it may read; with
 *
 *     HALFMINUTE_TEST_ATTACK_URLS=http://localhost:8080,http://localhost:8081 npm test e2e/attacks
 *
 * the attacks go to servers that somebody else has started, with the default settings and a database
 * made for this. What needs more than HTTP is skipped there and says so; see docs/attacks.md.
 *
 * Promises: an attack's own processes are gone when its file is over; nothing sleeps.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fixedClock } from '@halfminute/engine/testing'
import { runCommand } from '../../support/command.ts'
import type { Ended } from '../../support/command.ts'
import { HttpClient } from '../../support/person.ts'
import { collect, temporaryFolder } from '../../support/server.ts'
import type { Lasting } from '../../support/server.ts'
import type { Defence } from '../removed-defences.ts'
import { REMOVED } from './remove-defence.ts'
import type { Serving } from './served.ts'

export interface Target {
  readonly urls: readonly string[]
  /** The servers' time. */
  nowSeconds(): number
  /** A browser without cookies, whose requests go to the servers in turn. */
  browser(): HttpClient
}

/** Servers of our own: what only they let an attack do. */
export interface OwnTarget extends Target {
  readonly folder: string
  /** Moves the clock of every server. */
  wait(seconds: number): Promise<void>
  /** Kills every server as a power cut would, and starts them again on the same folder and ports. */
  restart(): Promise<void>
  /** All that they have written to standard output and standard error. */
  output(): string
  /** A command of the program, run in the folder; it lacks the defence that the servers lack. */
  command(...args: readonly string[]): Promise<Ended>
  stop(): Promise<void>
}

export interface TargetOptions {
  /** Default 1. */
  readonly servers?: number
  /** As flags: `{ 'trusted-proxies': '127.0.0.1' }`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly without?: Defence | undefined
}

interface Server {
  readonly child: ChildProcess
  readonly url: string
  readonly output: () => string
}

const SERVED = join(import.meta.dirname, 'served.ts')
const REMOVE = join(import.meta.dirname, 'remove-defence.ts')
/** A server starts in two thirds of the time when it finds its sources compiled. */
const COMPILED = join(import.meta.dirname, '../../../node_modules/.cache/halfminute-attacks')

export async function startTarget(t: Lasting, options: TargetOptions = {}): Promise<OwnTarget> {
  const folder = temporaryFolder(t)
  const clock = fixedClock()
  const startOne = (port: string) =>
    startServed(options.without, {
      flags: {
        port,
        database: join(folder, 'a.db'),
        'key-file': join(folder, 'a.key'),
        'log-level': 'debug',
        ...options.settings,
      },
      nowSeconds: clock.nowSeconds(),
    })
  const count = options.servers ?? 1
  let servers = await Promise.all(Array.from({ length: count }, async () => startOne('0')))
  const urls = servers.map(({ url }) => url)
  let earlier = ''
  const output = () => earlier + servers.map((server) => server.output()).join('')
  const stop = async () => void (await Promise.all(servers.map(({ child }) => kill(child))))
  t.after(stop)
  return {
    urls,
    folder,
    nowSeconds: () => clock.nowSeconds(),
    browser: browsers(urls),
    async wait(seconds) {
      clock.wait(seconds)
      await Promise.all(servers.map(({ child }) => moveClock(child, clock.nowSeconds())))
    },
    async restart() {
      await stop()
      earlier = output()
      servers = await Promise.all(urls.map((url) => startOne(new URL(url).port)))
    },
    output,
    command: (...args) => runCommand(folder, args, lacking(options.without)),
    stop,
  }
}

/** Addresses of servers that somebody else has started. */
export function foreignUrls(): string[] {
  return (process.env['HALFMINUTE_TEST_ATTACK_URLS'] ?? '').split(',').filter((url) => url !== '')
}

/** Their clock is read once, from the `Date` of an answer. */
export async function foreignTarget(urls: readonly string[]): Promise<Target> {
  const { headers } = await fetch(`${urls[0]}/healthz`)
  const ahead = Date.parse(headers.get('date') ?? '') - Date.now()
  return {
    urls,
    nowSeconds: () => Math.floor((Date.now() + ahead) / 1000),
    browser: browsers(urls),
  }
}

/** Every other browser begins at another server, so that both are asked at once. */
function browsers(urls: readonly string[]): () => HttpClient {
  let made = 0
  return () => {
    const from = made++ % urls.length
    return new HttpClient([...urls.slice(from), ...urls.slice(0, from)])
  }
}

/** What node is started with, so that the process lacks this defence. */
function lacking(without: Defence | undefined) {
  if (without === undefined) return { node: [], env: {} }
  return { node: ['--import', REMOVE], env: { [REMOVED]: without } }
}

async function startServed(without: Defence | undefined, serving: Serving): Promise<Server> {
  const { node, env } = lacking(without)
  const child = spawn(process.execPath, [...node, SERVED, JSON.stringify(serving)], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: COMPILED,
      // As the program's own start has it: one hash per core.
      UV_THREADPOOL_SIZE: '2',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const parts = [child.stdout, child.stderr].map((stream) => collect(stream ?? process.stdin))
  const output = () => parts.map((part) => part()).join('')
  const [url] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown]
  if (typeof url !== 'string') throw new Error(`a server did not start:\n${output()}`)
  return { child, url, output }
}

async function moveClock(child: ChildProcess, nowSeconds: number): Promise<void> {
  const moved = once(child, 'message')
  child.send(nowSeconds)
  await moved
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}
