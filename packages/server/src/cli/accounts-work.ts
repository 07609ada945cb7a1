/** What `halfminute accounts` does, and how it shows what it finds. */
import type { AccountDetails, AccountSummary, Operator } from '@halfminute/engine'
import { eventFields, eventRows } from './events-tail.ts'
import type { Io } from './io.ts'
import { confirmed, withOperator } from './operator.ts'
import { printable, table, timeOf } from './server-store.ts'

interface Request {
  readonly database: string
  readonly json: boolean
  readonly yes: boolean
}

interface Target extends Request {
  /** Login or id. */
  readonly account: string
}

const EVENTS_SHOWN = 12

export function listAccounts(
  request: Request & {
    atRisk: boolean
    login: string | undefined
    after: string | undefined
    count: number
  },
  io: Io,
): Promise<number> {
  const { database, json, count, login } = request
  return withOperator(database, io, async (operator) => {
    const found =
      login === undefined
        ? await pages(operator, request)
        : await operator.search({ login, limit: count })
    if (json) for (const one of found) io.out(`${JSON.stringify(summaryFields(one))}\n`)
    else io.out(table(found.map(summaryCells)))
    if (found.length === 0) io.err('There are no such accounts.\n')
    const last = found.at(-1)
    if (login === undefined && last !== undefined && found.length === count) {
      io.err(`There may be more: --after ${printable(last.id)}\n`)
    }
    return 0
  })
}

/** The engine gives a hundred at a time. */
async function pages(
  operator: Operator,
  { atRisk, after, count }: { atRisk: boolean; after: string | undefined; count: number },
): Promise<AccountSummary[]> {
  const found: AccountSummary[] = []
  for (let last = after; found.length < count; last = found.at(-1)?.id) {
    const limit = Math.min(count - found.length, 100)
    const search = { atRisk, limit, ...(last !== undefined && { after: last }) }
    const page = await operator.list(search)
    found.push(...page)
    if (page.length < limit) break
  }
  return found
}

export function showAccount({ database, account, json }: Target, io: Io): Promise<number> {
  return withOperator(database, io, async (operator) => {
    const details = await operator.show(await operator.find(account))
    io.out(json ? `${JSON.stringify(detailFields(details))}\n` : detailText(details))
    return 0
  })
}

export function takeFactorsAway(
  { database, account, yes, authenticator }: Target & { authenticator: string | undefined },
  io: Io,
): Promise<number> {
  return withOperator(database, io, async (operator) => {
    const accountId = await operator.find(account)
    const details = await operator.show(accountId)
    const who = nameOf(details.account)
    if (authenticator === undefined) {
      await confirmed(
        `This removes the second factor of ${who}: ${counted(details.account.authenticators, 'authenticator')} and ${counted(details.account.recoveryCodesLeft, 'recovery code')}. Every session ends. For a time the password alone signs in, to enrol anew.`,
        yes,
        io,
      )
      await operator.resetSecondFactor({ accountId })
      io.out(`${who}: second factor reset, sessions ended\n`)
      const { account: after } = await operator.show(accountId)
      if (after.enrolUntil !== null) io.err(`To be enrolled until ${timeOf(after.enrolUntil)}.\n`)
      return 0
    }
    await confirmed(
      `This removes an authenticator of ${who}, and ends every session. If it is the last one, it is a reset.`,
      yes,
      io,
    )
    await operator.removeAuthenticator({ accountId, authenticatorId: authenticator })
    io.out(`${who}: authenticator removed\n`)
    return 0
  })
}

export function endSessions({ database, account, yes }: Target, io: Io): Promise<number> {
  return withOperator(database, io, async (operator) => {
    const accountId = await operator.find(account)
    const details = await operator.show(accountId)
    const who = nameOf(details.account)
    await confirmed(`This ends ${counted(details.sessions.length, 'session')} of ${who}.`, yes, io)
    await operator.endSessions({ accountId })
    io.out(`${who}: sessions ended\n`)
    return 0
  })
}

/** Accounts of apps have no login. */
export function nameOf({ id, login }: AccountSummary): string {
  return printable(login ?? id)
}

export function summaryFields(one: AccountSummary) {
  return {
    id: one.id,
    login: one.login,
    createdAt: timeOf(one.createdAt),
    authenticators: one.authenticators,
    recoveryCodesLeft: one.recoveryCodesLeft,
    atRisk: one.atRisk,
    adminSince: one.adminSince === null ? null : timeOf(one.adminSince),
    enrolUntil: one.enrolUntil === null ? null : timeOf(one.enrolUntil),
    passwordSuspectSince:
      one.passwordSuspectSince === null ? null : timeOf(one.passwordSuspectSince),
  }
}

function summaryCells(one: AccountSummary): string[] {
  return [
    printable(one.id),
    printable(one.login ?? '-'),
    counted(one.authenticators, 'authenticator'),
    counted(one.recoveryCodesLeft, 'code'),
    remarks(one).join(', '),
  ]
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function remarks(one: AccountSummary): string[] {
  return [
    ...(one.atRisk ? ['at risk'] : []),
    ...(one.adminSince === null ? [] : ['administrator']),
    ...(one.enrolUntil === null ? [] : [`to be enrolled until ${timeOf(one.enrolUntil)}`]),
    ...(one.passwordSuspectSince === null ? [] : ['password known to somebody else']),
  ]
}

function detailFields({ account, authenticators, sessions, events }: AccountDetails) {
  return {
    ...summaryFields(account),
    authenticators: authenticators.map((one) => ({
      ...one,
      createdAt: timeOf(one.createdAt),
      lastUsedAt: one.lastUsedAt === null ? null : timeOf(one.lastUsedAt),
    })),
    sessions: sessions.map(({ accountId: _, ...one }) => ({
      ...one,
      authTime: timeOf(one.authTime),
      createdAt: timeOf(one.createdAt),
      lastSeenAt: timeOf(one.lastSeenAt),
      expiresAt: timeOf(one.expiresAt),
    })),
    events: events.map(eventFields),
  }
}

function detailText({ account, authenticators, sessions, events }: AccountDetails): string {
  const used = (at: number | null) => (at === null ? 'never used' : `last used ${timeOf(at)}`)
  const phones = authenticators.map((one) => [
    printable(one.id),
    printable(one.name),
    one.kind,
    one.state,
    `added ${timeOf(one.createdAt)}`,
    used(one.lastUsedAt),
  ])
  const open = sessions.map((one) => [
    printable(one.id),
    printable(one.source ?? '-'),
    `since ${timeOf(one.createdAt)}`,
    `aal ${one.aal}`,
  ])
  const shown = events.slice(0, EVENTS_SHOWN).toReversed()
  return [
    table([
      ['Account', printable(account.id)],
      ['Login', printable(account.login ?? '-')],
      ['Made', String(timeOf(account.createdAt))],
      ['Recovery codes left', String(account.recoveryCodesLeft)],
      ['Remarks', remarks(account).join(', ') || '-'],
    ]),
    `\nAuthenticators: ${authenticators.length}\n${table(phones)}`,
    `\nSessions: ${sessions.length}\n${table(open)}`,
    `\nNewest events\n${table(eventRows(shown))}`,
  ].join('')
}
