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

/** @param killAfterMilliseconds as a power cut would; without it the command runs to its end */
export async function runCommand(
  folder: string,
  args: readonly string[],
  killAfterMilliseconds?: number,
): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
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
