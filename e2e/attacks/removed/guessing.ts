/** Defences against guessing: what is counted, for whom, and for how long. */
import { engine, rows } from './edit.ts'
import type { Removals } from './edit.ts'

export const GUESSING = {
  'a pool closes': [
    {
      file: rows('tries'),
      find: 'const open = isOpen(pool.rules, now)',
      replace: 'const open = sql`(1 = 1 or ${isOpen(pool.rules, now)})`',
    },
  ],
  'tries are counted for the account, not for the sign-in': [
    {
      file: engine('tries'),
      find: '    pool,\n    now: at,',
      replace:
        "    pool: { ...pool, key: pool.key + Buffer.from(ticket?.tokenHash ?? []).toString('hex') },\n    now: at,",
    },
  ],
  'tries are counted for the account, not for an address': [
    {
      file: engine('verify'),
      find: "{ accountId, ticket }: Pick<Attempt, 'accountId' | 'ticket'>,",
      replace: '{ accountId, ticket, client }: Attempt,',
    },
    {
      file: engine('verify'),
      find: 'countTry(ports, codePool(ports.limits, accountId, deviceId), also)',
      replace: 'countTry(ports, codePool(ports.limits, String(client.source)), also)',
    },
  ],
  'a success gives back its own try and no other': [
    {
      file: rows('tries'),
      find: "set tries = replace(tries, ${entryOf(counted)}, '')",
      replace: 'set tries = substr(${entryOf(counted)}, 1, 0)',
    },
  ],
  'tries are kept in the database': [
    {
      file: engine('stores/sql'),
      find: '  return db\n}',
      replace: "  await db.deleteFrom('pools').execute()\n  return db\n}",
    },
  ],
  'a login counts under one spelling': [
    {
      file: engine('login'),
      find: 'passwordPool(ports.limits, hashOf(key), deviceId)',
      replace: 'passwordPool(ports.limits, hashOf(input.login), deviceId)',
    },
  ],
  'nothing is counted before the right password': [
    {
      file: engine('login'),
      find: `  if (found === undefined) return { status: 'refused', code: 'TICKET_REFUSED' }
  const { ticket, account, deviceId, bearer } = found`,
      replace: `  if (found === undefined) {
    const accountId = readToken(input.ticket)?.accountId ?? ''
    await proveSecondFactor(ports, { accountId, method: 'totp', code: input.code, client })
    return { status: 'refused', code: 'TICKET_REFUSED' }
  }
  const { ticket, account, deviceId, bearer } = found`,
    },
  ],
  'a known browser has its own tries of codes': [
    {
      file: engine('verify'),
      find: 'countTry(ports, codePool(ports.limits, accountId, deviceId), also)',
      replace: 'countTry(ports, codePool(ports.limits, accountId), also)',
    },
  ],
  'a known browser has its own tries of passwords': [
    {
      file: engine('login'),
      find: 'passwordPool(ports.limits, hashOf(key), deviceId)',
      replace: 'passwordPool(ports.limits, hashOf(key))',
    },
  ],
  'a browser is known to one account': [
    {
      file: engine('devices'),
      find: 'return reference?.accountId === accountId ? ports.store.device(reference) : undefined',
      replace: 'return reference && ports.store.device(reference)',
    },
  ],
  'a browser is known under one password': [
    {
      file: rows('devices'),
      find: "\n        .onRef('accounts.password_version', '=', 'devices.password_version')",
      replace: '',
    },
    {
      file: engine('stores/sql'),
      find: '    await devices.deleteOldDevices(db, accountId, passwordVersion)\n',
      replace: '',
    },
  ],
  'a known browser is forgotten after twenty wrong codes': [
    {
      file: engine('pools'),
      find: "      { name: 'life', tries: limits.deviceFailuresPerLife, windowSeconds: LIFE_SECONDS },\n",
      replace: '',
    },
  ],
  'a ticket serves its own browser': [
    {
      file: engine('devices'),
      find: 'return deviceId ?? `unknown/${hashOf(userAgent)}`',
      replace: 'return hashOf(String(deviceId ?? userAgent)).slice(0, 0)',
    },
  ],
  'an authenticator ends after so many wrong codes in a row': [
    {
      file: engine('verify'),
      find: '<= ports.limits.consecutiveFailures,',
      replace: '<= Infinity,',
    },
  ],
} as const satisfies Removals
