/** `halfminute uri`: the address an enrolment picture holds. */
import { ACCOUNT_OPTION, ADDRESS_OPTIONS, ISSUER_OPTION, noteApps } from './address-options.ts'
import { readFromSecret } from './authenticator.ts'
import type { Command } from './command.ts'

export const uri: Command = {
  name: 'uri',
  summary: 'Prints the otpauth:// address of the bare secret on standard input.',
  notes: ['The address contains the secret.'],
  operands: [],
  options: {
    issuer: { ...ISSUER_OPTION, required: true },
    account: { ...ACCOUNT_OPTION, required: true },
    ...ADDRESS_OPTIONS,
  },
  async run(args, io) {
    const authenticator = await readFromSecret(args, io)
    const { uri: address } = authenticator
    noteApps(authenticator, io)
    io.out(`${address}\n`)
    return 0
  },
}
