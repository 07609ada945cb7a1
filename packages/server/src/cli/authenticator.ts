/**
 * The authenticator a command works with: a bare secret or an otpauth:// address on standard input, and
 * the options that describe a bare secret. An address describes itself, so it refuses those options.
 */
import { Hotp, parseUri, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import { type Arguments, type Options, wholeNumber } from './arguments.ts'
import { usage } from './errors.ts'
import type { Io } from './io.ts'

const ALGORITHMS = { SHA1, SHA256, SHA512 }

/** For every command that reads a bare secret. */
export const SECRET_OPTIONS: Options = {
  digits: { value: 'N', help: 'Length of a code with a bare secret, 6 to 8. Default 6.' },
  period: { value: 'SECONDS', help: 'Length of a time step with a bare secret. Default 30.' },
  algorithm: {
    value: 'NAME',
    help: 'SHA1, SHA256 or SHA512 with a bare secret. Default SHA1.',
  },
}

export interface Given {
  readonly authenticator: Totp | Hotp
  /** The address exactly as it was read; undefined where a bare secret was. */
  readonly address: string | undefined
}

const DESCRIBING = ['issuer', 'account', 'digits', 'period', 'algorithm']

/**
 * A bare secret with `--counter` is a counter-based authenticator.
 * @throws CliError or OtpError, neither with a word of what was read
 */
export async function readAuthenticator(args: Arguments, io: Io): Promise<Given> {
  const fromOptions = describe(args)
  const line = await readLine(io, 'Secret or otpauth:// address')
  if (!isAddress(line)) {
    return { authenticator: fromOptions(Secret.fromBase32(line)), address: undefined }
  }
  const authenticator = parseUri(line)
  const needless = DESCRIBING.find((name) => args.options.has(name))
  if (needless !== undefined) {
    throw usage(`--${needless}: goes with a bare secret, and an otpauth:// address was given`)
  }
  return { authenticator, address: line }
}

/** @throws CliError or OtpError where anything but a bare secret is read */
export async function readFromSecret(args: Arguments, io: Io): Promise<Totp | Hotp> {
  const fromOptions = describe(args)
  const line = await readLine(io, 'Secret')
  if (isAddress(line)) throw usage('expected a bare secret, and an address was given')
  return fromOptions(Secret.fromBase32(line))
}

/** Checks the options before anybody is asked for a secret. */
function describe(args: Arguments): (secret: Secret) => Totp | Hotp {
  const counter = wholeNumber(args, 'counter', 0)
  const periodSeconds = wholeNumber(args, 'period', 1)
  const common = {
    issuer: args.options.get('issuer'),
    account: args.options.get('account'),
    digits: wholeNumber(args, 'digits', 6, 8),
    algorithm: readAlgorithm(args.options.get('algorithm')),
  }
  if (counter !== undefined && periodSeconds !== undefined) {
    throw usage('--counter and --period exclude each other')
  }
  return (secret) =>
    counter === undefined
      ? new Totp({ ...common, secret, periodSeconds })
      : new Hotp({ ...common, secret, counter })
}

function readAlgorithm(name: string | undefined): typeof SHA1 | undefined {
  if (name === undefined) return undefined
  const wanted = name.toUpperCase()
  for (const algorithm of Object.values(ALGORITHMS)) {
    if (algorithm.name === wanted) return algorithm
  }
  throw usage(`--algorithm: expected ${Object.keys(ALGORITHMS).join(', ')}`)
}

/** What is no base32 in any case and looks like the start of an address. */
function isAddress(line: string): boolean {
  return line.includes(':')
}

/** The one line of standard input, or of the person at the terminal. */
async function readLine({ stdin }: Io, what: string): Promise<string> {
  const text = stdin.isTerminal
    ? await stdin.hiddenLine(`${what} (not shown while you type): `)
    : await stdin.text()
  const line = text.trim()
  if (line === '') {
    throw usage(`expected a line on standard input: ${what.toLowerCase()}`)
  }
  if (/[\r\n]/.test(line)) throw usage('expected one line on standard input, got more')
  return line
}
