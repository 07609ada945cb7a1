/** Why the server does not start: one sentence for the person at the terminal, and what to do. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem'
  readonly hint: string

  constructor(sentence: string, hint: string, cause?: unknown) {
    super(sentence, { cause })
    this.hint = hint
  }
}
