/**
 * What stands behind a command's name, held against the command's row of the table.
 *
 * Promises: an unexpected word, an unknown option, a missing or doubled value is a usage mistake, told
 * without repeating what was typed: somebody may have typed a secret.
 */
import { parseArgs } from 'node:util'
import { usage } from './errors.ts'
import { nearest } from './nearest.ts'

export interface Option {
  /** Stands for the value in the help, such as `N`; without it the option is a switch. */
  readonly value?: string
  /** One sentence. */
  readonly help: string
  readonly required?: true
}

/** By name, without the dashes. */
export type Options = Readonly<Record<string, Option>>

export interface Arguments {
  /** What stands without dashes, at most as many as the command has operands. */
  readonly operands: readonly string[]
  /** What was given, by name without dashes; a switch has the value `''`. */
  readonly options: ReadonlyMap<string, string>
}

export interface Expected {
  /** The command's name, for hints. */
  readonly name: string
  /** Names of the words that must follow, such as `CODE`, or may, such as `[ACCOUNT]`. */
  readonly operands: readonly string[]
  readonly options: Options
}

/** Words under which people look for a way to pass a secret; there is none. */
const SECRETIVE = ['secret', 'key', 'seed', 'uri', 'url', 'password']

/**
 * @returns `help` when that was asked for, whatever else is wrong
 * @throws CliError with exit status 2
 */
export function readArguments(argv: readonly string[], expected: Expected): Arguments | 'help' {
  const { tokens } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        Object.entries(expected.options).map(([name, { value }]) => [
          name,
          { type: value === undefined ? 'boolean' : 'string' },
        ]),
      ),
    },
    allowPositionals: true,
    // The messages of strict mode quote what was typed.
    strict: false,
    tokens: true,
  })
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return 'help'

  const operands: string[] = []
  const options = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    if (options.has(token.name)) throw usage(`--${token.name}: given twice`)
    options.set(token.name, readValue(token, expected))
  }
  checkOperands(operands, expected)
  for (const [name, { required }] of Object.entries(expected.options)) {
    if (required && !options.has(name)) throw usage(`--${name}: required`, usageLine(expected))
  }
  return { operands, options }
}

/** `halfminute uri --issuer NAME --account NAME [OPTIONS]` */
export function usageLine({ name, operands, options }: Expected): string {
  const required = Object.entries(options).filter((row) => row[1].required)
  const hasMore = Object.keys(options).length > required.length
  return [
    `halfminute ${name}`,
    ...operands,
    ...required.map(([option, { value }]) => `--${option} ${value}`),
    ...(hasMore ? ['[OPTIONS]'] : []),
  ].join(' ')
}

/**
 * @returns the option's value, or undefined where it was not given
 * @throws CliError with exit status 2 for anything but decimal digits within the range
 */
export function wholeNumber(
  { options }: Arguments,
  name: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = options.get(name)
  if (text === undefined) return undefined
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  const range =
    most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
  throw usage(`--${name}: expected a whole number ${range}`)
}

interface OptionToken {
  readonly name: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function readValue({ name, value, inlineValue }: OptionToken, expected: Expected): string {
  const option = Object.hasOwn(expected.options, name) ? expected.options[name] : undefined
  if (option === undefined) throw unknownOption(name, expected)
  if (option.value === undefined) {
    if (value !== undefined) throw usage(`--${name}: takes no value`)
    return ''
  }
  if (value === undefined || value === '') {
    throw usage(`--${name}: expected a value`, `--${name} ${option.value}`)
  }
  // `--issuer --account ada` is a forgotten value. A single dash is the usual name of standard output.
  if (inlineValue !== true && value.startsWith('-') && value !== '-') {
    throw usage(`--${name}: expected a value`, `--${name}=${option.value} if it begins with a dash`)
  }
  return value
}

function unknownOption(name: string, { name: command, options }: Expected): Error {
  if (SECRETIVE.includes(name)) {
    return usage('unknown option', 'a secret is read from standard input, never from an option')
  }
  const meant = nearest(name, Object.keys(options))
  return usage(
    'unknown option',
    meant === undefined ? `halfminute ${command} --help lists them` : `did you mean --${meant}?`,
  )
}

function checkOperands(operands: readonly string[], expected: Expected): void {
  const wanted = expected.operands
  const least = wanted.filter((name) => !name.startsWith('['))
  if (operands.length < least.length) {
    throw usage(`expected ${wanted.join(' ')}`, usageLine(expected))
  }
  if (operands.length <= wanted.length) return
  throw wanted.length === 0
    ? usage('unexpected argument', 'a secret is read from standard input, never from an argument')
    : usage(`expected ${wanted.join(' ')} and nothing after it`, usageLine(expected))
}
