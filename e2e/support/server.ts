/**
 * A real server process in a folder of its own. Promises: nothing of the tests' own environment reaches
 * it, and it is gone, folder included, when the test is over.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

const PROGRAM = join(import.meta.dirname, '../../packages/server/bin/halfminute.js')

/** A test, or anything else that says when it is over. */
export interface Lasting {
  after(work: () => void | Promise<void>): void
}

/** For what all tests of a file share. To be called at its top. */
export function wholeFile(): Lasting {
  const works: (() => void | Promise<void>)[] = []
  after(async () => {
    for (const work of works.toReversed()) await work()
  })
  return { after: (work) => void works.push(work) }
}

export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Where it runs and keeps its data; a new one by default. */
  readonly folder?: string
  /** After `serve`. */
  readonly args?: readonly string[]
}

export interface ServerProcess {
  readonly folder: string
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  /** Asks it to end, and waits. @returns the exit code; −1 where a signal ended it */
  readonly stop: () => Promise<number>
  /** As a power cut would. */
  readonly kill: () => Promise<void>
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>
  /** Waits until standard error holds this. @throws when it ends before */
  readonly says: (words: string) => Promise<void>
}

export interface RunningServer extends ServerProcess {
  readonly url: string
  readonly port: number
}

/** @throws with what it said, when it does not start */
export async function startServer(t: Lasting, options: ServerOptions = {}): Promise<RunningServer> {
  const server = launch(t, options)
  await server.says('Stop: Ctrl+C')
  const url = /answers at (http\S+)/.exec(server.stderr())?.[1]
  if (url === undefined) throw new Error(`no address:\n${server.stderr()}`)
  return { ...server, url, port: Number(new URL(url).port) }
}

export interface Refusal {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Starts what should not start. */
export async function refusedStart(t: Lasting, options: ServerOptions): Promise<Refusal> {
  const server = launch(t, options)
  const code = await Promise.race([
    server.ended,
    server.says('Stop: Ctrl+C').then(
      () => Promise.reject(new Error('it started')),
      () => server.ended,
    ),
  ])
  return { code, stdout: server.stdout(), stderr: server.stderr() }
}

export function temporaryFolder(t: Lasting): string {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-e2e-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

function launch(t: Lasting, options: ServerOptions): ServerProcess {
  const folder = options.folder ?? temporaryFolder(t)
  const child = spawn(process.execPath, [PROGRAM, 'serve', ...(options.args ?? [])], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HALFMINUTE_PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close').then(([code]) => (code as number | null) ?? -1)
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning(child)) child.kill(signal)
    return ended
  }
  t.after(async () => {
    await end('SIGKILL')
  })
  return {
    folder,
    pid: child.pid ?? -1,
    stdout,
    stderr,
    ended,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    says: (words) =>
      new Promise((done, fail) => {
        const look = () => {
          if (stderr().includes(words)) done()
        }
        child.stderr.on('data', look)
        child.once('close', () => {
          fail(new Error(`ended without saying "${words}":\n${stderr()}`))
        })
        look()
      }),
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

export function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return () => text
}
