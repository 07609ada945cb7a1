/**
 * An `Io` made of values: what stands on standard input, the time, and bytes that count upwards in place
 * of chance. Keeps what a command writes.
 */
import { run } from '../../src/cli/run.ts'
import type { Io } from '../../src/cli/io.ts'

export interface Given {
  /** All of standard input, from a pipe. */
  readonly stdin?: string
  /** What the person at the terminal types; then standard input is no pipe. */
  readonly typed?: string
  readonly outIsTerminal?: boolean
  readonly errIsTerminal?: boolean
  readonly nowSeconds?: number
  readonly env?: Readonly<Record<string, string>>
}

export interface Seen {
  readonly status: number
  readonly out: string
  readonly err: string
}

export async function runWith(argv: readonly string[], given: Given = {}): Promise<Seen> {
  let out = ''
  let err = ''
  const io: Io = {
    env: given.env ?? {},
    stdin: {
      isTerminal: given.typed !== undefined,
      text: async () => given.stdin ?? '',
      line: async (question) => {
        err += `${question}${given.typed ?? ''}\n`
        return given.typed ?? ''
      },
      hiddenLine: async (question) => {
        err += `${question}(typed)\n`
        return given.typed ?? ''
      },
    },
    outIsTerminal: given.outIsTerminal ?? false,
    errIsTerminal: given.errIsTerminal ?? false,
    out: (answer) => {
      out += typeof answer === 'string' ? answer : Buffer.from(answer).toString('latin1')
    },
    err: (text) => {
      err += text
    },
    nowSeconds: () => given.nowSeconds ?? 59,
    randomBytes: (length) => Uint8Array.from({ length }, (_, at) => at),
  }
  const status = await run(argv, io)
  return { status, out, err }
}
