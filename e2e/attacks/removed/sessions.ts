/** Defences of what a sign-in yields, and of what yields it. */
import { engine, rows } from './edit.ts'
import type { Removals } from './edit.ts'

const SQL = engine('stores/sql')

/** Tokens whose hash leaves out the account that stands at their end. */
export const HALF_HASHED = [
  {
    file: engine('tokens'),
    find: 'return { token, accountId, tokenHash: hash(token) }',
    replace: "return { token, accountId, tokenHash: hash(token.split('.')[0] ?? '') }",
  },
  {
    file: engine('tokens'),
    find: 'undefined : { accountId, tokenHash: hash(token) }',
    replace: "undefined : { accountId, tokenHash: hash(token.split('.')[0] ?? '') }",
  },
] as const

export const SESSIONS = {
  'below aal 2 there is no session for an account with a factor': [
    {
      file: engine('login'),
      find: 'const signedIn = account.hasSecondFactor\n',
      replace: 'const signedIn = account.id === NOBODY\n',
    },
    {
      file: engine('sessions'),
      find: '  if (account.hasSecondFactor && proven.aal < 2 && restsOn === undefined) return undefined\n',
      replace: '',
    },
    {
      file: engine('sessions'),
      find: 'if (account.hasSecondFactor && session.aal < 2 && !trusted) {',
      replace: 'if (account.id === session.id && session.aal < 2 && !trusted) {',
    },
    {
      file: rows('sessions'),
      find: '(${session.aal} = 2 or not ',
      replace: '(1 = 1 or not ',
    },
    { file: engine('authorize'), find: ' || !full) {', replace: ') {' },
  ],
  // A ticket that is a session with a flag on it, and an address that forgets to look at the flag.
  'a ticket is no session': [
    {
      file: rows('sessions'),
      find: '  if (row === undefined) return undefined\n',
      replace: `  if (row === undefined) {
        const ticket = await db.selectFrom('tickets').selectAll()
          .where('account_id', '=', accountId).where('token_hash', '=', tokenHash).executeTakeFirst()
        const times = { authTime: now, createdAt: now, lastSeenAt: now, expiresAt: now + 300 }
        const rest = { id: 'ticket', aal: 2, amr: ['pwd'], source: null, userAgent: null } as const
        return ticket && { accountId, ...times, ...rest }
      }\n`,
    },
  ],
  'a session is of one account': [
    ...HALF_HASHED,
    {
      file: rows('sessions'),
      find: ".where('account_id', '=', accountId)\n    .where('token_hash', '=', tokenHash)",
      replace: ".where('token_hash', '=', tokenHash)",
    },
    {
      file: rows('sessions'),
      find: 'return toSession(row)',
      replace: 'return { ...toSession(row), accountId }',
    },
  ],
  'a ticket is of one account': [
    ...HALF_HASHED,
    {
      file: rows('accounts'),
      find: ".onRef('tickets.account_id', '=', 'accounts.id')",
      replace: ".on('accounts.id', '=', ticket.accountId)",
    },
    {
      file: rows('accounts'),
      find: "\n    .where('tickets.account_id', '=', ticket.accountId)",
      replace: '',
    },
    {
      file: rows('tries'),
      find: ".where('account_id', '=', ticket.accountId)\n    .where('token_hash', '=', ticket.tokenHash)\n    .where('browser', '=', ticket.browser)\n    .where('expires_at', '>', now)\n    .where('tries', '<', ticket.tries)",
      replace: ".where('token_hash', '=', ticket.tokenHash)",
    },
    {
      file: rows('tries'),
      find: ".where('account_id', '=', ticket.accountId)\n    .where('token_hash', '=', ticket.tokenHash)\n    .where('browser', '=', ticket.browser)\n    .where('expires_at', '>', now)\n    .where('password_version', '=', passwordVersion)",
      replace: ".where('token_hash', '=', ticket.tokenHash)",
    },
  ],
  'a ticket lives five minutes': [
    {
      file: rows('accounts'),
      find: "\n    .where('tickets.expires_at', '>', now)",
      replace: '',
    },
    {
      file: rows('tries'),
      find: "\n    .where('expires_at', '>', now)\n    .where('tries', '<', ticket.tries)",
      replace: '',
    },
    {
      file: rows('tries'),
      find: "\n    .where('expires_at', '>', now)\n    .where('password_version', '=', passwordVersion)",
      replace: '',
    },
  ],
  'a ticket dies with the password': [
    {
      file: rows('accounts'),
      find: "\n        .onRef('tickets.password_version', '=', 'accounts.password_version')",
      replace: '',
    },
    {
      file: rows('tries'),
      find: "\n    .where('password_version', '=', passwordVersion)",
      replace: '',
    },
  ],
  'a sign-in makes a token of its own': [
    {
      file: engine('sessions'),
      find: 'const { token, tokenHash } = newToken(ports.random, account.id)',
      replace: `const { present } = client as { present?: string }
  const planted = readToken(present)
  const { token, tokenHash } =
    planted?.accountId === account.id
      ? { token: String(present), tokenHash: planted.tokenHash }
      : newToken(ports.random, account.id)`,
    },
    {
      file: engine('login'),
      find: "  await endPresent(ports, input.present, client)\n  return { status: 'signed_in', method",
      replace: "  return { status: 'signed_in', method",
    },
  ],
  'a sign-in ends the session that the browser held': [
    {
      file: engine('sessions'),
      find: '  if (reference === undefined) return\n',
      replace: '  return\n',
    },
  ],
  're-authentication replaces the session': [
    {
      file: SQL,
      find: '  if (grant.replaces) mustWin(await sessions.deleteSession(db, accountId, grant.replaces))\n',
      replace: '',
    },
  ],
  'a new factor ends the other sessions': [
    {
      file: SQL,
      find: '        await sessions.deleteSessions(db, accountId, grant?.replaces)\n',
      replace: '',
    },
  ],
  'a removed factor ends the other sessions': [
    {
      file: SQL,
      find: '          await sessions.deleteSessions(db, accountId, keepSession)\n',
      replace: '',
    },
  ],
  'a new password ends the other sessions': [
    {
      file: SQL,
      find: '  if (grant.endOthers) await sessions.deleteSessions(db, accountId)\n  else await',
      replace: '  await',
    },
  ],
  'signing out ends the session': [
    {
      file: engine('self-service'),
      find: '  await ports.store.endSession(accountId, own.id, event)\n',
      replace: '',
    },
  ],
} as const satisfies Removals
