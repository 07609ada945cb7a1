/**
 * `halfminute admin bootstrap|list|revoke`: who is an administrator. There is none until somebody claims the
 * invitation that `bootstrap` prints. Leaves to `admin-work.ts`: the work.
 */
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { usage } from './errors.ts'
import { serverSetting } from './server-setting.ts'

/** Which options each action takes, beside --database. */
const ACTIONS = { bootstrap: [], list: ['json'], revoke: ['yes'] } as const

export const admin: Command = {
  name: 'admin',
  summary: 'Invites the first administrator, lists them all, and revokes one.',
  notes: [
    'With bootstrap, it prints an invitation that works once, within an hour. Whoever opens the page /admin/claim, signed in with a second factor, and gives it there is the administrator. An earlier one is void. Where there is an administrator it is refused: an administrator invites another one, on the page /admin.',
    'With revoke, ACCOUNT (a login or an id) is no administrator any more, at once. With the last one gone, bootstrap works again.',
  ],
  operands: ['bootstrap|list|revoke', '[ACCOUNT]'],
  options: {
    database: {
      value: 'FILE',
      help: 'The database. Default: the setting of the server, HALFMINUTE_DATABASE.',
    },
    yes: { help: 'For revoke: does it without asking.' },
    json: { help: 'For list: prints a JSON object per administrator.' },
  },
  async run(args, io) {
    const [action, account] = actionOf(args)
    const { options } = args
    const database = options.get('database') ?? (await serverSetting('DATABASE', io))
    const work = await import('./admin-work.ts')
    if (action === 'bootstrap') return work.bootstrap({ database }, io)
    if (action === 'list') return work.listAdmins({ database, json: options.has('json') }, io)
    return work.revokeAdmin({ database, account, yes: options.has('yes') }, io)
  },
}

function actionOf({ operands: [action = '', account], options }: Arguments) {
  if (!isAction(action)) throw usage('unknown action', 'halfminute admin bootstrap, list or revoke')
  const own: readonly string[] = ACTIONS[action]
  for (const name of options.keys()) {
    if (name !== 'database' && !own.includes(name))
      throw usage(`--${name}: not for admin ${action}`)
  }
  if (action === 'revoke' && account === undefined) {
    throw usage('expected ACCOUNT, a login or an id', 'halfminute admin revoke ACCOUNT')
  }
  if (action !== 'revoke' && account !== undefined) throw usage(`expected nothing after ${action}`)
  return [action, account ?? ''] as const
}

function isAction(text: string): text is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, text)
}
