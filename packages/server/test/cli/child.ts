/** The real program as its users have it: bin/halfminute.js in a process of its own. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const BIN = fileURLToPath(new URL('../../bin/halfminute.js', import.meta.url))

const TIMEOUT_MILLISECONDS = 60_000

export interface Ended {
  readonly status: number | null
  readonly out: Buffer
  readonly err: string
}

export function runProgram(program: string, argv: readonly string[], stdin = ''): Ended {
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    input: stdin,
    timeout: TIMEOUT_MILLISECONDS,
    maxBuffer: 16 * 1024 * 1024,
  })
  // A program need not read all of its input.
  if (error !== undefined && !('code' in error && error.code === 'EPIPE')) throw error
  return { status, out: stdout, err: stderr.toString() }
}

export function halfminute(argv: readonly string[], stdin = ''): Ended {
  return runProgram(process.execPath, [BIN, ...argv], stdin)
}

/** Why a test that needs the program cannot run here, or false. Under REQUIRE_ALL nothing is skipped. */
export function unlessInstalled(program: string): string | false {
  if (process.env['HALFMINUTE_TEST_REQUIRE_ALL'] !== undefined) return false
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.some((folder) => existsSync(join(folder, program))) ? false : `no ${program}`
}
