/** `halfminute secret`: a new shared key. */
import { Secret } from '@halfminute/otp'
import { wholeNumber } from './arguments.ts'
import type { Command } from './command.ts'

/** RFC 4226 §4 R6 asks for 16 and recommends 20; 64 is the longest key that SHA-1 takes unhashed. */
const LEAST_BYTES = 16
const MOST_BYTES = 64
const DEFAULT_BYTES = 20

export const secret: Command = {
  name: 'secret',
  summary: 'Prints a new secret in base32.',
  operands: [],
  options: {
    bytes: {
      value: 'N',
      help: `Length before base32, ${LEAST_BYTES} to ${MOST_BYTES}. Default ${DEFAULT_BYTES}.`,
    },
    json: { help: 'Prints {"secret","bytes"}.' },
  },
  run(args, io) {
    const bytes = wholeNumber(args, 'bytes', LEAST_BYTES, MOST_BYTES) ?? DEFAULT_BYTES
    const { base32 } = Secret.generate(bytes, (length) => io.randomBytes(length))
    const answer = args.options.has('json') ? JSON.stringify({ secret: base32, bytes }) : base32
    io.out(`${answer}\n`)
    return 0
  },
}
