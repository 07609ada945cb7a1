/**
 * Everything outside the program that a command touches. Only `processIo` here knows the process, the
 * clock and the source of randomness; tests hand in their own.
 *
 * The clock and the randomness are not the engine's defaults because loading the engine takes longer than
 * every other part of a command that does not need it.
 */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { usage } from './errors.ts'

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Input
  readonly outIsTerminal: boolean
  readonly errIsTerminal: boolean
  /** The answer, on standard output. Text brings its own line ends. */
  out(answer: string | Uint8Array): void
  /** Talk, on standard error. Brings its own line ends. */
  err(text: string): void
  /** Unix time in whole seconds. */
  nowSeconds(): number
  /** That many unpredictable bytes. */
  randomBytes(length: number): Uint8Array
}

export interface Input {
  readonly isTerminal: boolean
  /**
   * All of standard input.
   * @throws CliError over 64 KiB
   */
  text(): Promise<string>
  /** Asks the person at the terminal for one line. */
  line(question: string): Promise<string>
  /** The same, not shown while it is typed. */
  hiddenLine(question: string): Promise<string>
}

const LONGEST_INPUT_BYTES = 65_536

/** The real one. To be made once: it also decides what happens when nobody reads the output any more. */
export function processIo(): Io {
  process.stdout.on('error', onBrokenOutput)
  return {
    env: process.env,
    stdin: {
      isTerminal: Boolean(process.stdin.isTTY),
      text: readText,
      line: (question) => ask(question, { hidden: false }),
      hiddenLine: (question) => ask(question, { hidden: true }),
    },
    outIsTerminal: Boolean(process.stdout.isTTY),
    errIsTerminal: Boolean(process.stderr.isTTY),
    out: (answer) => void process.stdout.write(answer),
    err: (text) => void process.stderr.write(text),
    nowSeconds: () => Math.floor(Date.now() / 1000),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  }
}

async function readText(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST_INPUT_BYTES) throw usage('standard input: expected at most 64 KiB')
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

/** In terminal mode the line editor switches the terminal's own echo off; what it draws goes nowhere if hidden. */
function ask(question: string, { hidden }: { hidden: boolean }): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const editor = createInterface({
    input: process.stdin,
    output: hidden ? nowhere : process.stderr,
    terminal: true,
    historySize: 0,
    prompt: question,
  })
  if (hidden) process.stderr.write(question)
  else editor.prompt()
  return new Promise((resolve) => {
    let typed = ''
    editor.once('line', (line) => {
      typed = line
      editor.close()
    })
    editor.once('SIGINT', () => {
      editor.close()
      process.kill(process.pid, 'SIGINT')
    })
    editor.once('close', () => {
      if (hidden) process.stderr.write('\n')
      resolve(typed)
    })
  })
}

/** `halfminute … | head -1` is no failure; a full disk is one. */
function onBrokenOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  process.stderr.write(`halfminute: error: standard output cannot be written (${error.code})\n`)
  process.exit(1)
}
