/** `halfminute qr`: the enrolment picture, drawn on this machine (R42). */
import { ACCOUNT_OPTION, ADDRESS_OPTIONS, ISSUER_OPTION, noteApps } from './address-options.ts'
import type { Arguments } from './arguments.ts'
import { type Given, readAuthenticator } from './authenticator.ts'
import type { Command } from './command.ts'
import { refused, usage } from './errors.ts'
import type { Io } from './io.ts'
import { writePrivateFile } from './private-file.ts'

/** ISO/IEC 18004, table 7: bytes in the largest symbol (40) at the level our pictures have (M). */
const MOST_BYTES = 2331

interface Target {
  readonly format: 'png' | 'svg'
  /** A path, or `-` for standard output. */
  readonly path: string
}

export const qr: Command = {
  name: 'qr',
  summary: 'Draws the otpauth:// address on standard input as a QR picture, here in the terminal.',
  notes: [
    'A bare secret will do as well, with --issuer and --account.',
    'The picture contains the secret. A file is made readable by its owner alone (mode 0600).',
  ],
  operands: [],
  options: {
    png: { value: 'FILE', help: 'Writes a PNG instead; - is standard output.' },
    svg: { value: 'FILE', help: 'Writes an SVG instead; - is standard output.' },
    force: { help: 'Overwrites FILE if it exists.' },
    issuer: ISSUER_OPTION,
    account: ACCOUNT_OPTION,
    ...ADDRESS_OPTIONS,
  },
  async run(args, io) {
    const target = readTarget(args, io)
    const given = await readAuthenticator(args, io)
    const address = addressOf(given, args)
    if (Buffer.byteLength(address) > MOST_BYTES) {
      throw refused(`the address is too long for a QR picture: at most ${MOST_BYTES} bytes`)
    }
    noteApps(given.authenticator, io)
    // Only here: of all commands but serve, this one alone needs the engine, which takes long to load.
    const { qrPng, qrSvg, qrTerminal } = await import('@halfminute/engine')
    if (target === undefined) {
      io.out(`${qrTerminal(address)}\n`)
      return 0
    }
    const bytes = target.format === 'png' ? qrPng(address) : Buffer.from(`${qrSvg(address)}\n`)
    if (target.path === '-') {
      io.out(bytes)
      return 0
    }
    const what = `--${target.format}`
    await writePrivateFile(target.path, bytes, { what, replace: args.options.has('force') })
    io.err('halfminute: note: the picture contains the secret; delete it once it is scanned\n')
    return 0
  },
}

function readTarget({ options }: Arguments, io: Io): Target | undefined {
  const png = options.get('png')
  const svg = options.get('svg')
  if (png !== undefined && svg !== undefined) throw usage('--png and --svg exclude each other')
  if (png === '-' && io.outIsTerminal) {
    throw usage('--png: a terminal cannot show it', 'leave --png out to draw in the terminal')
  }
  if (png !== undefined) return { format: 'png', path: png }
  if (svg !== undefined) return { format: 'svg', path: svg }
  if (options.has('force')) throw usage('--force: goes with --png or --svg')
  return undefined
}

/** An address that was given is drawn as it is, with the parameters that only its issuer knows. */
function addressOf({ authenticator, address }: Given, { options }: Arguments): string {
  if (address === undefined) {
    for (const name of ['issuer', 'account']) {
      if (!options.has(name)) throw usage(`--${name}: required with a bare secret`)
    }
    return authenticator.uri
  }
  if (options.has('counter')) throw usage('--counter: goes with a bare secret')
  return address
}
