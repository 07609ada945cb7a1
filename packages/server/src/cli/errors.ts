/**
 * How a command says no. `run` turns these into `halfminute: error: …`, `halfminute: hint: …` and the
 * exit status; any other exception is a bug of ours and keeps its stack.
 *
 * Messages are sentences of ours: nothing that was typed or read stands in them, as it may be a secret.
 */

/** 1: understood and refused. 2: used wrongly. */
type FailureStatus = 1 | 2

export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitStatus: FailureStatus
  /** What to type or do instead. */
  readonly hint: string | undefined

  constructor(exitStatus: FailureStatus, message: string, hint?: string) {
    super(message)
    this.exitStatus = exitStatus
    this.hint = hint
  }
}

/** Exit 1. A message of several lines becomes several errors. */
export function refused(message: string, hint?: string): CliError {
  return new CliError(1, message, hint)
}

/** Exit 2. */
export function usage(message: string, hint?: string): CliError {
  return new CliError(2, message, hint)
}
