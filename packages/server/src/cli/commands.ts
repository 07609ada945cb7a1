/**
 * The table of commands. What `run` finds, what `--help` prints and what the manual lists come from here.
 */
import { accounts } from './accounts.ts'
import { admin } from './admin.ts'
import { code } from './code.ts'
import type { Command } from './command.ts'
import { doctor } from './doctor.ts'
import { events } from './events.ts'
import { keys } from './keys.ts'
import { policy } from './policy.ts'
import { qr } from './qr.ts'
import { secret } from './secret.ts'
import { uri } from './uri.ts'
import { verify } from './verify.ts'

/** Loaded only when it runs: the server is most of the program. */
const serve: Command = {
  name: 'serve',
  summary: 'Runs the login server; what halfminute does without a command.',
  operands: [],
  options: async () => {
    const [{ flagName }, { SETTINGS }] = await Promise.all([
      import('../settings.ts'),
      import('../setting-rows.ts'),
    ])
    return Object.fromEntries(
      SETTINGS.map(({ name, kind, fallback, help }) => [
        flagName(name),
        {
          value: kind.toUpperCase(),
          help: fallback === '' ? help : `${help} Default ${fallback}.`,
        },
      ]),
    )
  },
  run: async (args, io) => {
    const { serve: start } = await import('./serve.ts')
    return start(Object.fromEntries(args.options), io)
  },
}

export const COMMANDS: readonly Command[] = [
  serve,
  secret,
  code,
  verify,
  uri,
  qr,
  accounts,
  admin,
  keys,
  events,
  policy,
  doctor,
]

/** Runs when no command is named, and takes the options that stand first. */
export const DEFAULT_COMMAND: Command = serve
