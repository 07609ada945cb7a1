/**
 * `halfminute accounts list|show|reset-second-factor|revoke|end-sessions`: help for people, on the machine
 * of the server and beside it. Leaves to `accounts-work.ts`: the work.
 */
import { wholeNumber } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { usage } from './errors.ts'
import { serverSetting } from './server-setting.ts'

const DEFAULT_COUNT = 50
const MOST_COUNT = 100_000

/** Which options each action takes, beside --database. */
const ACTIONS = {
  list: ['at-risk', 'login', 'after', 'count', 'json'],
  show: ['json'],
  'reset-second-factor': ['yes'],
  revoke: ['authenticator', 'yes'],
  'end-sessions': ['yes'],
} as const

export const accounts: Command = {
  name: 'accounts',
  summary: 'Lists the accounts, shows one, and helps somebody who has lost a phone.',
  notes: [
    'ACTION is list, show, reset-second-factor, revoke or end-sessions. ACCOUNT is a login or an id, for every action but list. No action shows a secret or sets a password.',
    'With list, one line per account: id, login, authenticators, recovery codes left, and what there is to say.',
    'With reset-second-factor, every authenticator and recovery code of the account is removed and every session ends. Whoever signs in with the password within the next day must enrol anew; HALFMINUTE_ENROL_AFTER_RESET_SECONDS sets that time. So be sure who asks, and that nobody else has the password. An administrator is none any more.',
    'With revoke, one authenticator is removed and every session ends; with the last one it is a reset. With end-sessions, every session ends and nothing else.',
    'All may run beside the server, and stand in the record of events as done by the operator.',
  ],
  operands: ['ACTION', '[ACCOUNT]'],
  options: {
    database: {
      value: 'FILE',
      help: 'The database. Default: the setting of the server, HALFMINUTE_DATABASE.',
    },
    'at-risk': {
      help: 'For list: only accounts that are one lost phone from being locked out, or are it already.',
    },
    login: { value: 'BEGINNING', help: 'For list: only accounts whose login begins so.' },
    after: { value: 'ID', help: 'For list: the accounts behind this one, for the next page.' },
    count: { value: 'N', help: `For list: how many accounts. Default ${DEFAULT_COUNT}.` },
    authenticator: { value: 'ID', help: 'For revoke: which one; show lists them.' },
    yes: { help: 'Does it without asking.' },
    json: { help: 'For list and show: prints a JSON object per account.' },
  },
  async run(args, io) {
    const { options } = args
    const [action, account] = actionOf(args)
    const count = wholeNumber(args, 'count', 1, MOST_COUNT) ?? DEFAULT_COUNT
    const authenticator = options.get('authenticator')
    if (action === 'revoke' && authenticator === undefined) {
      throw usage('--authenticator: required', 'halfminute accounts show ACCOUNT lists them')
    }
    const database = options.get('database') ?? (await serverSetting('DATABASE', io))
    const request = { database, json: options.has('json'), yes: options.has('yes') }
    const work = await import('./accounts-work.ts')
    if (action === 'list') {
      const search = { atRisk: options.has('at-risk'), after: options.get('after'), count }
      return work.listAccounts({ ...request, ...search, login: options.get('login') }, io)
    }
    const target = { ...request, account }
    if (action === 'show') return work.showAccount(target, io)
    if (action === 'end-sessions') return work.endSessions(target, io)
    return work.takeFactorsAway({ ...target, authenticator }, io)
  },
}

function actionOf({ operands: [action = '', account], options }: Arguments) {
  if (!isAction(action)) {
    throw usage(
      'unknown action',
      'halfminute accounts list, show, reset-second-factor, revoke or end-sessions',
    )
  }
  const own: readonly string[] = ACTIONS[action]
  for (const name of options.keys()) {
    if (name !== 'database' && !own.includes(name)) {
      throw usage(`--${name}: not for accounts ${action}`)
    }
  }
  if ((action === 'list') !== (account === undefined)) {
    throw action === 'list'
      ? usage('expected nothing after list', 'halfminute accounts list --login BEGINNING')
      : usage('expected ACCOUNT, a login or an id', `halfminute accounts ${action} ACCOUNT`)
  }
  if (options.has('login') && (options.has('after') || options.has('at-risk'))) {
    throw usage('--login: stands alone')
  }
  return [action, account ?? ''] as const
}

function isAction(text: string): text is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, text)
}
