/** Defences that make a one-time code work one time. */
import { engine, rows } from './edit.ts'
import type { Removals } from './edit.ts'

export const CODES = {
  'a spent step is skipped, and spent once': [
    {
      file: engine('match-codes'),
      find: '{ nowSeconds, spentStep }',
      replace: '{ nowSeconds }',
    },
    {
      file: rows('steps'),
      find: "\n    .where('spent_step', '<', use.step)",
      replace: '',
    },
  ],
  'the newest spent step only grows': [
    {
      file: engine('match-codes'),
      find: '{ nowSeconds, spentStep }',
      replace: '{ nowSeconds }',
    },
    {
      file: rows('steps'),
      find: ".where('spent_step', '<', use.step)",
      replace: ".where('spent_step', '!=', use.step)",
    },
  ],
  'a code spends its own step, not the present one': [
    {
      file: engine('match-codes'),
      find: 'step: outcome.step, ...moved }',
      replace: 'step: Math.min(outcome.step, totp.step(now)), ...moved }',
    },
  ],
  'the code that confirms is spent': [
    {
      file: rows('authenticators'),
      find: 'expires_at: null, spent_step: use.step',
      replace: 'expires_at: null, spent_step: -1',
    },
  ],
  'one step on either side is taken, no more': [
    {
      file: engine('match-codes'),
      find: '{ nowSeconds, spentStep }',
      replace: '{ nowSeconds, spentStep, driftSteps: 5 }',
    },
  ],
  'a future code is refused like any other': [
    { file: engine('clock-help'), find: 'future: 0 }', replace: 'future: STEPS_KNOWN_AGAIN }' },
  ],
  'a code that is told to be late is spent': [
    {
      file: engine('clock-help'),
      find: 'await store.spendLateStep({ accountId, authenticatorId, step })',
      replace: 'true',
    },
  ],
  'both of two codes in a row must fit': [
    { file: engine('resynchronise'), find: 'both.every(Boolean)', replace: 'both.some(Boolean)' },
  ],
  'both of two codes in a row must be unspent': [
    {
      file: engine('resynchronise'),
      find: 'step - 1 > row.spentStep',
      replace: 'step > row.spentStep',
    },
    { file: rows('steps'), find: 'pair.step - 1', replace: 'pair.step' },
  ],
  'the step is spent in the write that makes the session': [
    // The embedded database answers at once; across a network others come between look and write.
    {
      file: 'packages/engine/src/stores/sql.ts',
      find: 'grantSession: (grant) => won(',
      replace:
        'grantSession: (grant) => new Promise((later) => setTimeout(later, 100)).then(() => won(',
    },
    {
      file: 'packages/engine/src/stores/sql.ts',
      find: 'all((db) => settleGrant(db, grant))),',
      replace: 'all((db) => settleGrant(db, grant)))),',
    },
    {
      file: rows('steps'),
      find: "\n    .where('spent_step', '<', use.step)",
      replace: '',
    },
  ],
  'a used recovery code is found no more': [
    {
      file: rows('recovery-codes'),
      find: ".where('lookup', '=', use.lookup)\n    .where('used_at', 'is', null)",
      replace: ".where('lookup', '=', use.lookup)",
    },
    {
      file: rows('recovery-codes'),
      find: ".where('lookup', '=', lookup)\n    .where('used_at', 'is', null)",
      replace: ".where('lookup', '=', lookup)",
    },
  ],
  'a recovery code is used in the write that makes the session': [
    {
      file: rows('recovery-codes'),
      find: ".where('lookup', '=', use.lookup)\n    .where('used_at', 'is', null)",
      replace: ".where('lookup', '=', use.lookup)",
    },
  ],
  // A store that keeps the codes as one list, and writes back the list that it has read.
  'each recovery code is a row of its own': [
    {
      file: rows('recovery-codes'),
      find: '  return numUpdatedRows === 1n',
      replace: `  await db
        .updateTable('recovery_codes')
        .set({ used_at: null })
        .where('account_id', '=', use.accountId)
        .where('lookup', '!=', use.lookup)
        .where('used_at', '=', use.now)
        .execute()
      return numUpdatedRows === 1n`,
    },
  ],
  'a new set of recovery codes voids the old one': [
    {
      file: `packages/engine/src/stores/sql.ts`,
      find: `          mustWin((await countFactors(db, accountId)) > 0)
          await recovery.deleteRecoveryCodes(db, accountId)`,
      replace: '',
    },
  ],
  'a ticket is redeemed once': [
    { file: rows('tries'), find: 'return numDeletedRows === 1n', replace: 'return true' },
  ],
} as const satisfies Removals
