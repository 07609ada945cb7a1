/**
 * `halfminute verify CODE`: does a code belong to a secret? For trying things out: what makes a code
 * one-time is memory, and that is the engine's.
 */
import { Hotp, type Totp } from '@halfminute/otp'
import { type Arguments, wholeNumber } from './arguments.ts'
import { readAuthenticator, SECRET_OPTIONS } from './authenticator.ts'
import { counterNeeded } from './code.ts'
import type { Command } from './command.ts'
import { refused, usage } from './errors.ts'
import type { Io } from './io.ts'

const DEFAULT_DRIFT_STEPS = 1
const MOST_DRIFT_STEPS = 100
const MOST_LOOK_AHEAD = 1000

interface Answer {
  readonly text: string
  readonly fields: Readonly<Record<string, number>>
}

export const verify: Command = {
  name: 'verify',
  summary: 'Tells whether CODE belongs to the secret or otpauth:// address on standard input.',
  notes: [
    'Exit status 0 and a line beginning with "accepted", or 1. Spaces and hyphens in CODE do not count.',
    'A command line does not remember spent codes: it accepts the same code again as long as the code ' +
      'lives. For a login use the server or @halfminute/engine, which accept each code once.',
  ],
  operands: ['CODE'],
  options: {
    drift: {
      value: 'STEPS',
      help: `Steps accepted on either side of the present one, 0 to ${MOST_DRIFT_STEPS}. Default ${DEFAULT_DRIFT_STEPS}.`,
    },
    ...SECRET_OPTIONS,
    counter: {
      value: 'N',
      help: 'Next counter of a counter-based authenticator; needed there. Makes a bare secret one.',
    },
    'look-ahead': {
      value: 'N',
      help: `Counters accepted beyond that one, 0 to ${MOST_LOOK_AHEAD}. Default 0.`,
    },
    json: { help: 'Prints {"ok","drift","step"}, or {"ok","counter"} with the next counter.' },
  },
  async run(args, io) {
    // Before a secret is asked for; how long the code must be is known only after it.
    const typed = (args.operands[0] ?? '').replaceAll(/[ -]/g, '')
    if (!/^[0-9]{6,8}$/.test(typed)) throw malformed('6 to 8')
    const { authenticator } = await readAuthenticator(args, io)
    if (typed.length !== authenticator.digits) throw malformed(String(authenticator.digits))

    const answer =
      authenticator instanceof Hotp
        ? checkCounter(authenticator, typed, args)
        : checkTime(authenticator, typed, args, io)
    const ok = answer !== undefined
    if (args.options.has('json')) {
      io.out(`${JSON.stringify({ ok, ...answer?.fields })}\n`)
      return ok ? 0 : 1
    }
    if (!ok) {
      throw refused(
        'that code was not accepted',
        authenticator instanceof Hotp
          ? '--look-ahead 20 also finds a code further on'
          : 'compare the clocks of both devices; --drift 20 also finds a code of ten minutes',
      )
    }
    io.out(`${answer.text}\n`)
    return 0
  },
}

function checkTime(totp: Totp, code: string, args: Arguments, io: Io): Answer | undefined {
  for (const name of ['counter', 'look-ahead']) {
    if (args.options.has(name)) throw usage(`--${name}: this authenticator is time-based`)
  }
  const driftSteps = wholeNumber(args, 'drift', 0, MOST_DRIFT_STEPS) ?? DEFAULT_DRIFT_STEPS
  const outcome = totp.check(code, { nowSeconds: io.nowSeconds(), driftSteps })
  if (!outcome.ok) return undefined
  const { drift, step } = outcome
  return {
    text: `accepted, drift ${drift}${drift === 0 ? '' : ` (${inWords(drift, totp.periodSeconds)})`}`,
    fields: { drift, step },
  }
}

function checkCounter(hotp: Hotp, code: string, args: Arguments): Answer | undefined {
  if (args.options.has('drift')) throw usage('--drift: this authenticator is counter-based')
  const counter = wholeNumber(args, 'counter', 0)
  if (counter === undefined) throw counterNeeded(hotp)
  const lookAhead = wholeNumber(args, 'look-ahead', 0, MOST_LOOK_AHEAD)
  const outcome = hotp.check(code, { counter, lookAhead })
  if (!outcome.ok) return undefined
  return {
    text: `accepted, next counter ${outcome.counter}`,
    fields: { counter: outcome.counter },
  }
}

function inWords(drift: number, periodSeconds: number): string {
  const steps = Math.abs(drift)
  const direction = drift < 0 ? 'behind' : 'ahead'
  return `${steps} ${steps === 1 ? 'step' : 'steps'} of ${periodSeconds} s ${direction}`
}

function malformed(digits: string): Error {
  return usage(`CODE: expected ${digits} digits`, 'halfminute verify 123456')
}
