/** Defences of trusted browsers: what the trust is bound to, how often a token works, what it opens. */
import { engine, rows } from './edit.ts'
import type { Removals } from './edit.ts'

const SESSIONS = rows('sessions')
const TRUST = rows('trusted-browsers')

/** Tokens whose hash leaves out the account that stands at their end. */
const HALF_HASHED = [
  {
    file: engine('tokens'),
    find: 'return { token, accountId, lasting, id: hashOf(lasting), tokenHash: hash(token) }\n}\n\n/** @returns undefined when it cannot be one */',
    replace:
      "return { token, accountId, lasting, id: hashOf(lasting), tokenHash: hash(token.split('.')[0] ?? '') }\n}\n\n",
  },
  {
    file: engine('tokens'),
    find: 'return { token, accountId, lasting, id: hashOf(lasting), tokenHash: hash(token) }\n}\n\nfunction hash(',
    replace:
      "return { token, accountId, lasting, id: hashOf(lasting), tokenHash: hash(token.split('.')[0] ?? '') }\n}\n\nfunction hash(",
  },
] as const

/** A change of what it is bound to that forgets the trust. */
const NOT_DELETED = {
  file: SESSIONS,
  find: '  await deleteTrustedBrowsers(db, accountId)\n',
  replace: '',
} as const

export const TRUSTED_BROWSERS = {
  'trust in a browser is of one account': [
    ...HALF_HASHED,
    {
      file: TRUST,
      find: '    where trusted.account_id = ${accountId} and trusted.id = ${id} and trusted.expires_at > ${now}\n      and trusted.password_version = owner.password_version\n      and trusted.factors = ${factorsFingerprint(accountId)}\n',
      replace: '    where trusted.id = ${id} and trusted.expires_at > ${now}\n',
    },
    {
      file: TRUST,
      find: "    .where('account_id', '=', accountId)\n    .where('id', '=', id)\n    .where('token_hash', '=', use.tokenHash)",
      replace: "    .where('id', '=', id)\n    .where('token_hash', '=', use.tokenHash)",
    },
    {
      file: TRUST,
      find: "    .where('account_id', '=', accountId)\n    .where('id', '=', id)\n    .where(isTrusted(accountId, id, now))\n    .executeTakeFirst()",
      replace:
        "    .where('id', '=', id)\n    .where(isTrusted(accountId, id, now))\n    .executeTakeFirst()",
    },
  ],
  'trust in a browser dies with the password': [
    NOT_DELETED,
    {
      file: TRUST,
      find: '      and trusted.password_version = owner.password_version\n',
      replace: '',
    },
  ],
  'trust in a browser dies with a change of factors': [
    NOT_DELETED,
    {
      file: TRUST,
      find: '      and trusted.factors = ${factorsFingerprint(accountId)}\n',
      replace: '',
    },
  ],
  'the token of a trusted browser is used once': [
    { file: TRUST, find: '      token_hash: use.nextTokenHash,\n', replace: '' },
  ],
  'an older token ends the trust': [
    {
      file: engine('trusted-browsers'),
      find: "  if (state === 'older') await endAbused(ports, presented, client)\n",
      replace: '',
    },
  ],
  'trust in a browser lasts so many days': [
    { file: TRUST, find: ' and trusted.expires_at > ${now}\n', replace: '\n' },
  ],
  'trust in a browser is no second factor': [
    {
      file: engine('authorize'),
      find: ' || !full) {',
      replace: ') {',
    },
  ],
  'a recovery code gives no trust': [
    {
      file: engine('trusted-browsers'),
      find: "Method[] = ['totp']",
      replace: "Method[] = ['totp', 'recovery']",
    },
    {
      file: engine('stores/sql'),
      find: "    mustWin(session.aal === 2 && grant.spend?.kind === 'step')\n",
      replace: '',
    },
  ],
  'trust is off until it is switched on': [
    {
      file: engine('trusted-browsers'),
      find: 'acceptableTrustedBrowserDays(days = 0): number {\n',
      replace:
        'acceptableTrustedBrowserDays(days = 0): number {\n  if (days === 0) return MOST_DAYS\n',
    },
  ],
  'forgetting a trusted browser ends its sessions': [
    {
      file: SESSIONS,
      find: '(${id} is null or ${isTrusted(accountId, id, now)})',
      replace: '(1 = 1)',
    },
    { file: TRUST, find: '  await resting.execute()\n', replace: '' },
  ],
} as const satisfies Removals
