/** A command of the program, run to its end in a server's folder, or killed on the way. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, '../../packages/server/bin/halfminute.js')

export interface Ended {
  /** −1 where a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** As a power cut would; without it the command runs to its end. */
  readonly killAfterMilliseconds?: number
  /** Flags of node. */
  readonly node?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export async function runCommand(
  folder: string,
  args: readonly string[],
  { killAfterMilliseconds, node = [], env = {} }: CommandOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...node, PROGRAM, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  if (killAfterMilliseconds !== undefined) {
    await Promise.race([closed, setTimeout(killAfterMilliseconds, undefined, { ref: false })])
    child.kill('SIGKILL')
  }
  const [code] = (await closed) as [number | null]
  const [stdout, stderr] = await output
  return { code: code ?? -1, stdout, stderr }
}
