/** What a row of the table of commands says. */
import type { Arguments, Options } from './arguments.ts'
import type { Io } from './io.ts'

export interface Command {
  readonly name: string
  /** One sentence, for the list of commands. */
  readonly summary: string
  /** Further sentences for the command's own help. */
  readonly notes?: readonly string[]
  /** Names of the words that must follow, such as `CODE`, or may, such as `[ACCOUNT]`. */
  readonly operands: readonly string[]
  /** As a function where making them loads what other commands do not need. */
  readonly options: Options | (() => Promise<Options>)
  /**
   * @returns the exit status: 0, or 1 when the answer is no
   * @throws CliError
   */
  run(args: Arguments, io: Io): number | Promise<number>
}

export async function optionsOf({ options }: Command): Promise<Options> {
  return typeof options === 'function' ? options() : options
}
