/**
 * `halfminute doctor`: is everything as a server needs it? Reads only, beside a running server too.
 * Promises: every check is made, whatever the one before it found; exit 1 when one of them fails. Leaves to
 * `doctor-checks.ts` and `doctor-clock.ts`: the checks.
 */
import type { Command } from './command.ts'
import { usage } from './errors.ts'

export interface Finding {
  readonly check: 'settings' | 'clock' | 'time' | 'key file' | 'database' | 'mail'
  readonly ok: boolean
  readonly text: string
  /** What to do about it. */
  readonly advice?: string | undefined
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'Checks the settings, the clock, the key file, the database and the mail server.',
  notes: [
    'Each check is a line; below one that fails stands what to do. Exit status 1 when one fails. Nothing is changed.',
    "Codes hang on the clock. Without a network it can only be compared with what is at hand: it is wrong when it is behind the program's own files, the key file, the database or the newest event.",
    'With --time-from it is compared with the Date of a web server that you trust, such as your own site; more than 5 seconds off is wrong.',
  ],
  operands: [],
  options: {
    'time-from': { value: 'URL', help: 'A web server to compare the clock with.' },
    database: {
      value: 'FILE',
      help: 'The database. Default: the setting of the server, HALFMINUTE_DATABASE.',
    },
    'key-file': {
      value: 'FILE',
      help: 'The key file. Default: the setting of the server, HALFMINUTE_KEY_FILE.',
    },
    json: { help: 'Prints {"check","ok","text","advice"} per check.' },
  },
  async run({ options }, io) {
    const timeFrom = options.get('time-from')
    if (timeFrom !== undefined && !isWebAddress(timeFrom)) {
      throw usage('--time-from: expected an address that begins with http:// or https://')
    }
    const { examine } = await import('./doctor-checks.ts')
    const flags = { database: options.get('database'), 'key-file': options.get('key-file') }
    const findings = await examine({ flags, timeFrom }, io)
    for (const finding of findings) {
      io.out(options.has('json') ? `${JSON.stringify(finding)}\n` : lineOf(finding))
    }
    return findings.every(({ ok }) => ok) ? 0 : 1
  },
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  return isWeb && url.username === '' && url.password === ''
}

function lineOf({ check, ok, text, advice }: Finding): string {
  const line = `${check.padEnd(10)}${(ok ? 'ok' : 'wrong').padEnd(7)}${text}\n`
  return advice === undefined ? line : `${line}${' '.repeat(17)}${advice}\n`
}
