/**
 * `halfminute events verify|tail`: the record of what happened, checked or shown, also beside a running
 * server. Reading it needs no key.
 */
import { wholeNumber } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { usage } from './errors.ts'
import { serverSetting } from './server-setting.ts'

const DEFAULT_COUNT = 20
const MOST_COUNT = 100_000

/** Which options belong to one action alone. */
const ONLY = { verify: ['heads'], tail: ['account', 'count'] } as const

export const events: Command = {
  name: 'events',
  summary: 'Checks or shows the record of what happened to the accounts.',
  notes: [
    'With verify, it checks the chain of every account: that no event was changed, removed, moved or put in. A line for each that was, and exit status 1.',
    'A record that was rewritten as a whole fits together again. So keep the output of verify --json where the server cannot write, and compare with --heads later.',
    'With tail, it shows the newest events, newest last.',
    'Both may run beside the server. A database of an earlier version is brought up to date first, as a start would do.',
  ],
  operands: ['verify|tail'],
  options: {
    database: {
      value: 'FILE',
      help: 'The database. Default: the setting of the server, HALFMINUTE_DATABASE.',
    },
    heads: {
      value: 'FILE',
      help: 'For verify: an earlier output of verify --json, whose heads must still stand.',
    },
    account: { value: 'ID', help: 'For tail: the events of this account only.' },
    count: { value: 'N', help: `For tail: how many events. Default ${DEFAULT_COUNT}.` },
    json: {
      help: 'Prints a JSON object per line: an event, or {"account","events","sequence","hash","problems"} and at last {"accounts","events","problems"}.',
    },
  },
  async run(args, io) {
    const action = actionOf(args)
    const database = args.options.get('database') ?? (await serverSetting('DATABASE', io))
    const json = args.options.has('json')
    if (action === 'verify') {
      const { verifyLog } = await import('./events-verify.ts')
      return verifyLog({ database, json, headsFile: args.options.get('heads') }, io)
    }
    const count = wholeNumber(args, 'count', 1, MOST_COUNT) ?? DEFAULT_COUNT
    const { showTail } = await import('./events-tail.ts')
    return showTail({ database, json, count, account: args.options.get('account') }, io)
  },
}

function actionOf({ operands: [action], options }: Arguments): 'verify' | 'tail' {
  if (action !== 'verify' && action !== 'tail') {
    throw usage('unknown action', 'halfminute events verify or tail')
  }
  for (const name of ONLY[action === 'verify' ? 'tail' : 'verify']) {
    if (options.has(name)) throw usage(`--${name}: not for events ${action}`)
  }
  return action
}
