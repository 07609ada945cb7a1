/** Defences of codes by mail and SMS: whose they are, how many there are, how often they work. */
import { engine, rows } from './edit.ts'
import type { Removals } from './edit.ts'

export const SENT_CODES = {
  'a sent code is bound to the sign-in that asked for it': [
    {
      file: engine('tokens'),
      find: 'return hash(`${token}/${code}`)',
      replace: 'return hash(code)',
    },
    { file: rows('sent-codes'), find: "\n    .where('bearer', '=', bearer)", replace: '' },
    {
      file: rows('sent-codes'),
      find: 'where account_id = ${accountId} and bearer = ${bearer} and channel',
      replace: 'where account_id = ${accountId} and channel',
    },
  ],
  'another send gives no try back': [
    {
      file: engine('stores/sql'),
      find: 'mustWin(await sentCodes.putSentCode(db, code, most))',
      replace: `mustWin(await sentCodes.putSentCode(db, code, most))
          await db.deleteFrom('pools').where('key', 'like', 'code/%').execute()
          await db.updateTable('tickets').set({ tries: 0 }).execute()`,
    },
  ],
  'another send voids the code before it': [
    {
      file: rows('sent-codes'),
      find: '      code_hash = excluded.code_hash,\n',
      replace: '',
    },
  ],
  'codes are sent to one account so many times': [
    {
      file: engine('pools'),
      find: `      { name: 'wait', tries: perQuarter, windowSeconds: QUARTER_SECONDS },
      { name: 'day', tries: perDay(limits, channel), windowSeconds: DAY_SECONDS },`,
      replace: "      { name: 'day', tries: 900 + perQuarter, windowSeconds: DAY_SECONDS },",
    },
  ],
  'codes are sent for one sign-in three times': [
    {
      file: rows('sent-codes'),
      find: 'where held.expires_at <= ${at} or held.sends < ${most}',
      replace: 'where held.expires_at <= ${at} or held.sends < ${most + 900}',
    },
  ],
  'a sent code signs in once': [
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
    { file: rows('tries'), find: 'return numDeletedRows === 1n', replace: 'return true' },
    {
      file: rows('sent-codes'),
      find: 'delete from sent_codes\n    where account_id',
      replace: 'update sent_codes set sends = sends\n    where account_id',
    },
  ],
  'codes by mail are off until they are switched on': [
    {
      file: engine('sent-code-login'),
      find: 'if (!isChannel(channel) || !ports.sentCodes[channel]) return unavailable',
      replace: 'if (!isChannel(channel)) return unavailable',
    },
    {
      file: engine('login'),
      find: 'if (isChannel(method) && !ports.sentCodes[method]) {',
      replace: 'if (isChannel(method) && ports.notify[method] === undefined) {',
    },
  ],
  'only a confirmed address is sent a code to sign in with': [
    {
      file: engine('sent-code-login'),
      find: 'one.channel === channel && one.confirmedAt !== null)',
      replace: 'one.channel === channel)',
    },
    {
      file: rows('sent-codes'),
      find: '            and contacts.confirmed_at is not null\n',
      replace: '',
    },
  ],
  'a new address is confirmed by the session that asked': [
    {
      file: engine('tokens'),
      find: 'return hash(`${token}/${code}`)',
      replace: 'return hash(code)',
    },
    { file: rows('sent-codes'), find: "\n    .where('bearer', '=', bearer)", replace: '' },
    {
      file: rows('sent-codes'),
      find: 'where account_id = ${accountId} and bearer = ${bearer} and channel',
      replace: 'where account_id = ${accountId} and channel',
    },
  ],
} as const satisfies Removals
