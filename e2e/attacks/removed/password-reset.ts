/** Defences of a forgotten password, and of the mailbox that its link goes to. */
import { engine, http, rows } from './edit.ts'
import type { Removals } from './edit.ts'
import { HALF_HASHED } from './sessions.ts'

const SQL = engine('stores/sql')
const RESET = engine('password-reset')
const RESET_API = http('api/password-reset')

const VERSION_FORGOTTEN = {
  file: rows('accounts'),
  find: "\n        .onRef('resets.password_version', '=', 'accounts.password_version'),",
  replace: ',',
} as const

export const PASSWORD_RESET = {
  'a reset token works once': [
    VERSION_FORGOTTEN,
    {
      file: SQL,
      find: '          mustWin(await resets.useReset(db, { accountId, tokenHash }, now))\n',
      replace: '',
    },
  ],
  'a reset token lives an hour': [
    {
      file: rows('accounts'),
      find: "\n    .where('resets.expires_at', '>', now)",
      replace: '',
    },
    {
      file: rows('password-resets'),
      find: "\n    .where('expires_at', '>', now)",
      replace: '',
    },
  ],
  'a reset token dies with the password': [VERSION_FORGOTTEN],
  'a reset token is of one account': [
    ...HALF_HASHED,
    {
      file: rows('accounts'),
      find: ".onRef('resets.account_id', '=', 'accounts.id')",
      replace: ".on('accounts.id', '=', accountId)",
    },
    {
      file: rows('accounts'),
      find: "\n    .where('resets.account_id', '=', accountId)",
      replace: '',
    },
    VERSION_FORGOTTEN,
    {
      file: rows('password-resets'),
      find: "\n    .where('account_id', '=', accountId)",
      replace: '',
    },
  ],
  'a reset signs nobody in': [
    {
      file: RESET,
      find: "import { networkOf } from './sources.ts'",
      replace:
        "import { networkOf } from './sources.ts'\nimport { establishSession, provenByBoth } from './sessions.ts'",
    },
    {
      file: RESET,
      find: "return done ? { status: 'set' } : refused",
      replace: `const fresh = await ports.store.account(account.id)
  const entry = { account: fresh, proven: provenByBoth(ports), kind: 'sign-in', factor: 'mail', client }
  return done ? { status: 'set', signedIn: await establishSession(ports, entry) } : refused`,
    },
    {
      file: RESET_API,
      find: '{ engine }: Face',
      replace: '{ engine, cookies }: Face',
    },
    {
      file: RESET_API,
      find: 'return c.body(null, 204)',
      replace: 'cookies.admit(c, outcome.signedIn)\n      return c.body(null, 204)',
    },
  ],
  'a reset keeps the second factor': [
    {
      file: SQL,
      find: '          await devices.deleteOldDevices(db, accountId, fromVersion + 1)\n',
      replace:
        "          await db.deleteFrom('authenticators').where('account_id', '=', accountId).execute()\n",
    },
  ],
  'a reset ends the sessions': [
    {
      file: SQL,
      find: '          await sessions.deleteSessions(db, accountId)\n          await tries.deleteTickets(db, accountId)\n',
      replace: '',
    },
  ],
  // What many a framework does by itself: absolute links from whatever the request calls this server.
  'links in mails lead to the configured address': [
    {
      file: RESET_API,
      find: "...c.get('client') })\n      return c.body(null, 202)",
      replace:
        "...c.get('client'), host: c.req.header('x-forwarded-host') ?? c.req.header('host') })\n      return c.body(null, 202)",
    },
    {
      file: RESET,
      find: 'data: messageData(client)',
      replace: 'data: { ...messageData(client), host: client.host }',
    },
    {
      file: 'packages/server/src/mail/letter.ts',
      find: 'words.link && site.baseUrl + words.link.path',
      replace: 'words.link && `http://${message.data.host}${words.link.path}`',
    },
  ],
  'links for a new password are few': [
    {
      file: RESET,
      find: 'if (!(await withinBudget(ports, key, client))) {',
      replace: "if (key === '') {",
    },
  ],
  'an account is told so much an hour and no more': [
    {
      file: rows('outbox'),
      find: '  if (!(await isWithinBudget(db, message))) return\n',
      replace: '',
    },
  ],
  'asking for a new password answers alike': [
    {
      file: RESET,
      find: "import { newEvent } from './events.ts'",
      replace: "import { newEvent } from './events.ts'\nimport { EngineError } from './errors.ts'",
    },
    {
      file: RESET,
      find: 'const accountId = account?.id ?? NOBODY\n',
      replace:
        "const accountId = account?.id ?? NOBODY\n  if (!account) throw new EngineError('LOGIN_INVALID')\n",
    },
  ],
} as const satisfies Removals
