/**
 * The command line: finds the command, reads its arguments, runs it, and tells what went wrong.
 *
 * Rules: answers on standard output, talk on standard error; exit status 0 done, 1 refused, 2 used
 * wrongly; nothing that was typed or read is repeated in an error.
 */
import { OtpError } from '@halfminute/otp'
import { readArguments } from './arguments.ts'
import { type Command, optionsOf } from './command.ts'
import { COMMANDS, DEFAULT_COMMAND } from './commands.ts'
import { CliError, usage } from './errors.ts'
import { commandHelp, programHelp } from './help.ts'
import { type Io, processIo } from './io.ts'
import { nearest } from './nearest.ts'
import { packageVersion } from './version.ts'

/** What bin/halfminute.js calls. */
export async function main(argv: readonly string[]): Promise<number> {
  return run(argv, processIo())
}

/**
 * @param argv what stands after `halfminute`
 * @returns the exit status
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io)
  } catch (error) {
    const failure = failureOf(error)
    for (const line of failure.message.split('\n')) io.err(`halfminute: error: ${line}\n`)
    if (failure.hint !== undefined) io.err(`halfminute: hint: ${failure.hint}\n`)
    return failure.exitStatus
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv
  if (first === '--help' || first === '-h') {
    io.out(programHelp(COMMANDS))
    return 0
  }
  if (first === '--version') {
    io.out(`${packageVersion()}\n`)
    return 0
  }
  const named = first !== undefined && !first.startsWith('-')
  const command = named ? findCommand(first) : DEFAULT_COMMAND
  const options = await optionsOf(command)
  const args = readArguments(named ? rest : argv, { ...command, options })
  if (args === 'help') {
    io.out(commandHelp(command, options))
    return 0
  }
  return command.run(args, io)
}

function findCommand(typed: string): Command {
  const found = COMMANDS.find(({ name }) => name === typed)
  if (found !== undefined) return found
  const meant = nearest(
    typed,
    COMMANDS.map(({ name }) => name),
  )
  throw usage(
    'unknown command',
    meant === undefined ? 'halfminute --help lists them' : `did you mean halfminute ${meant}?`,
  )
}

/** The library's errors name the parameter and never its value, so they may be shown. */
function failureOf(error: unknown): CliError {
  if (error instanceof CliError) return error
  if (!(error instanceof OtpError)) throw error
  if (error.code !== 'SECRET_INVALID') return usage(error.message)
  return usage('secret: expected base32, the letters A-Z and the digits 2-7')
}
