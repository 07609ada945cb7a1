/** `halfminute code`: the code an authenticator app would show. */
import { Hotp, type Totp } from '@halfminute/otp'
import { wholeNumber } from './arguments.ts'
import { readAuthenticator, SECRET_OPTIONS } from './authenticator.ts'
import type { Command } from './command.ts'
import { usage } from './errors.ts'

export const code: Command = {
  name: 'code',
  summary: 'Prints the present code of the secret or otpauth:// address on standard input.',
  operands: [],
  options: {
    ...SECRET_OPTIONS,
    counter: {
      value: 'N',
      help: 'Which code of a counter-based authenticator; needed there. Makes a bare secret one.',
    },
    json: { help: 'Prints {"code","secondsRemaining"}, or {"code","counter"}.' },
  },
  async run(args, io) {
    const { authenticator } = await readAuthenticator(args, io)
    const counter = wholeNumber(args, 'counter', 0)
    const answer =
      authenticator instanceof Hotp
        ? counterCode(authenticator, counter)
        : timeCode(authenticator, counter, io.nowSeconds())
    io.out(`${args.options.has('json') ? JSON.stringify(answer) : answer.code}\n`)
    return 0
  },
}

function counterCode(hotp: Hotp, counter: number | undefined) {
  if (counter === undefined) throw counterNeeded(hotp)
  return { code: hotp.code(counter), counter }
}

function timeCode(totp: Totp, counter: number | undefined, nowSeconds: number) {
  if (counter !== undefined) throw usage('--counter: this authenticator is time-based')
  return { code: totp.code({ nowSeconds }), secondsRemaining: totp.secondsRemaining(nowSeconds) }
}

/** The address only says where counting began; how far it went is not known here. */
export function counterNeeded({ counter }: Hotp): Error {
  return usage(
    '--counter: needed, as this authenticator is counter-based',
    `--counter N; a new one begins at ${counter}`,
  )
}
