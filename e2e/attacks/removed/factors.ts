/** Defences of authenticators, recovery codes and known browsers: whose they are, who may change them. */
import { engine, http, rows } from './edit.ts'
import type { Removals } from './edit.ts'

const OF_ALL_ACCOUNTS = {
  file: rows('authenticators'),
  find: "    .where('account_id', '=', accountId)\n    .where((where) =>",
  replace: '    .where((where) =>',
}

export const FACTORS = {
  'changes ask for a fresh session': [
    {
      file: engine('authorize'),
      find: 'if (age > ports.limits.freshSeconds || !full)',
      replace: 'if (age < 0 || !full)',
    },
  ],
  'an authenticator is removed by its own account only': [
    {
      file: rows('authenticators'),
      find: ".deleteFrom('authenticators')\n    .where('account_id', '=', accountId)\n    .where('id', '=', id)",
      replace: ".deleteFrom('authenticators')\n    .where('id', '=', id)",
    },
  ],
  'an authenticator is shown to its own account only': [OF_ALL_ACCOUNTS],
  'a session is ended by its own account only': [
    {
      file: rows('sessions'),
      find: ".deleteFrom('sessions')\n    .where('account_id', '=', accountId)\n    .where('id', '=', id)",
      replace: ".deleteFrom('sessions')\n    .where('id', '=', id)",
    },
  ],
  'a code is compared with its own account’s phones only': [
    OF_ALL_ACCOUNTS,
    {
      file: rows('steps'),
      find: ".where('account_id', '=', use.accountId)\n    .where('id', '=', use.authenticatorId)\n    .where('state', '=', 'active')",
      replace: ".where('id', '=', use.authenticatorId)",
    },
  ],
  'a recovery code is looked for in its own account only': [
    {
      file: rows('recovery-codes'),
      find: ".where('account_id', '=', accountId)\n    .where('lookup', '=', lookup)",
      replace: ".where('lookup', '=', lookup)",
    },
    {
      file: rows('recovery-codes'),
      find: ".where('account_id', '=', use.accountId)\n    .where('lookup', '=', use.lookup)",
      replace: ".where('lookup', '=', use.lookup)",
    },
  ],
  'a pending authenticator signs nobody in': [
    {
      file: engine('verify'),
      find: "all.filter(({ state }) => state === 'active')",
      replace: 'all',
    },
    {
      file: rows('steps'),
      find: "\n    .where('state', '=', 'active')\n    .where('spent_step', '<', use.step)",
      replace: "\n    .where('spent_step', '<', use.step)",
    },
  ],
  'a removed authenticator is gone': [
    {
      file: rows('authenticators'),
      find: ".deleteFrom('authenticators')\n    .where('account_id', '=', accountId)\n    .where('id', '=', id)",
      replace:
        ".updateTable('authenticators').set({ name: 'removed' })\n    .where('account_id', '=', accountId)\n    .where('id', '=', id)",
    },
    { file: rows('authenticators'), find: 'return numDeletedRows === 1n', replace: 'return true' },
  ],
  'the server makes the secret': [
    {
      file: http('shapes'),
      find: "    kind: z.enum(['totp', 'hotp']),\n    name: z.string().openapi({ example: 'phone' }),",
      replace:
        "    kind: z.enum(['totp', 'hotp']),\n    secret: z.string().optional(),\n    name: z.string(),",
    },
    {
      file: engine('authenticators'),
      find: 'const secret = ports.random(SECRET_BYTES)',
      replace: `const chosen = (input as { secret?: string }).secret
  const secret =
    chosen === undefined ? ports.random(SECRET_BYTES) : Secret.fromBase32(chosen).bytes`,
    },
    {
      file: engine('authenticators'),
      find: "import { EngineError } from './errors.ts'",
      replace:
        "import { Secret } from '@halfminute/otp'\nimport { EngineError } from './errors.ts'",
    },
  ],
  'a secret is shown while it waits, not afterwards': [
    {
      file: engine('authenticators'),
      find: "one.id === id && one.state === 'pending')",
      replace: 'one.id === id)',
    },
  ],
} as const satisfies Removals
